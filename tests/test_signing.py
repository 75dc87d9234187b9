"""Who signs, and by what: members and duty persons of the borrower, and one-time codes nobody keeps."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.account import AccountClosed
from domain.aggregate import encode
from domain.body import BodyMerged, DutyPersonEnded, DutyPersonNamed
from domain.command import Envelope
from domain.life.keeping import CaseOpened
from domain.life.lending import Lent
from domain.papers.loan import LoanLine, LoanOpened
from domain.papers.signing import (
    TRIES,
    CodeEntered,
    CodeExpired,
    CodeForSomethingElse,
    CodeIssued,
    CodeLocked,
    CodeMistyped,
    CodeNotEntered,
    CodeUsed,
    SignedWithCode,
    Signing,
)
from domain.papers.slip import SlipIssued
from domain.refusals import AlreadyDone, InvalidValue, NotYours, SamePerson, Unknown
from domain.usecases import USE_CASES
from domain.usecases.duty_persons import HasAnAccount, NotAMember
from domain.usecases.returning import ReturnLine
from domain.values import Fresh, Role, Secret, Signature, SignedBy
from projections.desk import _fingerprint
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    EDUCATION,
    EDUCATION_OFFICE,
    FINANCE,
    FRIDAY,
    GAO_ADMINISTERS,
    HEALTH,
    MA,
    TAX,
    WAREHOUSE,
    account,
    account_of,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, card, said
from tests.store_room import BAI_MANAGES, IN_STORE, STORE_ROOM, TEN_CHAIRS, XIE, XIE_ASKS, by_hand
from tests.story import MONDAY, Story, given, on

LINES = (LoanLine(LAPTOP, 1),)
DIGITS = "48201735"
LEND: dict[str, Any] = {"as_": ANA_KEEPS, "lines": LINES, "borrower": HEALTH, "due": FRIDAY}


def issued(story: Story, as_: UUID = XIE_ASKS, digits: str = DIGITS, **more: Any) -> Story:
    said = more if "paper" in more else {"lines": LINES} | more
    return story.when("issue_code", as_=as_, digits=Fresh(digits), **said)


def entered(story: Story, digits: str = DIGITS, person: UUID = XIE, **more: Any) -> Story:
    said = more if "paper" in more else {"lines": LINES} | more
    return story.when("enter_code", as_=ANA_KEEPS, person=person, digits=Secret(digits), **said)


def with_code(story: Story, person: UUID = XIE) -> Signature:
    return Signature(person, SignedBy.ONE_TIME_CODE, code=story.answer["code"])


# One-time codes.


def test_a_code_asked_for_by_the_receiver_and_said_at_the_counter_signs() -> None:
    story = issued(given(STORE_ROOM, IN_STORE)).then(CodeIssued)
    entered(story).then(CodeEntered)
    story.when("lend", receiver=with_code(story), **LEND).then(LoanOpened, Lent, SlipIssued, SignedWithCode)
    assert story.fact(LoanOpened).receiver.how is SignedBy.ONE_TIME_CODE


def test_a_signature_by_code_without_a_code_is_none() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("lend", receiver=Signature(XIE, SignedBy.ONE_TIME_CODE), **LEND).refused(
        CodeNotEntered, "receiver"
    )
    issued(story)
    code = story.answer["signing"]
    story.when("lend", receiver=Signature(XIE, SignedBy.ONE_TIME_CODE, code=code), **LEND).refused(
        CodeNotEntered
    )
    story.when("lend", receiver=Signature(XIE, SignedBy.ONE_TIME_CODE, code=LAPTOP), **LEND).refused(Unknown)


def test_a_code_signs_once() -> None:
    story = entered(issued(given(STORE_ROOM, IN_STORE)))
    signature = with_code(story)
    story.when("lend", receiver=signature, **LEND).then(LoanOpened, Lent, SlipIssued, SignedWithCode)
    story.when("take_back", as_=ANA_KEEPS, lines=(), place=LAPTOP, giver=signature).refused(CodeUsed)
    entered(story).refused(CodeUsed)


def test_a_code_signs_exactly_what_it_was_given_for() -> None:
    story = entered(issued(given(STORE_ROOM, IN_STORE, TEN_CHAIRS)))
    signature = with_code(story)
    more = LEND | {"lines": (*LINES, LoanLine(CHAIRS, 1))}
    story.when("lend", receiver=signature, **more).refused(CodeForSomethingElse, "receiver")
    other = Signature(MA, SignedBy.ONE_TIME_CODE, code=signature.code)
    story.when("lend", receiver=other, **LEND).refused(CodeForSomethingElse, "receiver")


def test_a_code_for_a_paper_signs_that_paper() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", carrier="顺丰速运", **LEND)
    loan = story.answer["loan"]
    entered(issued(story, paper=loan), paper=loan)
    story.when("receive", as_=BAI_MANAGES, loan=loan, receiver=with_code(story))
    assert story.refusal is None


def test_a_code_is_good_for_a_few_minutes() -> None:
    story = issued(given(STORE_ROOM, IN_STORE))
    late = story.now + timedelta(minutes=16)
    story.when("enter_code", as_=ANA_KEEPS, at=late, person=XIE, digits=Secret(DIGITS), lines=LINES).refused(
        CodeExpired
    )
    entered(issued(story))
    story.when("lend", at=story.now + timedelta(minutes=15), receiver=with_code(story), **LEND).refused(
        CodeExpired
    )


@pytest.mark.slow
def test_every_wrong_try_is_written_down_and_the_sixth_is_not_even_tried() -> None:
    story = issued(given(STORE_ROOM, IN_STORE))
    for left in reversed(range(TRIES)):
        entered(story, "00000000").then(CodeMistyped)
        assert story.answer == {"tries_left": left}
    entered(story).refused(CodeLocked)
    entered(issued(story)).then(CodeEntered)


def test_a_new_code_makes_the_old_one_void() -> None:
    story = issued(issued(given(STORE_ROOM, IN_STORE)), digits="11112222")
    entered(story).then(CodeMistyped)
    entered(story, "11112222").then(CodeEntered)


def test_nobody_types_in_a_code_that_was_never_asked_for() -> None:
    entered(given(STORE_ROOM, IN_STORE)).refused(CodeNotEntered)


def test_who_asked_for_the_code_does_not_hand_over_with_it() -> None:
    also_keeps = account(XIE, FINANCE, (Role.KEEPER, WAREHOUSE))
    story = entered(issued(given(STORE_ROOM, IN_STORE, also_keeps)))
    asked = LEND | {"as_": account_of(XIE)}
    story.when("lend", receiver=with_code(story), **asked).refused(SamePerson, "receiver")


def test_one_person_never_signs_both_sides_not_even_by_code() -> None:
    story = given(STORE_ROOM, IN_STORE)
    issued(story, as_=ANA_KEEPS)
    entered(story, person=ANA)
    story.when("lend", receiver=with_code(story, ANA), **LEND).refused(SamePerson)


def test_an_officer_asks_for_a_duty_person_without_an_account_and_for_nobody_else() -> None:
    story = given(STORE_ROOM, IN_STORE, on(HEALTH, DutyPersonNamed(person=MA)))
    issued(story, person=MA, body=HEALTH).then(CodeIssued)
    entered(story, person=MA).then(CodeEntered)
    story.when("lend", receiver=with_code(story, MA), **LEND).then(
        LoanOpened, Lent, SlipIssued, SignedWithCode
    )
    issued(story, person=XIE, body=HEALTH, as_=BAI_MANAGES).refused(HasAnAccount)
    issued(story, person=BEN, body=HEALTH).refused(NotAMember, "person")
    issued(story, person=MA, body=HEALTH, as_=BEN_ASKS).refused(NotYours)
    issued(story, person=MA).refused(InvalidValue, "body")


def test_a_code_is_for_one_thing_and_has_eight_digits() -> None:
    story = given(STORE_ROOM, IN_STORE)
    issued(story, digits="1234").refused(InvalidValue, "digits")
    issued(story, digits="١٢٣٤٥٦٧٨").refused(InvalidValue, "digits")
    story.when("issue_code", as_=XIE_ASKS, digits=Fresh(DIGITS)).refused(InvalidValue, "paper")
    story.when("issue_code", as_=XIE_ASKS, digits=Fresh(DIGITS), paper=LAPTOP, lines=LINES).refused(
        InvalidValue
    )


def test_the_digits_are_in_no_fact_no_answer_and_no_fingerprint() -> None:
    story = entered(issued(given(STORE_ROOM, IN_STORE)))
    story.when("lend", receiver=with_code(story), **LEND)
    for row in story.log.rows:
        assert DIGITS.encode() not in encode(row.fact) + encode(row.meta)
    with pytest.raises(TypeError):
        encode(Secret(DIGITS))
    assert DIGITS not in f"{Secret(DIGITS)} {Fresh(DIGITS)!r}"
    envelope = Envelope(account=XIE_ASKS, command_id=XIE)
    one, other = (
        _fingerprint("enter_code", envelope, {"person": XIE, "digits": Secret(it)})
        for it in ("1" * 8, "2" * 8)
    )
    assert one == other, "a hash of few digits gives them away to whoever tries them all"


def test_the_same_digits_are_kept_with_another_salt_each_time() -> None:
    story = issued(given(STORE_ROOM, IN_STORE))
    first: Signing = story.thing(Signing, story.answer["signing"])
    issued(story)
    again: Signing = story.thing(Signing, story.answer["signing"])
    assert first.id == again.id
    assert (first.salt, first.seal) != (again.salt, again.seal)


def test_wherever_somebody_signs_a_code_may_sign() -> None:
    signed = {name for name, case in USE_CASES.items() if SignedWithCode in case.emits}
    assert {
        "lend",
        "receive",
        "take_back",
        "issue_asset",
        "turn_in",
        "sign_acceptance",
        "hand_over_transfer",
    } <= signed


# Who signs for a body.


def test_duty_person_a_member_at_hand_over() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("lend", receiver=by_hand(MA), **LEND).refused(NotAMember, "receiver")
    story.when("name_duty_person", as_=BAI_MANAGES, body=HEALTH, person=MA).then(DutyPersonNamed)
    story.when("lend", receiver=by_hand(MA), **LEND).then(LoanOpened, Lent, SlipIssued)


def test_at_the_return_it_is_asked_no_more() -> None:
    story = given(STORE_ROOM, IN_STORE, on(HEALTH, DutyPersonNamed(person=MA)))
    loan = story.when("lend", receiver=by_hand(MA), **LEND).answer["loan"]
    story.when("end_duty_person", as_=BAI_MANAGES, body=HEALTH, person=MA).then(DutyPersonEnded)
    back = {"lines": (ReturnLine(asset=LAPTOP),), "place": WAREHOUSE, "loan": loan, "giver": by_hand(MA)}
    story.when("take_back", as_=ANA_KEEPS, **back)
    assert story.refusal is None


def test_an_account_of_the_body_its_division_or_the_body_above_is_membership_and_a_closed_one_is_not() -> (
    None
):
    desks = card(DESKS, said("办公桌"), holder=HEALTH, place=WAREHOUSE)
    ask = {"as_": ANA_KEEPS, "lines": (LoanLine(DESKS, 1),), "due": FRIDAY}
    for borrower in (EDUCATION, EDUCATION_OFFICE):
        given(STORE_ROOM, desks).when("lend", receiver=by_hand(BEN), borrower=borrower, **ask).then(
            LoanOpened, Lent, SlipIssued
        )
    clerk = account(MA, EDUCATION_OFFICE)
    given(STORE_ROOM, desks, clerk).when("lend", receiver=by_hand(MA), borrower=EDUCATION, **ask).then(
        LoanOpened, Lent, SlipIssued
    )
    gone = on(account_of(BEN), AccountClosed())
    given(STORE_ROOM, desks, gone).when("lend", receiver=by_hand(BEN), borrower=EDUCATION, **ask).refused(
        NotAMember
    )


def test_whoever_took_over_the_borrower_is_a_member_of_what_is_on_the_way_to_it() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", carrier="顺丰速运", **LEND | {"borrower": TAX})
    story.given(
        on(
            TAX,
            BodyMerged(into=HEALTH, decree="国税发〔2026〕3号", decree_date=ABOLISHED.decree_date),
            at=MONDAY,
        )
    )
    story.when("receive", as_=XIE_ASKS, loan=story.answer["loan"])
    assert story.refusal is None
    assert CaseOpened not in {type(row.fact) for row in story.new}


def test_a_receipt_signed_by_a_stranger_lands_with_a_case() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", carrier="顺丰速运", **LEND)
    story.when("receive", as_=XIE_ASKS, loan=story.answer["loan"], receiver=by_hand(MA))
    assert story.fact(CaseOpened).case == "breach:NOT_A_MEMBER"


def test_a_hand_over_to_a_stranger_that_has_happened_lands_with_a_case() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("lend", receiver=by_hand(MA), already_happened=True, **LEND)
    assert story.fact(CaseOpened).case == "breach:NOT_A_MEMBER"


def test_duty_persons_are_named_by_the_body_s_own_manager_or_administrator_once() -> None:
    story = given(STORE_ROOM)
    story.when("name_duty_person", as_=XIE_ASKS, body=HEALTH, person=MA).refused(NotYours)
    story.when("name_duty_person", as_=GAO_ADMINISTERS, body=HEALTH, person=MA).then(DutyPersonNamed)
    story.when("name_duty_person", as_=BAI_MANAGES, body=HEALTH, person=MA).refused(AlreadyDone)
    story.when("end_duty_person", as_=BAI_MANAGES, body=HEALTH, person=BEN).refused(Unknown)


# What is handed over with a thing.


def test_condition_accessories_and_papers_are_on_the_loan() -> None:
    line = LoanLine(LAPTOP, 1, accessories=("电源线", "提包"), papers=("cd" * 32,))
    story = given(STORE_ROOM, IN_STORE).when("lend", receiver=by_hand(XIE), **LEND | {"lines": (line,)})
    assert story.fact(LoanOpened).lines == (line,)
    assert story.fact(SlipIssued).lines[0].accessories == ("电源线", "提包")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (LoanLine(LAPTOP, 1, accessories=("线",) * 21), "lines.0.accessories"),
        (LoanLine(LAPTOP, 1, accessories=(" ",)), "lines.0.accessories.0"),
        (LoanLine(LAPTOP, 1, papers=("不是哈希",)), "lines.0.papers.0"),
    ],
)
def test_accessories_and_papers_have_their_limits(line: LoanLine, path: str) -> None:
    story = given(STORE_ROOM, IN_STORE).when("lend", receiver=by_hand(XIE), **LEND | {"lines": (line,)})
    assert story.refusal is not None
    assert story.refusal.path == path
