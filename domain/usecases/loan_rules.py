"""What may be done with a running loan now? The rules that each use case on one asks first; a screen asks the very same.

`ON_LOAN` is the list (`permitted_on_loan`). What depends on the day or the things that are named is asked by the use case besides.
"""

from collections.abc import Callable, Sequence

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, answers_now, must_have_standing, same_accountable
from domain.command import Command
from domain.limits import terms_for
from domain.numbering import paper_number
from domain.papers.loan import LineOutcome, Loan
from domain.refusals import AlreadyDone, NotYours, Refusal
from domain.terms import LoanTerms
from domain.usecases import USE_CASES
from domain.usecases.blocking import scopes_at
from domain.values import Role

LoanRule = Callable[[Command, Loan], None]

ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
LENDING_SIDE = (Role.KEEPER, *ASKING)
SIGNING = (Role.KEEPER, *rule.BY_HAND)


class NothingOut(Refusal):
    """Nothing of this loan is out any more, or not this."""

    code = "NOTHING_OUT"


class LoanIsRecalled(Refusal):
    """It was recalled: it comes back, unless its lender extends it of its own accord."""

    code = "LOAN_IS_RECALLED"


class NotAsked(Refusal):
    """Nobody has asked for an extension."""

    code = "NOT_ASKED"


class AskedTooLate(Refusal):
    """The day until which it was to stay has passed while nobody decided: it has to be asked for anew, or extended without."""

    code = "ASKED_TOO_LATE"


class ExtensionsUsedUp(Refusal):
    """It was extended as often as the terms allow."""

    code = "EXTENSIONS_USED_UP"


class DueBeforeThat(Refusal):
    """It has to be back by then anyway."""

    code = "DUE_BEFORE_THAT"


class NothingCameBack(Refusal):
    """Nothing of this loan came back as it went out: there is nothing on which damage could be found now."""

    code = "NOTHING_CAME_BACK"


class NotInTransit(Refusal):
    """There is nothing to receive: it is not in transit on this paper."""

    code = "NOT_IN_TRANSIT"


class NotYourReceipt(Refusal):
    """Only the borrower's own people sign for what it receives."""

    code = "NOT_YOUR_RECEIPT"


class StillTwoBodies(Refusal):
    """Lender and borrower are two bodies: what was lent is returned or transferred."""

    code = "STILL_TWO_BODIES"


def its_borrower_asks(c: Command, loan: Loan) -> None:
    c.must(ASKING, *c.load(Body, loan.borrower).scopes)


def its_borrower_has_standing(c: Command, loan: Loan) -> None:
    must_have_standing(c.load(Body, loan.borrower), c, "loan")


def its_lender_asks(c: Command, loan: Loan) -> None:
    """The keeper of the store it was lent from, or the lender's own people."""
    c.must(LENDING_SIDE, *scopes_at(c, loan.point), *c.load(Body, loan.lender).scopes)


def something_is_out(c: Command, loan: Loan) -> None:
    if not loan.out:
        raise NothingOut("loan")


def something_came_back(c: Command, loan: Loan) -> None:
    if not any(outcome is LineOutcome.RETURNED for _, _, outcome in loan.outcomes):
        raise NothingCameBack("loan")


def nobody_has_asked(c: Command, loan: Loan) -> None:
    if loan.asked is not None:
        raise AlreadyDone("loan", what=loan.asked.due.date().isoformat())


def somebody_has_asked(c: Command, loan: Loan) -> None:
    if loan.asked is None:
        raise NotAsked("loan")


def who_asked_does_not_grant(c: Command, loan: Loan) -> None:
    rule.not_the_same_person(c.person, (loan.asked.person if loan.asked else None,), "approver", "applicant")


def what_was_asked_for_is_still_out(c: Command, loan: Loan) -> None:
    if loan.asked is not None and not {*loan.asked.assets} & {*loan.out}:
        raise NothingOut("loan")


def what_was_asked_for_is_still_to_come(c: Command, loan: Loan) -> None:
    if loan.asked is not None and loan.asked.due <= c.now:
        raise AskedTooLate("loan", due=loan.asked.due.isoformat())


def not_all_of_it_is_recalled(c: Command, loan: Loan) -> None:
    if {*loan.out} <= loan.recalled:
        raise LoanIsRecalled("loan")


