"""Where a server has its labels printed: a thread that looks for waiting print jobs and has a process of its own carry them on."""

import logging
import subprocess
import sys
import threading
from typing import Self

from api.installation import Installation
from api.print_jobs import AWAY, PrintJobs

LOOKS_S = 1.0
"""How often it looks whether there is something new."""
LATER_S = 60.0
"""When the process has come to grief: how long until it is tried again."""
STOPS_WITHIN_S = 2.0

_log = logging.getLogger("gongwu.print")


class PrintRoom:
    """One process at a time, for all waiting jobs."""

    def __init__(self, app: Installation) -> None:
        self._app, self._jobs = app, PrintJobs(app)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="print room", daemon=True)

    def start(self) -> Self:
        """Looks for jobs until `close`."""
        self._thread.start()
        return self

    def close(self) -> None:
        """A job that is being printed is left where it is: the next process goes on from there."""
        self._stopping.set()
        self._thread.join(STOPS_WITHIN_S)

    def _follow(self) -> None:
        looked = -1
        while not self._stopping.wait(LOOKS_S):
            try:
                head = self._app.recorder.head()
                if head == looked:
                    continue
                waiting = self._jobs.waiting()
                if not waiting:
                    looked = head
                elif not all(one.taken for one in waiting) and not self._work():
                    self._stopping.wait(LATER_S)
            except AWAY as error:
                _log.warning("the print room waits for the database: %s", error)
                self._stopping.wait(LATER_S)

    def _work(self) -> bool:
        """Whether the process came to a good end."""
        with subprocess.Popen([sys.executable, "-m", "api.print_jobs"], stdin=subprocess.PIPE) as process:
            assert process.stdin is not None  # noqa: S101 - asked for a line above
            process.stdin.write(self._app.settings.model_dump_json().encode())
            process.stdin.close()
            while process.poll() is None:
                if self._stopping.wait(0.1):
                    process.terminate()
        if process.returncode:
            _log.error("the process that prints labels ended with %s", process.returncode)
        return not process.returncode
