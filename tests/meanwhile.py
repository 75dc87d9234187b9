"""Somebody else is quicker: what happens between a decision and its record."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from domain.command import Envelope
from projections.desk import Decided, Desk
from projections.store.recorder import Append, Recorder, Verdict
from tests.town import Town


class Meanwhile:
    """The real log; just before the first append somebody else does something."""

    def __init__(self, recorder: Recorder, does: Callable[[], object]) -> None:
        self._recorder, self._does = recorder, does
        self.verdicts: list[Verdict] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)

    def append(self, command: Append, deadline_s: float) -> Verdict:
        if not self.verdicts:
            self._does()
        self.verdicts.append(self._recorder.append(command, deadline_s))
        return self.verdicts[-1]


def decided(
    town: Town, who: str, use_case: str, does: Callable[[], object] | None = None, **input: Any
) -> tuple[Decided, list[str]]:
    """Decides here, in this process; what happens between decision and append is up to `does`. Also the log's verdicts."""
    log = Meanwhile(town.installation.recorder, does or (lambda: None))
    hands = town.installation.desk._hands
    desk = Desk(log, hands=hands, open_loans=lambda *_: ())  # type: ignore[arg-type]  # it is the recorder, and a moment before its append
    answer = desk.execute(use_case, Envelope(account=town.accounts[who], command_id=uuid4()), input)
    return answer, [type(one).__name__ for one in log.verdicts]
