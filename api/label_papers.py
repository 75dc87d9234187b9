"""What does a label say when it is printed? What the register says now, in the words people read, for whoever asked for it."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from api.installation import Installation
from domain.classification import name_of
from domain.label import LabelKind
from domain.label_code import payload
from domain.papers.print_job import LabelField, LabelLanguage
from domain.papers.slip import SlipIssued, slip_number
from domain.values import ClassCode
from labels.label import Field, LabelPaper, Shown
from projections import organisations, owners, papers, register
from projections.feed import Connection
from projections.labels import PrintedRow
from projections.owners import OwnerRow
from projections.reach import Reach
from projections.register import Item


class PhoneGone(Exception):
    """The label was drawn when its body had a phone; now neither it nor one above it has."""

    def __init__(self, body: str) -> None:
        super().__init__(body)
        self.body = body


class OutOfReach(Exception):
    """The asker does not read (any more) what this label is on."""

    def __init__(self, label: UUID) -> None:
        super().__init__(label)
        self.label = label


Walk = tuple[tuple[str | int, ...], str, str, int]


class Ready(NamedTuple):
    """A label ready to print. `walk`: whoever sticks them on goes from bin to bin, and there from one kind of thing to the next."""

    paper: LabelPaper
    walk: Walk


class _Named(NamedTuple):
    """What stands on the label of one thing, and where that is."""

    number: str
    name: str
    body: UUID
    fields: tuple[Field, ...] = ()
    where: str = ""


class LabelPapers:
    """Makes labels ready to print, some hundred at a time; bodies are looked up once."""

    def __init__(
        self, app: Installation, account: UUID, base_url: str, *, fields: Sequence[LabelField], language: LabelLanguage
    ) -> None:  # fmt: skip
        self._app, self._account, self._base_url = app, account, base_url
        self._fields = fields
        self._language = "en" if language is LabelLanguage.EN else "zh"
        self._owners: dict[UUID, OwnerRow | None] = {}

    def of(self, rows: Sequence[PrintedRow]) -> list[Ready]:
        """In the same order. Raises `PhoneGone` and `OutOfReach`."""
        reach = self._app.reaches.of(self._account)
        with self._app.reader.connection() as connection:
            named = {
                **self._assets(connection, reach, _of_kind(rows, LabelKind.ASSET, LabelKind.PIECE)),
                **self._places(connection, _of_kind(rows, LabelKind.PLACE)),
                **self._kits(connection, reach, _of_kind(rows, LabelKind.KIT)),
            }
            made = []
            for row in rows:
                about = (
                    self._slip(row)
                    if row.kind == LabelKind.SLIP
                    else named.get(row.thing)
                    if row.thing
                    else None
                )
                if about is None and row.kind is not None:
                    raise OutOfReach(row.id)
                made.append(self._paper(connection, row, about))
            return made

    def _paper(self, connection: Connection, row: PrintedRow, about: _Named | None) -> Ready:
        number, name, body, fields, where = about or _Named("", "", row.body)
        owner = self._owner(connection, body)
        paper = LabelPaper(
            payload=payload(self._base_url, row.token),
            token=row.token,
            body=owner.name,
            phone=owner.contact.phone if owner.contact else "",
            number=number,
            name=name,
            piece=(row.piece or 0) if row.kind == LabelKind.PIECE else 0,
            fields=fields,
            copy=row.copy,
        )
        return Ready(paper, (_counted(where), name, number, paper.piece))

    def _owner(self, connection: Connection, body: UUID) -> OwnerRow:
        if body not in self._owners:
            self._owners[body] = owners.of_body(connection, body)
        owner = self._owners[body]
        if owner is None or owner.contact is None or not owner.contact.phone:
            raise PhoneGone(owner.name if owner else str(body))
        return owner

    def _assets(self, connection: Connection, reach: Reach, ids: list[UUID]) -> dict[UUID, _Named]:
        items = register.many(connection, reach, ids) if ids else []
        custodians = (
            {one.custody_person for one in items if one.custody_person}
            if LabelField.CUSTODIAN in self._fields
            else ()
        )
        people = self._app.directory.names(custodians) if custodians else {}
        return {
            one.asset: _Named(
                one.number,
                one.name,
                one.holder,
                self._lines(one, people),
                one.place_name or one.place_said or "",
            )
            for one in items
        }

    def _lines(self, item: Item, people: dict[UUID, str]) -> tuple[Field, ...]:
        """The other lines, as far as the register knows them."""
        said = {
            LabelField.MODEL: item.model,
            LabelField.CLASS: self._class(item),
            LabelField.PLACE: item.place_name or item.place_said,
            LabelField.CUSTODIAN: people.get(item.custody_person, "") if item.custody_person else "",
            LabelField.ACQUIRED: item.acquired,
            LabelField.VALUE: f"{item.original:,.2f} {item.currency or ''}".rstrip()
            if item.original is not None
            else "",
        }
        return tuple(Field(Shown(one.value), said[one]) for one in self._fields if said[one])

    def _class(self, item: Item) -> str:
        if not (item.class_scheme and item.class_edition and item.class_code):
            return ""
        code = ClassCode(item.class_scheme, item.class_edition, item.class_code)
        return f"{item.class_code} {name_of(code, self._language) or ''}".rstrip()

    def _places(self, connection: Connection, ids: list[UUID]) -> dict[UUID, _Named]:
        rows = organisations.places(connection, ids=ids) if ids else []
        return {row.id: _Named(row.code, row.name, row.owner) for row in rows}

    def _kits(self, connection: Connection, reach: Reach, ids: list[UUID]) -> dict[UUID, _Named]:
        rows = papers.many(connection, reach, ids) if ids else []
        return {row.id: _Named("", row.number, row.giving) for row in rows if row.giving}

    def _slip(self, row: PrintedRow) -> _Named | None:
        issued = self._app.desk.fact_at(row.thing, row.piece) if row.thing and row.piece else None
        if issued is None or not isinstance(issued.fact, SlipIssued):
            return None
        slip = issued.fact
        return _Named(slip_number(slip.code, slip.kind, slip.year, issued.version), "", row.body)


def _of_kind(rows: Iterable[PrintedRow], *kinds: LabelKind) -> list[UUID]:
    return list(dict.fromkeys(row.thing for row in rows if row.thing is not None and row.kind in kinds))


def _counted(where: str) -> tuple[str | int, ...]:
    """Bin 10 comes after bin 9: letters and numbers take turns."""
    return tuple(int(part) if at % 2 else part for at, part in enumerate(re.split("([0-9]{1,9})", where)))
