"""Codes of others on a thing: what is kept of them, and what is refused."""

from typing import Any

import pytest

from domain.asset import Asset, CodeKind
from domain.label_code import new_token
from domain.life.coding import CodeAttached, CodeRemoved
from domain.life.correcting import DoubleEnded, DoubleTakenIn
from domain.policies import NotAlive, NotYourStore
from domain.refusals import AlreadyDone, InvalidValue, NotYours, TooMany
from domain.usecases.coding import LABEL, MOST_CODES, CodeIsALabel, NoSuchCode
from domain.usecases.pooling import ReasonMissing
from tests.examples import ANA_KEEPS, BEN_ASKS, CHEN_MANAGES, DING_APPROVES, FANG_ASKS, GANSU, named_id
from tests.goods import DESKS, LAPTOP, card, said
from tests.store_room import BAI_MANAGES, IN_STORE, STORE_ROOM
from tests.story import Story, given, on

STICKER, MAKERS = CodeKind.OLD_STICKER, CodeKind.MAKERS_BARCODE


def attach(story: Story, code: str, kind: CodeKind = STICKER, **more: Any) -> Story:
    return story.when(
        "attach_code", **{"as_": CHEN_MANAGES, "asset": LAPTOP, "kind": kind, "code": code, **more}
    )


def codes(story: Story) -> list[str]:
    return [one.code for one in story.thing(Asset, LAPTOP).codes]


def test_a_code_is_kept_as_it_is_compared() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    attach(story, "  甘教设　2008-0417 ").then(CodeAttached(kind=STICKER, code="甘教设 2008-0417"))
    attach(story, "ｐｆ２ｘｙ９", MAKERS).then(CodeAttached(kind=MAKERS, code="PF2XY9"))
    assert codes(story) == ["甘教设 2008-0417", "PF2XY9"]


def test_of_a_digital_link_the_identifier_is_kept_and_its_kind_must_fit() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    link = "https://id.gs1.org/8004/0614141ABC%2F7"
    attach(story, link, CodeKind.GRAI).refused(InvalidValue, "kind")
    attach(story, link, CodeKind.GIAI).then(CodeAttached(kind=CodeKind.GIAI, code="0614141ABC/7"))


def test_one_code_is_preferred_or_our_own_label_is() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    attach(story, "A-1", preferred=True).then(CodeAttached)
    assert story.thing(Asset, LAPTOP).preferred_code == "A-1"
    attach(story, "A-2", preferred=True).then(CodeAttached)
    assert story.thing(Asset, LAPTOP).preferred_code == "A-2"
    attach(story, "a-2").then(CodeAttached)
    assert (story.thing(Asset, LAPTOP).preferred_code, codes(story)) == ("", ["A-1", "A-2"])
    attach(story, "a-2").refused(AlreadyDone, "code")


def test_a_removed_code_is_gone_and_needs_a_reason() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    story.when("remove_code", as_=CHEN_MANAGES, asset=LAPTOP, code="A-1", reason_="脱落").refused(NoSuchCode)
    attach(story, "A-1", preferred=True).then(CodeAttached)
    story.when("remove_code", as_=CHEN_MANAGES, asset=LAPTOP, code="a-1").refused(ReasonMissing)
    story.when("remove_code", as_=CHEN_MANAGES, asset=LAPTOP, code="A-9", reason_="脱落").refused(NoSuchCode)
    story.when("remove_code", as_=CHEN_MANAGES, asset=LAPTOP, code="a-1", reason_="脱落").then(
        CodeRemoved(code="A-1")
    )
    assert (story.thing(Asset, LAPTOP).codes, story.thing(Asset, LAPTOP).preferred_code) == ((), "")


def test_the_code_of_one_of_our_labels_is_bound_not_attached() -> None:
    token, stranger = new_token(lambda: 7**20), new_token(lambda: 5**25)
    story = given(GANSU, card(LAPTOP, said()), on(named_id("标签"), claims=[(LABEL, token)]))
    for scanned in (token, f"https://example.cn/a/{token.lower()}", f"{token[:4]}-{token[4:8]}-{token[8:]}"):
        attach(story, scanned).refused(CodeIsALabel, "code")
    attach(story, stranger, MAKERS).then(CodeAttached(kind=MAKERS, code=stranger))


@pytest.mark.parametrize(
    "code", ["", " 　", "x" * 101, "x" * 3000, "A\x00B", "https://example.cn/A/0000000000000"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    attach(given(GANSU, card(LAPTOP, said())), code).refused(InvalidValue, "code")


def test_a_thing_carries_so_many_codes_at_most() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    for n in range(MOST_CODES):
        attach(story, f"A-{n}").then(CodeAttached)
    attach(story, "A-99").refused(TooMany, "code")
    attach(story, "A-3", preferred=True).then(CodeAttached)


def test_its_holder_or_its_keeper_notes_codes_and_nobody_else() -> None:
    story = given(STORE_ROOM, IN_STORE)
    attach(story, "A-1", as_=ANA_KEEPS).then(CodeAttached)
    attach(story, "A-2", as_=BAI_MANAGES).refused(NotYourStore)
    attach(story, "A-2", as_=FANG_ASKS).refused(NotYourStore)
    attach(story, "A-2", as_=BEN_ASKS).refused(NotYourStore)
    attach(story, "A-2", as_=DING_APPROVES).refused(NotYours)


def test_codes_of_a_second_registration_find_the_one_that_stays() -> None:
    twice = card(DESKS, said(), person=named_id("旧账登记人"))
    story = given(GANSU, card(LAPTOP, said(), person=named_id("旧账登记人")), twice)
    attach(story, "A-1", asset=DESKS).then(CodeAttached)
    story.when("merge_double", as_=CHEN_MANAGES, asset=LAPTOP, double=DESKS, reason_="重复登记").then(
        DoubleEnded, DoubleTakenIn
    )
    assert codes(story) == ["A-1"]
    attach(story, "A-2", asset=DESKS).refused(NotAlive)
