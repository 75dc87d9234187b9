"""Random histories of assets, also with facts that come late, and what was so by folding them slowly.

The slow fold knows nothing of projections: it takes the facts that were known, that had come true, in the order in which they did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

from domain.aggregate import Fact, Meta, Stamp, encode
from domain.asset import Asset, Book, CodeKind, Custody, CustodyKind, Flag, Kind, ValueType
from domain.availability import Claim
from domain.life.coding import CodeAttached, CodeRemoved
from domain.life.correcting import Corrected, Field, Said, TimeCorrected
from domain.life.keeping import (
    CaseOpened,
    CaseSettled,
    ConditionSeen,
    Issued,
    MissingReported,
    Moved,
    PutAway,
)
from domain.life.lending import Inspected, Lent, Returned
from domain.life.pooling import Listed, ListingWithdrawn, ReservationReleased, Reserved
from domain.life.registering import (
    CardNumber,
    Description,
    Numbered,
    Reclassified,
    Registered,
    Source,
    TakenOver,
)
from domain.values import ClassCode, Condition, Funding, Money, Signature, SignedBy, Window
from projections.desk import recorded
from projections.store.recorder import Append, LogRow, NewEvent, Recorder

DAY_ONE = datetime(2026, 3, 2, 1, tzinfo=UTC)
BODIES = tuple(UUID(int=0xB0D1 << 96 | n) for n in range(1, 7))
PLACES = tuple(UUID(int=0x91AC << 96 | n) for n in range(1, 5))
PEOPLE = tuple(UUID(int=0x9E09 << 96 | n) for n in range(1, 4))
ACCOUNT = UUID(int=0xACC0 << 96 | 1)


@dataclass(frozen=True)
class Happened:
    """A fact about an asset, and when it happened."""

    asset: UUID
    fact: Fact
    at: datetime


def history(random: Random, assets: int, facts: int, *, late: float = 0.25) -> list[Happened]:
    """So many facts about so many assets, mixed; a part of them comes late, some at the same instant."""
    ids = [uuid4() for _ in range(assets)]
    papers: dict[UUID, list[UUID]] = {id: [] for id in ids}
    times: dict[UUID, list[datetime]] = {}
    clock = DAY_ONE
    told = [Happened(id, _first(random, id), clock + timedelta(minutes=random.randrange(5))) for id in ids]
    for one in told:
        times[one.asset] = [one.at]
    for _ in range(facts):
        id = random.choice(ids)
        if random.random() < 0.1:
            told.append(_correction(random, id, times[id], clock))
            times[id].append(told[-1].at)
            continue
        clock += timedelta(minutes=random.choice((0, 0, 1, 30)))
        at = clock - timedelta(minutes=random.randrange(600)) if random.random() < late else clock
        told.append(Happened(id, _next(random, papers[id], at), at))
        times[id].append(at)
    return told


def _correction(random: Random, id: UUID, times: Sequence[datetime], clock: datetime) -> Happened:
    """A field or a time of an earlier fact was wrong."""
    wrong = random.randrange(len(times))
    if random.random() < 0.5:
        true = clock - timedelta(minutes=random.randrange(900))
        return Happened(id, TimeCorrected(corrects=id, version=wrong + 1, was=times[wrong], true=true), clock)
    field, old, new = random.choice(
        (
            (Field.PLACE, Said(place=random.choice(PLACES)), Said(place=random.choice(PLACES))),
            (Field.NAME, Said(text="投影仪"), Said(text="投影机")),
            (Field.QUANTITY, Said(number=1), Said(number=2)),
            (Field.CONDITION, Said(condition=Condition.GOOD), Said(condition=Condition.WORN)),
        )
    )
    return Happened(
        id, Corrected(corrects=id, version=wrong + 1, field=field, old=old, new=new), times[wrong]
    )


def _first(random: Random, id: UUID) -> Fact:
    lot = random.random() < 0.3
    book = Book(
        original=Money(Decimal(random.randrange(1, 10**7)) / 100, "CNY"), kind=ValueType.ORIGINAL,
        accumulated=Money(Decimal(random.randrange(100)) / 100, "CNY") if random.random() < 0.5 else None,
    )  # fmt: skip
    if random.random() < 0.3:
        book = Book(original=book.original, kind=book.kind, funding=(Funding("财政拨款", book.original),))
    said = Description(
        name=random.choice(("投影仪", "椅子\t木", "back\\slash\nline", 'q"uote{}')), kind=Kind.LOT if lot else Kind.SERIALISED,
        quantity=random.randrange(2, 50) if lot else 1, unit="台", model=random.choice(("", "EB-X49")),
        serial=random.choice(("", "SN\r1")), class_code=random.choice((None, ClassCode("GB/T 14885", "2022", "A02010104", True))),
        book=random.choice((None, book)), flags=(Flag.STORAGE_MEDIA,) if random.random() < 0.2 else (),
    )  # fmt: skip
    number, holder, place = f"GW-{id.hex[-12:]}", random.choice(BODIES), random.choice((None, *PLACES))
    if random.random() < 0.5:
        return Registered(
            said=said, number=number, holder=holder, custody=Custody(CustodyKind.CUSTODIAN, holder), place=place, acquired=DAY_ONE,
            condition=Condition.GOOD,
        )  # fmt: skip
    return TakenOver(
        said=said, number=number, holder=holder, source=Source("ab" * 32, random.randrange(1, 99), DAY_ONE), place=place,
        card=CardNumber("cards", f"K{id.hex[:10]}"), acquired_said="2009年", place_said="三楼", remark="N\\A", missing=("invoice", "a b"),
        condition=Condition.GOOD, giver=random.choice((None, *BODIES)),
    )  # fmt: skip


def _next(random: Random, papers: list[UUID], at: datetime) -> Fact:
    body, place, person = random.choice(BODIES), random.choice(PLACES), random.choice(PEOPLE)
    paper = uuid4()
    known = random.choice(papers) if papers else paper
    made = random.randrange(15)
    if made in (7, 9):
        papers.append(paper)
    hours = timedelta(hours=random.randrange(1, 90))
    facts: tuple[Fact, ...] = (
        Moved(place=place),
        PutAway(place=place, operator=body),
        Issued(
            body=body,
            receiver=Signature(person, SignedBy.ACCOUNT),
            giver=Signature(PEOPLE[0], SignedBy.ACCOUNT),
            place=place,
        ),
        ConditionSeen(condition=random.choice((Condition.GOOD, Condition.BROKEN, Condition.WORN))),
        Listed(listing=paper, loan=True, until=random.choice((None, at + hours))),
        ListingWithdrawn(listing=known),
        CaseOpened(case=random.choice(("breach", "stray"))),
        Lent(
            loan=paper,
            borrower=body,
            person=person,
            quantity=1,
            condition=Condition.GOOD,
            due=random.choice((None, at + hours)),
        ),
        Returned(
            loan=known,
            quantity=1,
            condition=Condition.GOOD,
            operator=body,
            place=place,
            inspect=random.random() < 0.3,
        ),
        Reserved(reservation=paper, body=body, quantity=1, window=Window(at, at + hours)),
        ReservationReleased(reservation=known),
        CaseSettled(case=random.choice(("breach", "stray"))),
        Numbered(card=CardNumber("label", f"L{random.randrange(10**9)}")),
        Reclassified(class_code=ClassCode("GB/T 14885", "2010", f"20{random.randrange(100):02d}")),
        random.choice(
            (
                MissingReported(liable=body),
                Inspected(condition=Condition.GOOD),
                CodeAttached(
                    kind=CodeKind.OTHER, code=f"C\\{random.randrange(3)}", preferred=random.random() < 0.5
                ),
                CodeRemoved(code=f"C\\{random.randrange(3)}"),
            )
        ),
    )
    return facts[made]


def record(recorder: Recorder, told: Sequence[Happened], *, at_once: int = 50) -> int:
    """Writes the facts into the log in this order and returns the last position."""
    position = 0
    for start in range(0, len(told), at_once):
        command = uuid4()
        meta = encode(
            Meta(account=ACCOUNT, person=PEOPLE[0], body=BODIES[0], command=command, use_case="history")
        )
        verdict = recorder.append(
            Append(
                ACCOUNT, command, b"-",
                events=tuple(
                    NewEvent(one.asset, None, one.fact.TOPIC, encode(one.fact), meta, one.at) for one in told[start : start + at_once]
                ),
            ),
            30.0,
        )  # fmt: skip
        position = verdict.position  # type: ignore[union-attr]  # nothing else writes: it is accepted
    return position


def so_at(rows: Sequence[LogRow], true_at: datetime | None, known_at: int) -> Asset | None:
    """The slow reference: one asset's log rows, those known, those come true, in the order in which they came true."""
    facts = {one.version: one for one in (recorded(row) for row in rows if row.position <= known_at)}
    true = {version: one.occurred_at for version, one in facts.items()}
    for version in sorted(facts):
        fact = facts[version].fact
        if isinstance(fact, TimeCorrected):
            true[fact.version] = fact.true
    for version in sorted(facts):
        fact = facts[version].fact
        if isinstance(fact, Corrected) and fact.version in true:
            true[version] = true[fact.version]
    so = [version for version in facts if true_at is None or true[version] <= true_at]
    if not so:
        return None
    so.sort(key=lambda version: (true[version], version))
    asset = Asset(rows[0].stream)
    for version in so:
        facts[version].fact.apply(asset, Stamp(version, true[version], facts[version].meta))
    asset.version = max(so)
    return asset


