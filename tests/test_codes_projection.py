"""What finds a thing besides our labels, and who finds it: numbers old and new, serials, codes of others, kits, places."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.aggregate import Fact
from domain.asset import CodeKind, Custody, CustodyKind, Kind
from domain.body import BodyContactEnded, BodyContactSet, BodyMerged, Relation, RelationSet
from domain.contact import Contact
from domain.life.coding import CodeAttached, CodeRemoved
from domain.life.correcting import Corrected, Field, Said
from domain.life.pooling import Listed
from domain.life.registering import CardNumber, Description, Numbered, Registered
from domain.papers.kit import KitMade, KitTakenApart
from domain.values import Condition
from projections import codes, organisations
from projections.catalogue import ALL
from projections.codes import Match
from projections.reach import EVERYTHING, Reach
from projections.rebuild import rebuild
from tests.clusters import Database
from tests.examples import BIN_A1, EDUCATION, EDUCATION_OFFICE, GANSU, HEALTH, OFFICES, TAX, ZONE_A
from tests.ground import Ground
from tests.story import MONDAY, flat, on
from tests.test_history import write

pytestmark = pytest.mark.postgres


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    with Ground(database) as made:
        write(made, *flat(GANSU))
        yield made


def registered(number: str, serial: str = "", holder: UUID = EDUCATION) -> Registered:
    said = Description(name="显微镜", kind=Kind.SERIALISED, quantity=1, serial=serial)
    return Registered(
        said=said,
        number=number,
        holder=holder,
        custody=Custody(CustodyKind.CUSTODIAN, holder),
        condition=Condition.GOOD,
    )


def tell(ground: Ground, thing: UUID, *facts: Fact, days: int = 0) -> UUID:
    write(ground, on(thing, *facts, at=MONDAY + timedelta(days=days)))
    ground.runner.catch_up()
    return thing


def found(ground: Ground, text: str, reach: Reach = EVERYTHING, most: int = 20) -> list[Match]:
    return codes.find(ground.reading, reach, text, most=most, now=MONDAY).matches


def test_a_thing_is_found_by_everything_that_was_ever_written_on_it(ground: Ground) -> None:
    thing = tell(
        ground,
        uuid4(),
        registered("GWAB12CD34EF", " sn-77 x"),
        Numbered(card=CardNumber("财政", "甘教-0001")),
    )
    tell(ground, thing, Numbered(card=CardNumber("财政", "62 0001")), days=1)
    tell(ground, thing, CodeAttached(kind=CodeKind.MAKERS_BARCODE, code="PF2XY9"), days=1)
    for text, source in (
        ("gwab12cd34ef", "number"), ("ＧＷＡＢ１２ＣＤ３４ＥＦ", "number"), ("甘教-0001", "number"), ("62　0001", "number"),
        (" SN-77  X ", "serial"), ("pf2xy9", "attached"),
    ):  # fmt: skip
        [match] = found(ground, text)
        assert (match.kind, match.thing, match.source) == ("asset", thing, source)
    assert (found(ground, "620001"), found(ground, ""), found(ground, "X" * 300), found(ground, "A\x00"), found(ground, "\ud800")) == (
        [], [], [], [], [],
    )  # fmt: skip


def test_what_no_longer_stands_on_it_no_longer_finds_it(ground: Ground) -> None:
    thing = tell(
        ground,
        uuid4(),
        registered("GW1", "OLD"),
        CodeAttached(kind=CodeKind.OLD_STICKER, code="S-1", preferred=True),
    )
    assert codes.codes(ground.reading, [thing])[0][1:4] == ("old_sticker", "S-1", True)
    tell(ground, thing, CodeRemoved(code="S-1"), days=1)
    said = {"old": Said(text="OLD"), "new": Said(text="NEW")}
    tell(ground, thing, Corrected(corrects=thing, version=1, field=Field.SERIAL, **said), days=1)
    assert [len(found(ground, text)) for text in ("S-1", "OLD", "new")] == [0, 0, 1]
    assert codes.codes(ground.reading, [thing]) == []


def test_the_same_text_on_many_things_is_a_page_with_numbers_first(ground: Ground) -> None:
    things = [tell(ground, uuid4(), registered(f"GW{n}", "7")) for n in range(5)]
    numbered = tell(ground, uuid4(), registered("GW9"), Numbered(card=CardNumber("旧账", "7")))
    some = codes.find(ground.reading, EVERYTHING, "7", most=3, now=MONDAY)
    assert [one.thing for one in some.matches] == [numbered, *things[:2]]
    assert some.more
    assert not codes.find(ground.reading, EVERYTHING, "7", most=6, now=MONDAY).more


def test_nobody_finds_what_he_may_not_read(ground: Ground) -> None:
    mine = tell(ground, uuid4(), registered("GW1", "7", EDUCATION))
    theirs = tell(ground, uuid4(), registered("GW2", "7", HEALTH))
    assert [one.thing for one in found(ground, "7", Reach(False, (EDUCATION,)))] == [mine]
    assert found(ground, "GW2", Reach(False, (EDUCATION,))) == []
    assert not codes.find(ground.reading, Reach(False, (EDUCATION,)), "7", most=1, now=MONDAY).more
    tell(ground, theirs, Listed(listing=uuid4(), loan=True))
    assert [one.thing for one in found(ground, "GW2", Reach(False, (EDUCATION,)))] == [theirs]


def test_a_kit_is_found_by_its_name_by_who_reads_all_of_it(ground: Ground) -> None:
    member = tell(ground, uuid4(), registered("GW1"))
    kit = tell(ground, uuid4(), KitMade(name="Camera  set", holder=EDUCATION, members=(member,)))
    assert [(one.kind, one.thing) for one in found(ground, "camera set", Reach(False, (EDUCATION,)))] == [
        ("kit", kit)
    ]
    assert found(ground, "camera set", Reach(False, (HEALTH,))) == []
    tell(ground, member, Listed(listing=uuid4(), loan=True))
    assert len(found(ground, "camera set", Reach(False, (HEALTH,)))) == 1
    tell(ground, kit, KitTakenApart())
    assert found(ground, "camera set") == []


def test_a_place_is_found_by_its_code(ground: Ground) -> None:
    ground.runner.catch_up()
    assert [(one.kind, one.thing, one.issuer) for one in found(ground, "a-1", Reach(False))] == [
        ("place", BIN_A1, "GSW1")
    ]
    assert [one.thing for one in found(ground, "A")] == [ZONE_A]


def test_made_anew_it_is_the_same(ground: Ground) -> None:
    thing = tell(
        ground,
        uuid4(),
        registered("GW\\1", "a\tb"),
        CodeAttached(kind=CodeKind.OTHER, code="C\\D", preferred=True),
    )
    tell(ground, thing, CodeRemoved(code="C\\D"), CodeAttached(kind=CodeKind.OTHER, code="E"), days=1)
    tell(ground, thing, Numbered(card=CardNumber("财政", "迟到的")), days=-1)
    assert [one.same for one in rebuild(ground.database.projector, ALL)] == [True] * len(ALL)
    assert ground.wrong() == []
    assert [len(found(ground, text)) for text in ("GW\\1", "e", "迟到的", "C\\D")] == [1, 1, 1, 0]


def test_a_body_is_reached_by_its_own_contact_or_its_nearest_superiors(ground: Ground) -> None:
    def phones() -> list[str]:
        rows = (
            organisations.contact(ground.reading, id) for id in (EDUCATION_OFFICE, EDUCATION, HEALTH, TAX)
        )
        return [row.phone if row else "" for row in rows]

    assert phones() == ["", "", "", ""]
    tell(ground, OFFICES, BodyContactSet(contact=Contact(phone="1111", address="中央广场1号")))
    tell(ground, EDUCATION, RelationSet(relation=Relation.SUPERVISED_BY, other=OFFICES))
    assert phones() == ["1111", "1111", "", ""]
    tell(ground, EDUCATION, BodyContactSet(contact=Contact(phone="2222", note="门卫")))
    tell(ground, HEALTH, BodyMerged(into=EDUCATION, decree="甘编发1号", decree_date=MONDAY.date()))
    assert phones() == ["2222", "2222", "2222", ""]
    row = organisations.contact(ground.reading, EDUCATION_OFFICE)
    assert row == (EDUCATION, "甘肃省教育厅", "2222", "", "门卫")
    tell(ground, EDUCATION, BodyContactEnded())
    assert phones() == ["1111", "1111", "1111", ""]
