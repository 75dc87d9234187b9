"""Who may give whom which rights: nobody above his own, nobody to himself, nobody outside his scope."""

from typing import Any
from uuid import UUID

import pytest

from domain.account import Account, AccountClosed, AccountOpened, RoleGranted, RoleRevoked
from domain.asset import Asset
from domain.body import BodyClosed
from domain.life.keeping import CustodianChanged
from domain.values import CONSOLE, ROOT, Grant, Role, Signature, SignedBy
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    BIN_A1,
    CHEN,
    CHEN_MANAGES,
    EDUCATION,
    EDUCATION_OFFICE,
    FANG_ASKS,
    GANSU,
    GAO,
    GAO_ADMINISTERS,
    HAN,
    HAN_AUDITS,
    HEALTH,
    LANZHOU_FINANCE,
    LAST_FRIDAY,
    MA,
    OFFICES,
    WAREHOUSE,
    account,
    account_of,
    named_id,
)
from tests.goods import LAPTOP, card, said
from tests.story import given, on

LI = named_id("person:李敏")  # administers the education department
LI_ADMINISTERS = account_of(LI)
GROUND = [GANSU, account(LI, EDUCATION, (Role.ADMINISTRATOR, EDUCATION))]
AS_OFFICER: dict[str, Any] = {"role": Role.OFFICER, "scope": EDUCATION}


def test_an_account_belongs_to_a_person_and_a_body_and_may_do_nothing_yet() -> None:
    story = given(GROUND).when("open_account", as_=LI_ADMINISTERS, person=MA, body=EDUCATION_OFFICE)
    story.then(AccountOpened(person=MA, body=EDUCATION_OFFICE))
    assert story.thing(Account, story.answer["account"]).grants == frozenset()
    story.when("open_account", as_=LI_ADMINISTERS, person=MA, body=EDUCATION_OFFICE).refused("ALREADY_DONE")
    story.when("open_account", person=MA, body=HEALTH).then(AccountOpened)


def test_an_administrator_acts_only_in_his_own_scope() -> None:
    given(GROUND).when("open_account", as_=LI_ADMINISTERS, person=MA, body=HEALTH).refused("NOT_YOURS")
    given(GROUND).when("grant_role", as_=LI_ADMINISTERS, account=FANG_ASKS, **AS_OFFICER).refused("NOT_YOURS")
    given(GROUND).when(
        "grant_role", as_=LI_ADMINISTERS, account=BEN_ASKS, role=Role.OFFICER, scope=LANZHOU_FINANCE
    ).refused("NOT_YOURS", "scope")
    given(GROUND).when("grant_role", as_=LI_ADMINISTERS, account=CHEN_MANAGES, **AS_OFFICER).then(RoleGranted)


@pytest.mark.parametrize("asker", [ANA_KEEPS, BEN_ASKS, CHEN_MANAGES, FANG_ASKS, HAN_AUDITS])
def test_who_is_no_administrator_changes_no_account(asker: Any) -> None:
    given(GROUND).when("open_account", as_=asker, person=MA, body=EDUCATION).refused("NOT_YOURS")
    given(GROUND).when("grant_role", as_=asker, account=asker, **AS_OFFICER).refused("NOT_YOURS")
    given(GROUND).when("revoke_role", as_=asker, account=BEN_ASKS, **AS_OFFICER).refused("NOT_YOURS")
    given(GROUND).when("close_account", as_=asker, account=BEN_ASKS).refused("NOT_YOURS")


@pytest.mark.parametrize("role", list(Role))
def test_nobody_gives_rights_to_himself_or_above_his_own(role: Role) -> None:
    to_himself = {"account": LI_ADMINISTERS, "role": role, "scope": EDUCATION}
    given(GROUND).when("grant_role", as_=LI_ADMINISTERS, **to_himself).refused("SAME_PERSON")
    everywhere = {"account": BEN_ASKS, "role": role, "scope": ROOT}
    given(GROUND).when("grant_role", as_=LI_ADMINISTERS, **everywhere).refused("NOT_YOURS", "scope")
    above = {"account": BEN_ASKS, "role": role, "scope": OFFICES}
    given(GROUND).when("grant_role", as_=LI_ADMINISTERS, **above).refused("NOT_YOURS", "scope")


