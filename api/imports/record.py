"""The US transfer record becomes history: agencies become bodies, shipments lots with one fact each, closed requests past requests."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID, uuid5

from api.graphql.problems import sentence
from api.imports.cards_in import lot_row, past_request
from api.imports.run import CHUNK, Run, Tally
from api.imports.table import Table
from api.imports.transfers import CancellationRow, ShipmentRow, read_cancellations, read_shipments
from api.imports.verdicts import Verdict
from api.installation import Installation, Refused
from domain.body import Level
from domain.ids import uuid7
from domain.papers.past_request import PastRequestTakenOver
from domain.refusals import Refusal
from domain.texts import Language
from domain.usecases.importing import OldBody
from domain.usecases.taking_over import OldRow
from domain.values import SPACE

POOL = uuid5(SPACE, "body:us federal excess property")
POOL_NAME = "US federal excess property pool"
READING = "us transfer record"

Progress = Callable[[int], None]
T = TypeVar("T")
Row = TypeVar("Row", ShipmentRow, CancellationRow)


class Agencies:
    """The bodies of agencies: within a state a name is an agency's only identity."""

    def __init__(self, installation: Installation) -> None:
        self._app = installation
        self._known: dict[str, UUID] = {}

    def learn(self, rows: Iterable[ShipmentRow | CancellationRow]) -> None:
        """Enters those nobody knows yet."""
        new: dict[str, OldBody] = {}
        for row in rows:
            key = row.body_key
            if key not in self._known:
                day = row.shipped if isinstance(row, ShipmentRow) else row.requested.date()
                since = datetime.combine(day, time(), UTC)
                before = new.get(key)
                if before is None or (before.since is not None and since < before.since):
                    new[key] = OldBody(
                        key=f"US-{key}",
                        name=row.agency,
                        region=f"US-{row.state}",
                        level=Level.COUNTY,
                        since=since,
                    )
        if new:
            decided = self._app.desk.execute(
                "take_over_bodies", self._app.envelope(uuid7()), {"rows": tuple(new.values())}, 60.0
            )
            if decided.refused:
                raise Refused(decided)
            self._known |= zip(new, map(UUID, decided.outcome["bodies"]), strict=True)

    def of(self, row: ShipmentRow | CancellationRow) -> UUID:
        return self._known[row.body_key]


def import_transfers(
    installation: Installation, shipments: Sequence[Table], cancellations: Sequence[Table], *, today: date, language: Language,
    progress: Progress | None = None,
) -> Tally:  # fmt: skip
    """Takes all files over, one import each."""
    done, agencies = Tally(), Agencies(installation)
    installation.console(
        "register_body", "us pool", name=POOL_NAME, id=POOL, level=Level.CENTRAL, region="US"
    )
    for table in shipments:
        done.add(
            _file(
                installation,
                table,
                "shipments",
                read_shipments,
                agencies,
                today=today,
                language=language,
                progress=progress,
                before=done.rows,
            )
        )
    for table in cancellations:
        done.add(
            _file(
                installation,
                table,
                "cancellations",
                read_cancellations,
                agencies,
                today=today,
                language=language,
                progress=progress,
                before=done.rows,
            )
        )
    return done


def _file(
    installation: Installation, table: Table, kind: str, read: Callable[..., Iterator[Any]], agencies: Agencies, *, today: date,
    language: Language, progress: Progress | None, before: int,
) -> Tally:  # fmt: skip
    with Run(
        installation,
        file=table.sha256,
        name=table.file,
        kind=kind,
        reading=READING,
        cut_off=today,
        language=language,
    ) as run:
        cut_off = datetime.combine(run.cut_off, time(), UTC)
        outcomes = read([table], today=run.cut_off)
        while chunk := list(islice(outcomes, CHUNK)):
            rows = [one for one in chunk if not isinstance(one, Verdict)]
            for one in chunk:
                if isinstance(one, Verdict):
                    run.verdict(one)
            agencies.learn(rows)
            if kind == "shipments":
                _shipments(run, rows, table, agencies, cut_off, language)
            else:
                _requests(run, rows, table, agencies)
            if progress is not None:
                progress(before + run.here.rows)
        return run.finish()


def _shipments(
    run: Run,
    rows: Sequence[ShipmentRow],
    table: Table,
    agencies: Agencies,
    cut_off: datetime,
    language: Language,
) -> None:
    lots: list[OldRow] = []
    for row in rows:
        try:
            lots.append(lot_row(row, agencies.of(row), POOL))
        except Refusal as no:
            run.error(row.row, no.code, sentence(no.code, no.values, language))

    def ask(some: Sequence[OldRow]) -> Mapping[str, Any]:
        return {"file": table.sha256, "cut_off": cut_off, "rows": tuple(some)}

    if lots:
        run.submit("take_over_assets", lots, ask)


def _requests(run: Run, rows: Sequence[CancellationRow], table: Table, agencies: Agencies) -> None:
    def ask(some: Sequence[PastRequestTakenOver]) -> Mapping[str, Any]:
        return {"file": table.sha256, "requests": tuple(some)}

    if rows:
        run.submit(
            "take_over_requests", [past_request(row, table.sha256, agencies.of(row)) for row in rows], ask
        )
