"""One record of a register: a card as the file says it, or exactly one verdict.

    reader = RegisterReader(plan)
    for outcome in reader: ...      # CardRow | Verdict

What comes from a file is what the file says and nothing more: missing and odd things become notes,
contradictions become errors. A row marked secret is refused before anything else of it is looked at.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256

from api.imports.amounts import read_amounts
from api.imports.card import CardRow
from api.imports.cells import BLANKS, Cell, code, long_text, text
from api.imports.columns import Column
from api.imports.dates import SaidDate, said_date
from api.imports.plan import Plan, known_words, plain
from api.imports.problems import Problems
from api.imports.seen import Seen
from api.imports.sieve import Sieve
from api.imports.table import Record
from api.imports.verdicts import Code, Note, Unreadable, Verdict
from domain.classification import class_code
from domain.refusals import InvalidValue
from domain.values import LONGEST_NAME, LONGEST_TEXT, ClassCode, Condition

LONGEST_CODE = 64
FIRST_OF_OCTOBER = "1949-10-01"
_LONG = {"remark": LONGEST_TEXT}
_TEXTS = ("model", "brand", "maker", "mode", "department", "place", "custodian", "user", "supplier")
_CODES = ("number", "card_number", "serial", "voucher")
_PERSONAL = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|[\w.]+@[\w-]+\.\w+|\d{3}[-. ]\d{3}[-. ]\d{4}",
    re.ASCII,
)


_class_code = lru_cache(maxsize=4096)(class_code)
"""A register has few classes and many rows."""


class RegisterReader:
    """Reads a register by its plan: for every record a card or one verdict, in order."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._at = {column.field: column for column in plan.columns.columns if column.field}
        self._texts = [field for field in _TEXTS if field in self._at]
        self._codes = [field for field in _CODES if field in self._at]
        self._funding = plan.columns.funding
        self._sieve = Sieve(plan, self._at)
        self._numbers, self._ordinals = Seen(), Seen()

    def __iter__(self) -> Iterator[CardRow | Verdict]:
        self._numbers, self._ordinals = Seen(), Seen()
        for record in self.plan.table.records():
            if record.row > self.plan.heading.last:
                yield self.read(record)

    def read(self, record: Record) -> CardRow | Verdict:
        """This record's card or verdict."""
        reason = self._sieve.why_no_card(record)
        if reason is not None:
            return self._sieve.verdict(record, reason)
        problems = Problems()
        card = self._card(record, problems)
        return problems.verdict(self.plan.table.file, record.row) if card is None else card

    def _card(self, record: Record, problems: Problems) -> CardRow | None:
        told = _Told(record.cells, self._at, problems)
        name = told.text("name")
        if name is None and not problems.found:
            problems.add(Code.NAME_MISSING)
        texts = dict.fromkeys(_TEXTS) | {field: told.text(field) for field in self._texts}
        codes = dict.fromkeys(_CODES) | {field: told.code(field) for field in self._codes}
        constants = self.plan.mapping.constants
        body = told.text("body") or self.plan.body
        number = codes["number"] or codes["card_number"]
        notes: list[Note] = []
        klass, class_said, class_name = self._class(told, problems, notes)
        amounts = read_amounts(self.plan, record.cells, self._at, self._funding, problems, notes)
        acquired, booked = self._dates(record.cells, problems, notes)
        use_state = known_words("use_state").get(plain(said)) if (said := told.text("use_state")) else None
        if said and use_state is None:
            notes.append(Note.STATE_UNKNOWN)
        condition = known_words("condition").get(plain(told.text("condition") or ""))
        remark = told.text("remark")
        if number is None:
            notes.append(Note.NUMBER_MISSING)
        elif first := self._numbers[hash((body, number))]:
            problems.add(Code.NUMBER_DUPLICATED_IN_FILE, value=number, first=first)
        if any(one and _PERSONAL.search(one) for one in (remark, texts["place"])):
            notes.append(Note.PERSONAL_DATA_IN_TEXT)
        if problems.found or name is None:
            return None
        texts["department"] = texts["department"] or constants.department
        texts["place"] = texts["place"] or constants.place
        texts["mode"] = texts["mode"] or constants.mode
        if number is None:
            held = [value for field, value in texts.items() if field not in {"custodian", "user"}]
            identity = self._by_contents((
                body, name, klass and klass.code, class_said, class_name, *held, *codes.values(), said, condition,
                *amounts.contents(), acquired and acquired.iso, booked and booked.iso, remark,
            ))  # fmt: skip
        else:
            self._numbers[hash((body, number))] = record.row
            identity = sha256("\x1f".join(("number", body or "", number)).encode()).hexdigest()
        return CardRow(
            file=self.plan.table.file, row=record.row, name=name, body=body, number=number,
            identity=identity, by_number=number is not None,
            card_number=codes["card_number"] if codes["card_number"] != number else None,
            class_code=klass, class_said=class_said, class_name=class_name,
            serial=codes["serial"], voucher=codes["voucher"],
            quantity=amounts.quantity, unit=amounts.unit, measure=amounts.measure, value=amounts.value,
            unit_price=amounts.unit_price, funding=amounts.funding, depreciation=amounts.depreciation,
            acquired=acquired, booked=booked, use_state=use_state, use_state_said=said,
            condition=Condition(condition) if condition else Condition.UNKNOWN,
            remark=remark, notes=tuple(notes), **texts,
        )  # fmt: skip

    def _by_contents(self, contents: tuple[object, ...]) -> str:
        """What the row says, and its ordinal among rows that say the same."""
        whole = "\x1f".join("" if one is None else str(one) for one in contents)
        digest = sha256(f"row\x1f{whole}".encode()).digest()
        short = int.from_bytes(digest[:8], "big")
        ordinal = self._ordinals[short] = self._ordinals[short] + 1
        return sha256(digest + ordinal.to_bytes(4, "big")).hexdigest()

    def _class(
        self, told: "_Told", problems: Problems, notes: list[Note]
    ) -> tuple[ClassCode | None, str | None, str | None]:
        said, name, edition_said = (
            told.code("class_code"),
            told.text("class_name"),
            told.text("class_edition"),
        )
        if said is None:
            notes.append(Note.CLASS_MISSING)
            return None, None, name
        scheme, edition = self.plan.class_scheme, self.plan.class_edition
        if edition_said and (known := known_words("class_scheme").get(plain(edition_said))):
            scheme, _, edition = known.partition("/")
        elif edition is None and re.fullmatch(r"[1-6]\d{6}", said, re.ASCII):
            scheme, edition = "gbt14885", "2010"  # only that edition has seven digits
        if scheme is None or edition is None:
            if not re.fullmatch(r"[A-Za-z]?[\d.\-]{2,12}", said, re.ASCII):
                problems.add(Code.CLASS_MALFORMED, value=said, edition="–")
            notes.append(Note.CLASS_EDITION_UNKNOWN)
            return None, said, name
        try:
            klass = _class_code(scheme, edition, said)
        except InvalidValue:
            problems.add(Code.CLASS_MALFORMED, value=said, edition=f"{scheme} {edition}")
            return None, said, name
        if klass.unverified:
            notes.append(Note.CLASS_UNVERIFIED)
        return klass, None, name

    def _dates(
        self, cells: tuple[Cell, ...], problems: Problems, notes: list[Note]
    ) -> tuple[SaidDate | None, SaidDate | None]:
        acquired, booked = (self._date(field, cells, problems) for field in ("acquired", "booked"))
        if acquired is None:
            notes.append(Note.DATE_MISSING)
        elif acquired.day is None:
            notes.append(Note.DATE_PARTIAL)
        if acquired and acquired.iso < FIRST_OF_OCTOBER[: len(acquired.iso)]:
            notes.append(Note.DATE_ODD)
        if acquired and booked and acquired.exact and booked.exact and booked.exact < acquired.exact:
            notes.append(Note.DATES_DISAGREE)
        return acquired, booked

    def _date(self, field: str, cells: tuple[Cell, ...], problems: Problems) -> SaidDate | None:
        column = self._at.get(field)
        if column is None or column.at >= len(cells):
            return None
        plan = self.plan
        try:
            told = said_date(
                cells[column.at],
                plan.date_orders.get(column.at),
                plan.mapping.dates.formats,
                plan.table.excel_epoch,
            )
        except Unreadable as problem:
            problems.add(problem.code, column=column.heading, value=problem.value)
            return None
        if told is not None and told.earliest > plan.cut_off:
            problems.add(Code.DATE_IN_FUTURE, column=column.heading, value=told.iso)
        return told