def test_the_same_person_stays_the_same_through_another_account() -> None:
    second = on(named_id("second"), AccountOpened(person=LI, body=EDUCATION))
    story = given(GROUND, second).when(
        "grant_role", as_=LI_ADMINISTERS, account=named_id("second"), role=Role.KEEPER, scope=EDUCATION
    )
    story.refused("SAME_PERSON")
    given(GROUND).when("open_account", as_=LI_ADMINISTERS, person=LI, body=EDUCATION_OFFICE).refused(
        "SAME_PERSON"
    )


def test_an_account_that_reaches_further_is_not_touched() -> None:
    higher = [on(account_of(BEN), RoleGranted(role=Role.ADMINISTRATOR, scope=ROOT))]
    story = given(GROUND, higher)
    story.when("grant_role", as_=LI_ADMINISTERS, account=BEN_ASKS, **AS_OFFICER).refused("HIGHER_ACCOUNT")
    story.when("revoke_role", as_=LI_ADMINISTERS, account=BEN_ASKS, **AS_OFFICER).refused("HIGHER_ACCOUNT")
    story.when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).refused("HIGHER_ACCOUNT")
    story.when("close_account", account=BEN_ASKS).then(AccountClosed)


def test_only_the_administration_itself_makes_auditors() -> None:
    auditor: dict[str, Any] = {"account": BEN_ASKS, "role": Role.AUDITOR, "scope": EDUCATION}
    given(GROUND).when("grant_role", as_=LI_ADMINISTERS, **auditor).refused("NOT_YOURS")
    given(GROUND).when("grant_role", **auditor).then(RoleGranted)
    given(GROUND, on(account_of(HAN), RoleRevoked(role=Role.AUDITOR, scope=ROOT))).when(
        "close_account", as_=GAO_ADMINISTERS, account=HAN_AUDITS
    ).then(AccountClosed)
    audits_education = on(account_of(BEN), RoleGranted(role=Role.AUDITOR, scope=EDUCATION))
    given(GROUND, audits_education).when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).refused(
        "HIGHER_ACCOUNT"
    )


def test_a_keeper_is_made_for_a_warehouse_not_for_a_bin() -> None:
    story = (
        given(GROUND).when("open_account", as_=GAO_ADMINISTERS, person=MA, body=OFFICES).then(AccountOpened)
    )
    new = story.answer["account"]
    keeper = {"account": new, "role": Role.KEEPER}
    story.when("grant_role", as_=GAO_ADMINISTERS, scope=BIN_A1, **keeper).refused("INVALID_VALUE", "scope")
    story.when("grant_role", as_=GAO_ADMINISTERS, scope=WAREHOUSE, **keeper).then(RoleGranted)
    story.when("grant_role", as_=GAO_ADMINISTERS, scope=WAREHOUSE, **keeper).then()
    story.when("grant_role", as_=GAO_ADMINISTERS, scope=named_id("nothing"), **keeper).refused(
        "UNKNOWN", "scope"
    )
    story.when("revoke_role", as_=GAO_ADMINISTERS, scope=WAREHOUSE, **keeper).then(RoleRevoked)
    story.when("revoke_role", as_=GAO_ADMINISTERS, scope=WAREHOUSE, **keeper).then()


def test_an_administrator_of_the_warehouses_owner_may_close_its_keepers_account() -> None:
    given(GROUND).when("close_account", as_=GAO_ADMINISTERS, account=ANA_KEEPS).then(AccountClosed)


def test_a_closed_account_does_nothing_and_stays_closed() -> None:
    story = given(GROUND).when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).then(AccountClosed)
    story.when("open_account", as_=BEN_ASKS, person=MA, body=EDUCATION).refused("NOT_YOURS")
    story.when("grant_role", as_=LI_ADMINISTERS, account=BEN_ASKS, **AS_OFFICER).refused("ACCOUNT_IS_CLOSED")
    story.when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).then()
    story.when("open_account", as_=LI_ADMINISTERS, person=BEN, body=EDUCATION).then(AccountOpened)


