"""On what the demo is played: people act on days of the past, each command once, whatever interrupts the play."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from reportlab.pdfgen.canvas import Canvas

from api.installation import Candidates, Hands, InCustody, Installation, Matches, Refused, UpTo, Waiting
from domain.command import Envelope
from domain.ids import uuid7
from domain.values import CONSOLE, SPACE, Signature, SignedBy
from projections.desk import Desk
from projections.open_loans import OpenLoans

HERE = ZoneInfo("Asia/Shanghai")
DEMO = uuid5(SPACE, "demo")


def named_id(name: str) -> UUID:
    """The id of something of the demo, the same in every installation."""
    return uuid5(DEMO, name)


class Stage:
    """People, days and papers. `today` is the day the demo was begun: a play that goes on later keeps its dates."""

    def __init__(self, app: Installation, today: date) -> None:
        self.app, self.today = app, today
        self._now = datetime.now(UTC)
        upto = UpTo(app.recorder, app.runner, follow=False)
        self._desk = Desk(
            app.recorder, clock=lambda: self._now, new_id=uuid7, hands=Hands(upto, app.reader),
            candidates=Candidates(upto, app.reader), matches=Matches(upto, app.reader), waiting=Waiting(upto, app.reader),
            open_loans=OpenLoans(app.reader), in_custody=InCustody(upto, app.reader),
        )  # fmt: skip
        self._steps = 0
        self.done = 0

    def day(self, ago: int, hour: int = 9, minute: int = 0) -> datetime:
        """A moment of working time, so many days ago (before today began; negative: to come)."""
        return datetime.combine(self.today - timedelta(days=ago), time(hour, minute), HERE).astimezone(UTC)

    def do(
        self,
        who: str,
        use_case: str,
        when: datetime,
        *,
        reason: str = "",
        evidence: Sequence[str] = (),
        **input: Any,
    ) -> Mapping[str, Any]:
        """Somebody does something at a moment of the past. Raises `Refused`: the play is wrong."""
        self._steps += 1
        self._now = max(when, self._now) if when > datetime.now(UTC) else when
        envelope = Envelope(
            account=CONSOLE if who == "console" else account_of(who),
            command_id=uuid5(DEMO, f"step {self._steps} {use_case}"),
            occurred_at=when,
            device="demo",
            reason=reason,
            evidence=tuple(evidence),
        )
        decided = self._desk.execute(use_case, envelope, input)
        if decided.refused:
            raise Refused(decided)
        self.done += not decided.replayed
        return decided.outcome

    def photo(self, title: str) -> str:
        """A photo or a signed scan; its hash."""
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=(300, 200), invariant=1)
        canvas.drawString(30, 100, title)
        canvas.save()
        return self.app.evidence.put([stream.getvalue()], "application/pdf").sha256

    def signed_on_paper(self, who: str, title: str) -> Signature:
        """Somebody without an account signs by hand; the scan is the signature."""
        return Signature(named_id(who), SignedBy.PAPER, self.photo(title))


def account_of(who: str) -> UUID:
    """The account of a person of the demo."""
    return uuid5(SPACE, f"account:demo:{who}")


def ids(outcome: Mapping[str, Any], name: str) -> list[UUID]:
    """Ids of an outcome."""
    return [UUID(one) for one in outcome[name]]