class _Told:
    """What the cells of one record say, by field."""

    def __init__(self, cells: tuple[Cell, ...], at: dict[str, Column], problems: Problems) -> None:
        self._cells, self._at, self._problems = cells, at, problems

    def text(self, field: str) -> str | None:
        """A text, `None` where nothing is said."""
        column = self._at.get(field)
        if column is None or column.at >= len(self._cells):
            return None
        cell = self._cells[column.at]
        if cell is None or cell == "":
            return None
        try:
            said = (long_text if field in _LONG else text)(cell)
        except Unreadable as problem:
            self._problems.add(problem.code, column=column.heading, value=problem.value)
            return None
        if len(said) > (longest := _LONG.get(field, LONGEST_NAME)):
            self._problems.add(Code.TOO_LONG, column=column.heading, limit=longest)
            return None
        return None if said.lower() in BLANKS else said

    def code(self, field: str) -> str | None:
        """A number that is really a text, `None` where there is none."""
        column = self._at.get(field)
        if column is None or column.at >= len(self._cells):
            return None
        try:
            said = code(self._cells[column.at])
        except Unreadable as problem:
            self._problems.add(problem.code, column=column.heading, value=problem.value)
            return None
        if len(said) > LONGEST_CODE:
            self._problems.add(Code.TOO_LONG, column=column.heading, limit=LONGEST_CODE)
            return None
        return said or None