def test_rights_taken_away_while_deciding_are_gone() -> None:
    taken = on(LI_ADMINISTERS, RoleRevoked(role=Role.ADMINISTRATOR, scope=EDUCATION))
    story = given(GROUND).when(
        "open_account", as_=LI_ADMINISTERS, person=MA, body=EDUCATION, meanwhile_=[taken]
    )
    story.refused("NOT_YOURS")


def test_the_command_lines_account_stays_as_it_is() -> None:
    story = given(GROUND, on(account_of(GAO), RoleGranted(role=Role.ADMINISTRATOR, scope=ROOT)))
    story.when("close_account", as_=GAO_ADMINISTERS, account=CONSOLE).refused("BUILT_IN_ACCOUNT")
    story.when("revoke_role", as_=GAO_ADMINISTERS, account=CONSOLE, role=Role.KEEPER, scope=ROOT).refused(
        "BUILT_IN_ACCOUNT"
    )


def test_a_body_whose_file_is_closed_gets_no_accounts_but_one_in_liquidation_does() -> None:
    ended = on(HEALTH, ABOLISHED, at=LAST_FRIDAY)
    given(GROUND, ended).when("open_account", person=MA, body=HEALTH).then(AccountOpened)
    given(GROUND, ended, on(HEALTH, BodyClosed())).when("open_account", person=MA, body=HEALTH).refused(
        "BODY_FILE_CLOSED"
    )


def test_an_account_that_is_something_else_may_do_nothing() -> None:
    for id in (EDUCATION, WAREHOUSE, ANA, named_id("nobody")):
        given(GROUND).when("open_account", as_=id, person=MA, body=EDUCATION).refused("NOT_YOURS")


def test_rights_of_any_day_can_be_told_from_the_log() -> None:
    story = (
        given(GROUND)
        .when("grant_role", account=BEN_ASKS, role=Role.APPROVER, scope=EDUCATION)
        .then(RoleGranted)
    )
    assert story.thing(Account, BEN_ASKS).grants == {
        Grant(Role.OFFICER, EDUCATION),
        Grant(Role.APPROVER, EDUCATION),
    }


def has(person: UUID, holder: UUID) -> list[Any]:
    """A laptop of this body, in this person's custody."""
    took_over = CustodianChanged(body=holder, receiver=Signature(person, SignedBy.ACCOUNT), giver=None)
    return [card(LAPTOP, said("便携式计算机"), holder=holder), on(LAPTOP, took_over)]


def test_who_leaves_hands_over_first_and_is_told_what() -> None:
    story = given(GROUND, has(BEN, EDUCATION)).when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS)
    story.refused("STILL_CUSTODIAN", "account")
    assert story.refusal is not None
    number = story.thing(Asset, LAPTOP).number
    assert story.refusal.values == {"count": 1, "things": f"{number} 便携式计算机"}
    story.when("revoke_role", as_=LI_ADMINISTERS, account=BEN_ASKS, **AS_OFFICER).then(RoleRevoked)
    over = {
        "giver": Signature(BEN, SignedBy.PAPER, scan="ab" * 32),
        "receiver": Signature(CHEN, SignedBy.ACCOUNT),
    }
    story.when("change_custodian", as_=CHEN_MANAGES, asset=LAPTOP, body=EDUCATION, **over).then(
        CustodianChanged
    )
    story.when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).then(AccountClosed)


def test_what_somebody_has_at_another_body_keeps_no_account_open() -> None:
    given(GROUND, has(BEN, HEALTH)).when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).then(
        AccountClosed
    )


def test_a_closed_account_stays_closed_whatever_its_person_has() -> None:
    story = given(GROUND).when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).then(AccountClosed)
    story.given(*has(BEN, EDUCATION))
    story.when("close_account", as_=LI_ADMINISTERS, account=BEN_ASKS).then()
