"""Taking over old registers: every row becomes a card that says what the file says and nothing more.

Every rule that people must keep is asked for every row; a row that is refused never costs the others
anything. A row's identity is its body and card number, or else the hash of the row and its ordinal: what was
taken over before is known, and with a number it is updated when the file says something new.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from domain.asset import Asset
from domain.body import Body, BodyFileClosed, BodyTookIn, NoStanding, Standing
from domain.cards import sound
from domain.command import CLOCK_SKEW, Command
from domain.life.registering import (
    CardNumber,
    DescribedAgain,
    Description,
    Source,
    TakenOver,
)
from domain.numbering import CARD, PROPERTY_NUMBER, ROW, card_key, is_ours, mint
from domain.place import Place
from domain.refusals import InTheFuture, InvalidValue, NotYours, NumberTaken, Refusal, TooMany, Unknown
from domain.usecases import Outcome, use_case
from domain.usecases.lots import as_said, must_leave_enough
from domain.values import Condition, Role, Value, free_text, named

R = TypeVar("R", Body, Place)

MOST_ROWS = 1000
SHA256 = re.compile(r"[0-9a-f]{64}")


class ChangedHere(Refusal):
    """The card was changed here since the last import; the file is not allowed to overwrite that."""

    code = "CHANGED_HERE"


class HeldElsewhere(Refusal):
    """The card belongs to another body by now."""

    code = "HELD_ELSEWHERE"


class KindIsFixed(Refusal):
    """A card for one thing does not become a lot, or the other way round."""

    code = "KIND_IS_FIXED"


class OlderFile(Refusal):
    """A file of a later day has already said something else."""

    code = "OLDER_FILE"


class OldRow(Value, frozen=True, kw_only=True):
    """One row of an old register, read and understood. Without a `card` number, `identity` is the row's hash
    and ordinal.

    `occurred_at`: the row's own day, else it is true as of the file's cut-off.
    """

    row: int
    said: Description
    holder: UUID
    card: CardNumber | None = None
    identity: str = ""
    occurred_at: datetime | None = None
    giver: UUID | None = None
    custodian: UUID | None = None
    place: UUID | None = None
    place_said: str = ""
    acquired_said: str = ""
    use_said: str = ""
    remark: str = ""
    condition: Condition = Condition.UNKNOWN
    missing: tuple[str, ...] = ()


@use_case("take_over_assets", by=(Role.ASSET_MANAGER,), emits=(TakenOver, DescribedAgain, BodyTookIn))
def take_over_assets(c: Command, *, file: str, cut_off: datetime, rows: tuple[OldRow, ...]) -> Outcome:
    """Takes over a chunk of rows. The outcome names every row that was not created: updated, unchanged, or
    refused and why.
    """
    if not SHA256.fullmatch(file):
        raise InvalidValue("file", value=file[:64], because="no_hash")
    if not rows or len(rows) > MOST_ROWS:
        raise TooMany("rows", most=MOST_ROWS)
    if cut_off > c.now + CLOCK_SKEW:
        raise InTheFuture("cutOff", occurred_at=cut_off.isoformat())
    chunk = _Chunk(c, file, cut_off, rows)
    created, updated, unchanged, refused = 0, [], [], []
    for row, key in zip(rows, chunk.keys, strict=True):
        try:
            known = chunk.known(row, key)
            if known is None:
                chunk.create(row, key)
                created += 1
            elif chunk.update(row, known):
                updated.append(row.row)
            else:
                unchanged.append(row.row)
        except Refusal as no:
            refused.append({"row": row.row, "code": no.code, "path": no.path, "values": _plain(no.values)})
    return {"created": created, "updated": updated, "unchanged": unchanged, "refused": refused}


class _Chunk:
    """What the rows of one command share: everything is looked up once."""

    def __init__(self, c: Command, file: str, cut_off: datetime, rows: Sequence[OldRow]) -> None:
        self.c, self.file, self.cut_off, self.latest = c, file, cut_off, c.now + CLOCK_SKEW
        self.keys = [
            row.identity if row.card is None else card_key(row.holder, row.card.issuer, row.card.number)
            for row in rows
        ]
        """What each row is known by."""
        cards = [key for row, key in zip(rows, self.keys, strict=True) if row.card is not None]
        plain = [row.identity for row in rows if row.card is None]
        self.owners: Mapping[str, UUID] = c.owners_of(CARD, cards) if cards else {}
        self.rows: Mapping[str, UUID] = c.owners_of(ROW, plain) if plain else {}
        ours = [row.card.number for row in rows if row.card is not None and is_ours(row.card.number)]
        self.ours: Mapping[str, UUID] = c.owners_of(PROPERTY_NUMBER, ours) if ours else {}
        self.made: set[str] = set()
        self.bodies = _found(c, Body, {row.holder for row in rows} | {row.giver for row in rows if row.giver})
        self.places = _found(c, Place, {row.place for row in rows if row.place})
        self.answers: dict[UUID, Refusal | None] = {}
        c.load_all(
            Asset, dict.fromkeys((*self.owners.values(), *self.rows.values(), *self.ours.values())), "rows"
        )

    def known(self, row: OldRow, key: str) -> Asset | None:
        """The card this row was taken over to before. Raises `NumberTaken` when another row has the same
        identity.
        """
        if row.card is None and not 3 <= len(row.identity) <= 100:
            raise InvalidValue("identity", value=row.identity[:40], because="identity_of_a_row")
        if key in self.made:
            raise NumberTaken("card", number=row.card.number if row.card else row.identity)
        owner = (
            self.rows.get(key) if row.card is None else self.owners.get(key) or self.ours.get(row.card.number)
        )
        return None if owner is None else self.c.load(Asset, owner)

    def create(self, row: OldRow, key: str) -> None:
        c, holder = self.c, self.bodies.get(row.holder)
        self._must_hold(row, holder)
        said = self._checked(row)
        asset = c.begin(Asset)
        c.date(asset, row.occurred_at or self.cut_off)
        c.claim(ROW if row.card is None else CARD, key, asset.id)
        self.made.add(key)
        asset.record(
            TakenOver(
                said=said,
                number=mint(c, asset),
                holder=row.holder,
                source=Source(self.file, row.row, self.cut_off),
                card=row.card,
                giver=row.giver,
                custodian=row.custodian,
                place=row.place,
                place_said=row.place_said,
                acquired_said=row.acquired_said,
                use_said=row.use_said,
                remark=row.remark,
                condition=row.condition,
                missing=row.missing,
                identity=row.identity if row.card is None else "",
            )
        )
        if holder is not None and holder.ended is not None:
            holder.receive(asset.id)

    def update(self, row: OldRow, asset: Asset) -> bool:
        """Whether the file says something new. Only rows with a number are updated: other rows are their own
        content.
        """
        self._must_hold(row, self.bodies.get(row.holder))
        if row.card is None:
            return False
        said, told = self._checked(row), told_last(asset)
        if row.card.number == asset.number:
            return self._came_back(row, asset, said)
        if told is not None:
            if told.source.file == self.file and told.source.row != row.row:
                raise NumberTaken("card", number=row.card.number)
            if _content(told, told.said) == _content(row, said):
                return False
            if self.cut_off < told.source.cut_off:
                raise OlderFile("cutOff", asset=asset.number, cut_off=told.source.cut_off.date().isoformat())
        self._may_overwrite(asset, row, said, told)
        said = replace(said, flags=tuple(sorted(asset.flags.union(said.flags))))
        since = max((one.since for one in asset.numbers), default=self.cut_off)
        self.c.date(
            asset, max(self.cut_off, since)
        )  # a card is not described again before the day it came into being
        asset.record(
            DescribedAgain(
                said=said,
                source=Source(self.file, row.row, self.cut_off),
                place_said=row.place_said,
                acquired_said=row.acquired_said,
                use_said=row.use_said,
                remark=row.remark,
                missing=row.missing,
            )
        )
        return True

    def _came_back(self, row: OldRow, asset: Asset, said: Description) -> bool:
        """Our own register, written out and read in again, is no news, and what was changed in that file is no fact."""
        if asset.holder != row.holder:
            raise HeldElsewhere("card", asset=asset.number)
        if _in_an_export(said) != _in_an_export(as_said(asset, asset.quantity, asset.book)):
            raise ChangedHere("card", asset=asset.number, existence=asset.existence)
        return False

    def _must_hold(self, row: OldRow, holder: Body | None) -> None:
        """The body is there, may have cards, and is the asker's to write cards for: asked once per body."""
        if row.holder not in self.answers:
            self.answers[row.holder] = _may_be_held(self.c, row.holder, holder)
        no = self.answers[row.holder]
        if no is not None:
            raise no

    def _checked(self, row: OldRow) -> Description:
        if row.occurred_at is not None and row.occurred_at > self.latest:
            raise InTheFuture("occurredAt", occurred_at=row.occurred_at.isoformat())
        if row.place is not None and row.place not in self.places:
            raise Unknown("place", id=str(row.place))
        if row.giver is not None and row.giver not in self.bodies:
            raise Unknown("giver", id=str(row.giver))
        if row.card is not None:
            named(row.card.number, "card.number")
        for text, path in (
            (row.place_said, "placeSaid"),
            (row.acquired_said, "acquiredSaid"),
            (row.use_said, "useSaid"),
            (row.remark, "remark"),
        ):
            if text:
                free_text(text, path)
        return sound(row.said)

    def _may_overwrite(
        self, asset: Asset, row: OldRow, said: Description, told: TakenOver | DescribedAgain | None
    ) -> None:
        """Only what files said before is overwritten, never what people did here since."""
        if asset.holder != row.holder:
            raise HeldElsewhere("card", asset=asset.number)
        if not asset.alive or asset.disposal is not None or asset.transfer is not None:
            raise ChangedHere("card", asset=asset.number, existence=asset.existence)
        if said.kind is not asset.kind:
            raise KindIsFixed("said.kind", asset=asset.number)
        now = _without_flags(as_said(asset, asset.quantity, asset.book))
        if now != _without_flags(said) and (told is None or now != _without_flags(told.said)):
            raise ChangedHere("card", asset=asset.number, existence=asset.existence)
        if said.quantity < asset.quantity:
            must_leave_enough(self.c, asset, asset.quantity - said.quantity, "said.quantity")