def it_may_be_extended_again(c: Command, loan: Loan) -> None:
    """By the terms of at least one of the things that are out; each is asked for itself when it comes to it."""
    no: ExtensionsUsedUp | None = None
    for asset in c.load_all(Asset, loan.out):
        try:
            must_not_be_used_up(c, loan, asset)
        except ExtensionsUsedUp as used_up:
            no = used_up
        else:
            return
    if no is not None:
        raise no


def must_not_be_used_up(c: Command, loan: Loan, asset: Asset) -> None:
    """Not more often than the terms of this thing allow. Raises `ExtensionsUsedUp`."""
    found = terms_for(c, LoanTerms, asset)
    if loan.extensions >= found.terms.extensions:
        raise ExtensionsUsedUp(
            "loan", count=loan.extensions, most=found.terms.extensions, rule=found.rule, policy=found.policy
        )


def some_of_it_is_due_later(c: Command, loan: Loan) -> None:
    dues = [loan.dues.get(asset, loan.due) for asset in loan.out]
    if all(due is not None and due <= c.now for due in dues):
        raise DueBeforeThat("due", due=loan.due.isoformat() if loan.due else "")


def its_receiver_signs(c: Command, loan: Loan) -> None:
    """The borrower's own people, or those of the body it was merged into."""
    to = c.load(Body, loan.borrower)
    if not any(c.may(role, *to.scopes, *answers_now(c, to.id).scopes) for role in SIGNING):
        raise NotYourReceipt("loan", body=to.name)


def it_is_on_its_way(c: Command, loan: Loan) -> None:
    if not loan.on_the_way:
        raise NotInTransit("loan")


def its_body_of_today_asks(c: Command, loan: Loan) -> None:
    body = answers_now(c, c.load(Body, loan.borrower).accountable)
    c.must((Role.ASSET_MANAGER,), *body.scopes)


def it_is_not_closed(c: Command, loan: Loan) -> None:
    if loan.closed:
        raise AlreadyDone("loan", what=paper_number(Loan.KIND, loan.id))


def lender_and_borrower_are_one(c: Command, loan: Loan) -> None:
    if not same_accountable(c, loan.lender, loan.borrower):
        body = answers_now(c, c.load(Body, loan.borrower).accountable)
        raise StillTwoBodies("loan", body=body.name)


ON_LOAN: dict[str, Sequence[LoanRule]] = {
    "request_extension": (
        its_borrower_asks, its_borrower_has_standing, nobody_has_asked, something_is_out, not_all_of_it_is_recalled,
        it_may_be_extended_again,
    ),
    "grant_extension": (
        its_lender_asks, something_is_out, somebody_has_asked, who_asked_does_not_grant, what_was_asked_for_is_still_out,
        what_was_asked_for_is_still_to_come, its_borrower_has_standing, it_may_be_extended_again,
    ),
    "refuse_extension": (its_lender_asks, something_is_out, somebody_has_asked),
    "extend_loan": (
        its_lender_asks, something_is_out, who_asked_does_not_grant, its_borrower_has_standing, it_may_be_extended_again,
    ),
    "recall_loan": (its_lender_asks, something_is_out, some_of_it_is_due_later),
    "report_damage": (its_lender_asks, something_came_back),
    "receive": (its_receiver_signs, it_is_on_its_way),
    "end_loan_inside": (its_body_of_today_asks, it_is_not_closed, lender_and_borrower_are_one),
}  # fmt: skip
"""What can be done with a loan, and its rules in order: the first that says no is the answer."""


def ask_loan(action: str, c: Command, loan: Loan) -> Loan:
    """The loan, if its rules allow this now."""
    for one in ON_LOAN[action]:
        one(c, loan)
    return loan


def permitted_on_loan(c: Command, loan: Loan) -> dict[str, Refusal | None]:
    """For every action on a loan: `None` if this account may do it now, else why not."""
    answers: dict[str, Refusal | None] = {}
    for action in ON_LOAN:
        try:
            by = USE_CASES[action].by
            if not any(grant.role in by for grant in c.account.grants):
                raise NotYours("account", needs=", ".join(by))
            ask_loan(action, c, loan)
            answers[action] = None
        except Refusal as no:
            answers[action] = no
    return answers
