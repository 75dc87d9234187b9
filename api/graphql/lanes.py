"""Where a request waits for its turn and runs: threads of one kind, and a bound on who waits for them.

The threads are our own: the library's pool makes two futures, their locks and a chain between them for each request, a quarter of what
the event loop spends on one.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many requests run at once, and how many may wait."""

    queries: int = 8
    queries_waiting: int = 200
    commands: int = 40
    commands_waiting: int = 400


class _Task(NamedTuple):
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[Any]"

    def settle(self, how: Callable[[Any], object], result: Any) -> None:
        """Tells the loop; a loop that is gone, or a request whose client is, needs no answer."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(lambda: None if self.done.done() else how(result))


class Lane:
    """Threads of one kind. `run` is for the event loop only."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._name, self._most_threads = name, threads
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self.most, self.inside = threads + waiting, 0

    async def run(self, work: Callable[[], T]) -> T | None:
        """The work's answer; None if too many wait already."""
        if self.inside >= self.most:
            return None
        self.inside += 1
        if len(self._threads) < min(self.inside, self._most_threads):
            self._start()
        loop = asyncio.get_running_loop()
        task = _Task(work, loop, loop.create_future())
        try:
            self._tasks.put(task)
            answer: T = await task.done
            return answer
        finally:
            self.inside -= 1

    def close(self) -> None:
        """Lets what runs finish, drops what waits, and ends the threads."""
        with suppress(Empty):
            while (task := self._tasks.get_nowait()) is not None:
                task.settle(task.done.cancel, None)
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        thread = Thread(target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                answer = task.work()
            except BaseException as error:
                task.settle(task.done.set_exception, error)
            else:
                task.settle(task.done.set_result, answer)