def told_last(asset: Asset) -> TakenOver | DescribedAgain | None:
    """What the last file said about it."""
    told = asset.told[-1][1] if asset.told else None
    return told if isinstance(told, TakenOver | DescribedAgain) else None


def _content(of: TakenOver | DescribedAgain | OldRow, said: Description) -> tuple[object, ...]:
    """What must differ for a row to say something new. Flags set by people here are no news."""
    return (_without_flags(said), of.place_said, of.acquired_said, of.use_said, of.remark)


def _in_an_export(said: Description) -> tuple[object, ...]:
    """What an export says of a card in the very words of the card."""
    return (said.name, said.model, said.serial, said.quantity, said.unit, said.book and said.book.original)


def _without_flags(said: Description) -> Description:
    return replace(said, flags=()) if said.flags else said


def _may_be_held(c: Command, id: UUID, holder: Body | None) -> Refusal | None:
    """Why this body's cards may not be written, if so. A body in liquidation still has what it has."""
    if holder is None:
        return Unknown("holder", id=str(id))
    if not c.may(Role.ASSET_MANAGER, *holder.scopes):
        return NotYours("holder", needs=Role.ASSET_MANAGER.value)
    if holder.closed:
        return BodyFileClosed("holder", body=holder.name)
    standing = holder.standing(c.now)
    return NoStanding("holder", body=holder.name, standing=standing) if standing is Standing.NONE else None


def _found(c: Command, kind: type[R], ids: Collection[UUID]) -> dict[UUID, R]:
    """Those of these that exist, read in one go; one that doesn't exist costs only its own rows."""
    try:
        return {one.id: one for one in c.load_all(kind, ids)}
    except Unknown:
        found = {}
        for id in ids:
            with suppress(Unknown):
                found[id] = c.load(kind, id)
        return found


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a refusal as the receipt keeps them."""
    return {name: value if isinstance(value, int | None) else str(value) for name, value in values.items()}
