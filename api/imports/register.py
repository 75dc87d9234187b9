"""An old register becomes cards: rows that can be read go to the register in chunks, the others have their verdict."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from api.graphql.problems import sentence
from api.imports.card import CardRow
from api.imports.cards_in import old_row
from api.imports.plan import Plan
from api.imports.rows import RegisterReader
from api.imports.run import CHUNK, Run, Tally
from api.imports.verdicts import Verdict
from api.installation import Installation
from api.lookup import Ambiguous, body_of
from domain.refusals import Refusal
from domain.texts import Language, say
from domain.usecases.taking_over import OldRow
from domain.values import ROOT

Progress = Callable[[int], None]


class Holders:
    """Whose cards these are: the body a row names, else the one whose register it is, else the root body.

    A name above the table (单位：…) that is no registered body says nothing about whose cards these are; a name in a row must be one.
    """

    def __init__(self, installation: Installation, plan: Plan, whose: UUID | None) -> None:
        self._app, self._plan, self._whose = installation, plan, whose
        self._known: dict[str, UUID | None] = {}

    def of(self, card: CardRow) -> UUID | None:
        """`None`: there is no such body."""
        named_above = card.body is None or card.body == self._plan.body
        if card.body is None or (named_above and self._whose is not None):
            return self._whose or ROOT
        if card.body not in self._known:
            with self._app.reader.connection() as connection:
                try:
                    self._known[card.body] = body_of(connection, card.body)
                except Ambiguous:
                    self._known[card.body] = ROOT if named_above else None
        return self._known[card.body]


def reading_of(plan: Plan, whose: UUID | None) -> str:
    """The way a file is read: with another mapping, or for another body, it is another import."""
    told = [plan.as_json(), plan.mapping.model_dump(mode="json"), str(whose)]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def staged(plan: Plan, language: Language, progress: Progress | None = None) -> Tally:
    """What would become of the rows, as far as the file alone tells; `created` are those that can be read."""
    tally = Tally()
    for n, outcome in enumerate(RegisterReader(plan), 1):
        if isinstance(outcome, Verdict):
            tally.verdict(outcome, language)
        else:
            tally.rows += 1
            tally.created += 1
        if progress is not None and n % CHUNK == 0:
            progress(n)
    return tally


def import_register(
    installation: Installation,
    plan: Plan,
    whose: UUID | None,
    language: Language,
    progress: Progress | None = None,
) -> Tally:
    """Takes the register over. What this run did; the file's own counts are remembered in the log."""
    installation.runner.catch_up()  # names of bodies are looked up in a read model
    file, holders = plan.table.sha256, Holders(installation, plan, whose)
    reading = reading_of(plan, whose)
    with Run(
        installation,
        file=file,
        name=plan.table.file,
        kind="register",
        reading=reading,
        cut_off=plan.cut_off,
        language=language,
    ) as run:
        cut_off = datetime.combine(run.cut_off, time(), UTC)

        def ask(rows: Sequence[OldRow]) -> Mapping[str, Any]:
            return {"file": file, "cut_off": cut_off, "rows": tuple(rows)}

        for cards in _chunks(plan, run):
            rows = _old_rows(installation, cards, holders, run, language)
            if rows:
                run.submit("take_over_assets", rows, ask)
            if progress is not None:
                progress(run.here.rows)
        return run.finish()


def _chunks(plan: Plan, run: Run) -> Iterator[list[CardRow]]:
    """Cards by the thousand of rows; verdicts are counted on the way."""
    cards: list[CardRow] = []
    for outcome in RegisterReader(plan):
        if isinstance(outcome, Verdict):
            run.verdict(outcome)
            continue
        cards.append(outcome)
        if len(cards) == CHUNK:
            yield cards
            cards = []
    if cards:
        yield cards


def _old_rows(
    installation: Installation, cards: Sequence[CardRow], holders: Holders, run: Run, language: Language
) -> list[OldRow]:
    mine: list[tuple[CardRow, UUID]] = []
    names: dict[UUID, set[str]] = {}
    for card in cards:
        holder = holders.of(card)
        if holder is not None:
            mine.append((card, holder))
            if card.custodian:
                names.setdefault(holder, set()).add(card.custodian)
        else:
            run.error(
                card.row,
                "BODY_UNKNOWN",
                say(language, "import_error.BODY_UNKNOWN", value=(card.body or "")[:40]),
            )
    people = {
        (holder, name): person
        for holder, some in names.items()
        for name, person in installation.directory.find(some, holder).items()
    }
    rows: list[OldRow] = []
    for card, holder in mine:
        try:
            rows.append(old_row(card, holder, people))
        except Refusal as no:
            run.error(card.row, no.code, sentence(no.code, no.values, language))
    return rows