def as_shown(asset: Asset) -> dict[str, Any]:
    """What the register must show of an asset in this state."""
    where = asset.where
    book = asset.book
    return {
        "asset": asset.id, "number": asset.number, "version": asset.version, "name": asset.name, "model": asset.model,
        "serial": asset.serial, "kind": asset.kind.value, "class_code": asset.class_code.code if asset.class_code else None,
        "original": book.original.amount if book else None, "net": book.net.amount if book else None,
        "existence": asset.existence.value, "quantity": asset.quantity, "holder": asset.holder, "custody_kind": where.kind.value,
        "custody_body": where.body, "custody_person": where.person, "custody_paper": where.paper, "place": asset.place,
        "condition": asset.condition.value, "title": asset.title.value, "flags": sorted(flag.value for flag in asset.flags),
        "listing": asset.listing.id if asset.listing else None, "usable": asset.usable, "lent": asset.quantity - asset.here,
        "reserved": sum(promise.quantity for promise in asset.promises.values()), "in_inspection": asset.inspection_due,
        "cases": sorted(asset.cases), "merged_into": asset.merged_into,
    }  # fmt: skip


def claims_so(asset: Asset) -> list[Claim]:
    """The claims of an asset as the domain gives them, long before anything is overdue."""
    return sorted(
        asset.claims(datetime(2000, 1, 1, tzinfo=UTC)),
        key=lambda one: (one.start, one.quantity, str(one.end)),
    )
