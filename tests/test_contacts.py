"""How a body is reached: what a phone number looks like, who says it, and whose is told where a body has none."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.body import Body, BodyContactEnded, BodyContactSet, BodyMerged, Relation, RelationSet
from domain.command import Command
from domain.contact import Contact, dialled, phone_number
from domain.refusals import AlreadyDone, InvalidValue, NotYours
from domain.usecases.contacts import contact_of
from tests.examples import (
    BEN_ASKS,
    CHEN_MANAGES,
    EDUCATION,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    GANSU,
    GAO_ADMINISTERS,
    HEALTH,
    OFFICES,
    TAX,
)
from tests.story import Story, add_use_case, given, on

PHONE = "0931-8461234"


def set_contact(story: Story, **more: Any) -> Story:
    return story.when("set_contact", **{"as_": CHEN_MANAGES, "body": EDUCATION, "phone": PHONE, **more})


@pytest.mark.parametrize(
    ("said", "kept", "dials"),
    [
        ("0931-8461234", "0931-8461234", "09318461234"),
        (" ０９３１－８４６１２３４ ", "0931-8461234", "09318461234"),
        ("0931–8461234", "0931-8461234", "09318461234"),
        ("+86 931 846 1234", "+86 931 846 1234", "+869318461234"),
        ("（0931）8461234转805", "(0931)8461234转805", "09318461234;ext=805"),
        ("0931-8461234 ext. 12", "0931-8461234 EXT. 12", "09318461234;ext=12"),
        ("12345", "12345", "12345"),
    ],
)  # fmt: skip
def test_a_phone_number_is_kept_as_it_is_printed_and_dialled_as_digits(
    said: str, kept: str, dials: str
) -> None:
    assert (phone_number(said), dialled(phone_number(said))) == (kept, dials)


@pytest.mark.parametrize(
    "said", ["", "12", "八四六一二三四", "0931;8461234", "tel:110", "1" * 40, "0931-8461234 李", "1\x002345"]
)
def test_what_nobody_can_dial_is_refused(said: str) -> None:
    set_contact(given(GANSU), phone=said).refused(InvalidValue, "phone")


def test_its_asset_manager_or_whoever_administers_it_says_how_a_body_is_reached() -> None:
    story = given(GANSU)
    set_contact(story, address=" 兰州市中央广场1号 ", note="工作日\n8:30").then(
        BodyContactSet(contact=Contact(phone=PHONE, address="兰州市中央广场1号", note="工作日 8:30"))
    )
    set_contact(story, address="兰州市中央广场1号", note="工作日 8:30").then()
    set_contact(story, as_=GAO_ADMINISTERS).then(BodyContactSet)
    set_contact(story, as_=BEN_ASKS).refused(NotYours)
    set_contact(story, as_=EVA_MANAGES).refused(NotYours)
    set_contact(story, body=EDUCATION_OFFICE).then(BodyContactSet)
    story.when("end_contact", as_=CHEN_MANAGES, body=EDUCATION).then(BodyContactEnded)
    assert story.thing(Body, EDUCATION).contact is None
    story.when("end_contact", as_=CHEN_MANAGES, body=EDUCATION).refused(AlreadyDone)


@pytest.mark.parametrize(
    "more", [{"note": "长" * 201}, {"note": "A\x1bB"}, {"address": "长" * 201}, {"address": "A\x1bB"}]
)
def test_an_address_and_a_note_are_one_short_line(more: dict[str, str]) -> None:
    set_contact(given(GANSU), **more).refused(InvalidValue, next(iter(more)))


def test_a_body_without_a_contact_tells_its_nearest_superiors(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[UUID, Contact | None] = {}

    def look(c: Command, **_: Any) -> dict[str, Any]:
        found.update({id: contact_of(c, id) for id in (EDUCATION, EDUCATION_OFFICE, HEALTH, TAX)})
        return {}

    add_use_case(monkeypatch, "look_for_contacts", look)
    offices, education = Contact(phone="1111"), Contact(phone="2222")
    story = given(
        GANSU, on(OFFICES, BodyContactSet(contact=offices)), on(HEALTH, RelationSet(relation=Relation.SUPERVISED_BY, other=OFFICES)),
        on(EDUCATION, BodyContactSet(contact=education)),
    )  # fmt: skip
    story.when("look_for_contacts").then()
    assert found == {EDUCATION: education, EDUCATION_OFFICE: education, HEALTH: offices, TAX: None}
    merged = BodyMerged(into=HEALTH, decree="甘编发〔2026〕12号", decree_date=date(2026, 2, 27))
    story.given(on(EDUCATION, merged)).when("look_for_contacts").then()
    assert (found[EDUCATION], found[EDUCATION_OFFICE]) == (offices, offices)
