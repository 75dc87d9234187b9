"""What a printed slip says: the fact of the log as it was issued, what became of its number since, and names for its ids."""

import re
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from api.graphql.principal import Principal
from api.installation import Installation
from domain.aggregate import Recorded
from domain.command import belongs
from domain.numbering import paper_number
from domain.papers.loan import Loan, LoanOpened
from domain.papers.request import Request, RequestSubmitted
from domain.papers.slip import SlipIssued, SlipKind, SlipMarks, SlipVoided, marks_of, series_of, slip_number
from domain.papers.transfer import TransferProposed
from domain.place import PLACE_CODE
from domain.values import Signature
from labels.slip import Party, SlipLine, SlipPaper
from projections import evidence, organisations
from projections.desk import recorded
from projections.organisations import PlaceRow
from projections.reach import Reach

_SERIES = re.compile(r"(?P<code>[A-Z0-9-]{1,30})-(?P<kind>[A-Z]{1,20})-(?P<year>[0-9]{4})")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_KINDS = {kind.value.upper().replace("_", ""): kind for kind in SlipKind}


class PaperData:
    """Reads for the routes that are no GraphQL, with the same rights."""

    def __init__(self, installation: Installation) -> None:
        self._app = installation

    def slip(self, who: Principal, series: str, number: int) -> SlipPaper | None:
        """The slip `number` of a series such as GS1-LOAN-2026, for readers of its warehouse, its giver or its receiver; for others
        there is none.
        """
        stream = self._series(series)
        issued = self._app.desk.fact_at(stream, number) if stream else None
        if issued is None or not isinstance(issued.fact, SlipIssued):
            return None
        reach = self._app.reaches.of(who.account)
        with self._app.reader.connection() as connection:
            store = next(iter(organisations.places(connection, ids=[issued.fact.warehouse])), None)
            if store is None or not _may_read(reach, issued, store):
                return None
            bodies = {one for one in (issued.fact.giver, issued.fact.receiver, store.operator) if one}
            names = organisations.names(connection, list(bodies))
        return self._paper(issued, issued.fact, store, names)

    def _series(self, series: str) -> UUID | None:
        """By its name as printed, or by the id a command answered."""
        if _ID.fullmatch(series):
            return UUID(series)
        said = _SERIES.fullmatch(series)
        if said is None or said["kind"] not in _KINDS:
            return None
        store = self._app.recorder.owners(PLACE_CODE, [said["code"]]).get(said["code"])
        return series_of(store, _KINDS[said["kind"]], int(said["year"])) if store else None

    def may_read_evidence(self, who: Principal, sha256: str) -> bool:
        """Only for readers of what refers to it, and for who handed it in: knowing its hash is no right."""
        with self._app.reader.connection() as connection:
            return evidence.may_read(connection, self._app.reaches.of(who.account), who.account, sha256)

    def handed_in(self, who: Principal, sha256: str) -> None:
        """Remembers who brought it."""
        with self._app.reader.connection() as connection:
            evidence.handed_in(connection, who.account, sha256)

    def _paper(
        self, issued: Recorded, slip: SlipIssued, store: PlaceRow, names: dict[UUID, str]
    ) -> SlipPaper:
        marks_stream = marks_of(issued.stream)
        streams = self._app.recorder.read([marks_stream, slip.paper])
        facts = [recorded(row) for row in streams[marks_stream]]
        marks = SlipMarks.replay(marks_stream, facts)
        void = next(
            (
                one.meta.reason or "–"
                for one in facts
                if isinstance(one.fact, SlipVoided) and one.fact.number == issued.version
            ),
            None,
        )
        people = self._app.directory.names(
            [one.person for one in (slip.giver_signature, slip.receiver_signature) if one]
        )
        zone = ZoneInfo(store.time_zone)
        issued_at, recorded_on = (
            issued.occurred_at.astimezone(zone),
            issued.recorded_at.astimezone(zone).date(),
        )
        paper = [recorded(row) for row in streams[slip.paper]]
        due = Loan.replay(slip.paper, paper).due if belongs(Loan, paper) and paper else None
        request, purpose = self._asked(paper)

        def party(body: UUID | None, signature: Signature | None) -> Party:
            person = people.get(signature.person, "") if signature else ""
            return Party(names.get(body, "") if body else "", person)

        return SlipPaper(
            kind=slip.kind,
            number=slip_number(slip.code, slip.kind, slip.year, issued.version),
            warehouse=store.name,
            year=slip.year,
            issued_at=issued_at,
            giver=party(slip.giver, slip.giver_signature),
            receiver=party(slip.receiver, slip.receiver_signature),
            lines=tuple(
                SlipLine(
                    property_number=line.number, name=line.name, model=line.model, unit=line.unit, quantity=line.quantity,
                    condition=line.condition.value, note=line.note, value=line.value,
                    accessories="、".join(line.accessories),
                )
                for line in slip.lines
            ),
            letterhead=names.get(store.operator, ""),
            basis=slip.basis,
            request=request,
            purpose=purpose,
            due=due.astimezone(zone).date() if due else None,
            recorded=recorded_on if recorded_on > issued_at.date() else None,
            reprint=marks.copies.get(issued.version, 0),
            void=void,
        )  # fmt: skip

    def _asked(self, paper: Sequence[Recorded]) -> tuple[str, str]:
        """The number and the purpose of the request that a loan or transfer fulfils: said once, when it was submitted."""
        opened = paper[0].fact if paper else None
        id = (
            opened.reservation
            if isinstance(opened, LoanOpened)
            else opened.request
            if isinstance(opened, TransferProposed)
            else None
        )
        submitted = self._app.desk.fact_at(id, 1) if id else None
        if id is None or submitted is None or not isinstance(submitted.fact, RequestSubmitted):
            return "", ""
        return paper_number(Request.KIND, id), submitted.fact.purpose


def _may_read(reach: Reach, issued: Recorded, store: PlaceRow) -> bool:
    slip = issued.fact
    if reach.everything or not isinstance(slip, SlipIssued):
        return reach.everything
    return not {slip.giver, slip.receiver, issued.meta.body, store.operator}.isdisjoint(reach.bodies)
