"""One clerk in a process of its own, for tests: waits at a barrier, does one round, and can stop before or after any deadline.

Standard input: one line of JSON (`dsn`, `now`, `before`, `after`: at the how manieth deadline to stand still), then a line to begin.
"""

import json
import sys
import time
from datetime import datetime
from typing import Any

from api.clerk import Clerk
from projections.desk import Decided, Desk
from projections.reading import Reader
from projections.store import connect
from projections.store.recorder import Recorder


class Halting(Desk):
    """Stands still just before, or just after, a deadline is fired: a kill hits it there."""

    before = after = fired = 0

    def execute(self, *given: Any, **more: Any) -> Decided:
        self.fired += 1
        if self.fired == self.before:
            stand_still("before")
        decided = super().execute(*given, **more)
        if self.fired == self.after:
            stand_still("after")
        return decided


def stand_still(where: str) -> None:
    say(where)
    time.sleep(600)


def say(what: str) -> None:
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


def run() -> None:
    task = json.loads(sys.stdin.readline())
    now = datetime.fromisoformat(task["now"])
    recorder = Recorder(task["dsn"])
    pool: Any = connect.pool(task["dsn"], name="gongwu-clerk-test")
    desk = Halting(recorder, clock=lambda: now)
    desk.before, desk.after = task.get("before", 0), task.get("after", 0)
    clerk = Clerk(desk, Reader(pool), clock=lambda: now, alone=False)
    say("ready")
    sys.stdin.readline()
    say(json.dumps(clerk.once()._asdict()))
    pool.close()
    recorder.close()


if __name__ == "__main__":
    run()
