"""The life of an asset on two clocks: what was so from when to when, and since which log position that is known.

The facts of an asset are folded by the domain's own `apply`, in the order in which they came true (ties: as recorded). A fact that
comes in that order ends the open row and begins the next. A fact that comes late, or corrects another, changes what was so since then:
the rows it proves wrong are known only up to its position, and new ones are known from there on.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.aggregate import Recorded, Stamp
from domain.asset import Asset, Existence, Listing, Number, OtherCode
from domain.life.correcting import Corrected, TimeCorrected, in_true_order
from domain.life.registering import Registered, TakenOver
from projections.cards import Origin, card_fields, card_line, card_of, state_line
from projections.feed import Batch, Connection, Entry, Poison, advance, read_streams, readable

NO_ORIGIN = Origin()
REMEMBERED = 300
"""How many assets stay folded between batches: the busy ones."""
Codes = tuple[str, tuple[Number, ...], str, tuple[OtherCode, ...], str]
_BEGINNING = (TakenOver, Registered)
_CORRECTING = (Corrected, TimeCorrected)


class Row:
    """One row of `register.state`: what was so (`line`), and its ends on both clocks."""

    __slots__ = ("ended_known", "ends", "known_from", "known_to", "line", "stored", "true_from", "true_to")

    def __init__(self, known_from: int, true_from: datetime, line: str) -> None:
        self.known_from, self.true_from, self.line = known_from, true_from, line
        self.true_to: datetime | None = None
        self.ended_known: int | None = None
        self.known_to: int | None = None
        self.stored = False
        self.ends = (False, False)

    def settle(self) -> None:
        """It is in the table as it is now."""
        self.stored, self.ends = True, (self.true_to is not None, self.known_to is not None)


class OfferChange(NamedTuple):
    """One offer of an asset in the pool took the place of another."""

    at: datetime
    before: UUID | None
    now: UUID | None

    @classmethod
    def between(cls, at: datetime, before: Listing | None, now: Listing | None) -> "OfferChange | None":
        """None: it is the same offer, if any."""
        was, is_now = before.id if before else None, now.id if now else None
        return None if was == is_now else cls(at, was, is_now)


class Life:
    """One asset: its state now, and its rows."""

    __slots__ = (
        "_card_fields", "_card_key", "asset", "begun", "bent", "card_line", "cards", "changed", "coded", "facts", "known",
        "last", "late", "new_cards", "offers", "origin", "parties",
    )  # fmt: skip

    def __init__(self, id: UUID) -> None:
        self.asset = Asset(id)
        self.facts: list[Recorded] | None = []
        self.known: list[Row] = []
        """The rows that are still held true. Between batches only the open one is kept."""
        self.last: datetime | None = None
        self.late: set[int] = set()
        self.bent = False
        """Whether a fact ever came late or corrected another."""
        self.origin = NO_ORIGIN
        self.changed: list[Row] = []
        self.cards: set[int] = set()
        self.new_cards: list[tuple[int, str]] = []
        self.parties: dict[int, tuple[UUID, ...]] = {}
        """By position: who held and kept it just before and just after a fact of the batch."""
        self.offers: list[OfferChange] = []
        """By the facts of the batch that did not come late."""
        self.begun = False
        """Whether it had facts before this batch."""
        self.coded: Codes | None = None
        """What found it before this batch."""
        self.card_line = ""
        self._card_fields: tuple[object, ...] = ()
        self._card_key = 0

    @property
    def codes(self) -> Codes:
        """What finds it besides our labels."""
        asset = self.asset
        return asset.number, asset.numbers, asset.serial, asset.codes, asset.preferred_code

    @property
    def newest(self) -> Row | None:
        """What is so now, by all that is known; the last card is its card."""
        return self.known[-1] if self.known and self.known[-1].true_to is None else None

    def feed(self, one: Recorded) -> None:
        """One more fact became known. Raises `Poison`."""
        try:
            if self.facts is not None:
                self.facts.append(one)
            is_late = self.last is not None and one.occurred_at < self.last
            if is_late or isinstance(one.fact, _CORRECTING):
                if is_late:
                    self.late.add(one.position)
                self._was_different(one)
            else:
                self.last = one.occurred_at
                self._goes_on(one)
        except Exception as error:
            raise Poison(one.position, f"{type(error).__name__}: {error}") from error

    def in_order(self, entries: Sequence[Entry]) -> bool:
        """Whether these facts came in the order in which they came true, and correct nothing: then no older fact is needed to go on."""
        latest = self.last
        for one in entries:
            corrects = isinstance(one, Recorded) and isinstance(one.fact, _CORRECTING)
            if corrects or (latest is not None and one.occurred_at < latest):
                return False
            latest = one.occurred_at
        return True

    def rest(self) -> None:
        """Between batches only the state and the open row stay in memory."""
        self.facts = None
        self.coded = self.codes
        self.known = self.known[-1:]
        self.late = set()
        self.parties = {}
        self.offers = []

    def take(self) -> tuple[list[Row], list[tuple[int, str]]]:
        """Rows and cards that are new or changed since last asked."""
        once = list(dict.fromkeys(self.changed))  # a row can end on one clock and then on the other
        taken = once, self.new_cards
        self.changed, self.new_cards = [], []
        return taken

    def _goes_on(self, one: Recorded) -> None:
        asset = self.asset
        before = () if asset.existence is Existence.NONE else (asset.holder, asset.where.body)
        listing = asset.listing
        advance(asset, one)
        after = (asset.holder, asset.where.body)
        self.parties[one.position] = after if before == after else (*before, *after)
        if asset.listing is not listing:
            change = OfferChange.between(one.occurred_at, listing, asset.listing)
            if change is not None:
                self.offers.append(change)
        self._note(one)
        open_row = self.newest
        if open_row is not None:
            open_row.true_to, open_row.ended_known = one.occurred_at, one.position
            if open_row.stored:
                self.changed.append(open_row)
        if self.asset.existence is not Existence.NONE:
            line = state_line(self.asset, one.version, self._card(), late=False)
            row = Row(one.position, one.occurred_at, line)
            self.known.append(row)
            self.changed.append(row)

    def _was_different(self, late: Recorded) -> None:
        if self.facts is None:
            raise RuntimeError("a late fact needs all facts of its asset")
        facts = in_true_order(self.facts)
        self.last, self.bent = facts[-1][0], True
        spans = self._spans(facts, late)
        stays = {(row.true_from, row.true_to, row.line): row for row in self.known}
        known: list[Row] = []
        for true_from, true_to, line in spans:
            row = stays.pop((true_from, true_to, line), None)
            if row is None:
                row = Row(late.position, true_from, line)
                row.true_to, row.ended_known = true_to, late.position if true_to else None
                self.changed.append(row)
            known.append(row)
        for row in stays.values():
            row.known_to = late.position
            if row.stored:
                self.changed.append(row)
        self.known = known

    def _spans(
        self, facts: Sequence[tuple[datetime, Recorded]], news: Recorded
    ) -> Iterable[tuple[datetime, datetime | None, str]]:
        """What was so from when to when, by all facts that are known now."""
        asset = self.asset = Asset(self.asset.id)
        self.origin, highest = NO_ORIGIN, 0
        for at, (true, one) in enumerate(facts):
            highest = max(highest, one.version)
            one.fact.apply(asset, Stamp(one.version, true, one.meta))
            self._note(one)
            if one is news:
                self.parties[one.position] = (asset.holder, asset.where.body)
            until = facts[at + 1][0] if at + 1 < len(facts) else None
            if true != until and asset.existence is not Existence.NONE:
                yield true, until, state_line(asset, highest, self._card(), late=one.position in self.late)
        asset.version = highest

    def _note(self, one: Recorded) -> None:
        if isinstance(one.fact, _BEGINNING):
            self.origin = Origin.of(one.fact)

    def _card(self) -> int:
        fields = card_fields(self.asset, self.origin)
        if fields != self._card_fields:
            self._card_fields, self.card_line = fields, card_line(fields)
            self._card_key = card_of(self.card_line)
            if self._card_key not in self.cards:
                self.cards.add(self._card_key)
                self.new_cards.append((self._card_key, self.card_line))
        return self._card_key


class Lives:
    """The assets of the batches, folded once for all projections; the busy ones are remembered."""

    def __init__(self) -> None:
        self._resting: OrderedDict[UUID, Life] = OrderedDict()

    def of(self, connection: Connection, batch: Batch) -> dict[UUID, Life]:
        """All assets a batch touches, folded up to its end; the second to ask for a batch gets the same."""
        found = batch.shared.get("lives")
        if found is None:
            found = batch.shared["lives"] = self._fold(connection, batch)
        return found

    def _fold(self, connection: Connection, batch: Batch) -> dict[UUID, Life]:
        touched = batch.of(Asset.KIND)
        lives: dict[UUID, Life] = {}
        to_read: list[UUID] = []
        for id, entries in touched.items():
            life = None if batch.fresh else self._resting.pop(id, None)
            if life and not life.in_order(entries):
                life = None
            if life is None:
                life = Life(id)
                if entries[0].version > 1:
                    to_read.append(id)
            lives[id] = life
        for id, entries in (
            read_streams(connection, to_read, batch.first) if not batch.fresh else {}
        ).items():
            for one in readable(entries):
                lives[id].feed(one)
            for row in lives[id].take()[0]:
                row.settle()
            lives[id].offers = []
            lives[id].coded = lives[id].codes
            lives[id].begun = True
        for id, entries in touched.items():
            for one in readable(entries):
                lives[id].feed(one)
        return lives

    def keep(self, lives: dict[UUID, Life]) -> None:
        """After they were written: the busy ones rest until touched again. What has just come into being is quickly read again."""
        for id, life in lives.items():
            if life.begun:
                for row in life.known:
                    row.settle()
                life.take()
                life.rest()
                self._resting[id] = life
        while len(self._resting) > REMEMBERED:
            self._resting.popitem(last=False)
