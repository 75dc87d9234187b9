"""What may be done with a request now? The rules that each use case on a request asks first; a screen asks the very same.

`ON_REQUEST` is the list: whatever can be done with a request has its rules here (`permitted_on_request`).
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from domain import policies as rule
from domain.body import Body, answers_now, must_have_standing
from domain.command import Command
from domain.papers.outside_decision import DecisionWithdrawn, Matter, OutsideDecision
from domain.papers.request import OPEN, Request, RequestState
from domain.place import Place
from domain.refusals import NotYours, Refusal, Unknown
from domain.terms import Form
from domain.usecases import USE_CASES
from domain.usecases.blocking import must_not_be_blocked
from domain.usecases.holding import must_be_there
from domain.values import Role

RequestRule = Callable[[Command, Request], None]

ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
BY_TIME = (Role.CLERK, Role.KEEPER, *ASKING, Role.APPROVER)


class NotDueYet(Refusal):
    """Its deadline has not come."""

    code = "NOT_DUE_YET"


class NotYourStep(Refusal):
    """It is another body's turn to decide: the steps have an order."""

    code = "NOT_YOUR_STEP"


class DecidedTwice(Refusal):
    """One person decides one step of a request."""

    code = "DECIDED_TWICE"


class UsedInPlace(Refusal):
    """It is used where it stands: there is nothing to hand over."""

    code = "USED_IN_PLACE"


class NotUsedInPlace(Refusal):
    """It leaves its place: it is handed over and comes back."""

    code = "NOT_USED_IN_PLACE"


class NothingPicked(Refusal):
    """Nothing has been scanned for this request."""

    code = "NOTHING_PICKED"


class TimeIsOver(Refusal):
    """The time that was asked for has passed."""

    code = "TIME_IS_OVER"


def it_waits_for_a_decision(c: Command, paper: Request) -> None:
    paper.must_be(RequestState.SUBMITTED)


def it_waits_for_an_answer(c: Command, paper: Request) -> None:
    paper.must_be(RequestState.CHANGED)


def it_is_open(c: Command, paper: Request) -> None:
    paper.must_be(*OPEN)


def an_approver_of_its_step_asks(c: Command, paper: Request) -> None:
    """An approver of the body whose turn it is, or of the one it was merged into. An approver of another step hears whose turn it is."""
    deciding = dict.fromkeys(step.body for step in paper.steps if step.body is not None)
    if paper.waiting is None or not c.may(Role.APPROVER, *scopes_of(c, paper.waiting)):
        c.must((Role.APPROVER,), *(scope for body in deciding for scope in scopes_of(c, body)))
        if paper.waiting is not None and paper.state is RequestState.SUBMITTED:
            raise NotYourStep("request", body=c.load(Body, paper.waiting).name)


def its_asker_does_not_decide(c: Command, paper: Request) -> None:
    """Who asked does not approve, whatever roles that person has; and who decided one step does not decide another."""
    rule.not_the_same_person(c.person, [*paper.askers], "approver", "applicant")
    if c.person in paper.deciders:
        raise DecidedTwice("account")


def who_cut_it_does_not_agree(c: Command, paper: Request) -> None:
    """The answer is the asker's, not that of the approver who cut it, whatever roles that person has."""
    rule.not_the_same_person(c.person, [*paper.deciders], "applicant", "approver")


def people_of_both_sides_enter_it(c: Command, paper: Request) -> None:
    """A document is entered by whoever has to do with the request: the asker's, the holder's or the authority's people."""
    scopes = [scope for body in sorted(paper.parties) for scope in scopes_of(c, body)]
    c.must((*ASKING, Role.APPROVER), *scopes)


def its_asker_asks(c: Command, paper: Request) -> None:
    """The people of the body that asked (or that it was merged into), not only the one person: somebody is always on leave."""
    c.must(ASKING, *scopes_of(c, paper.body))


def a_party_of_it_asks(c: Command, paper: Request) -> None:
    """Whoever has to do with it, and the clerk."""
    scopes = [scope for body in sorted(paper.parties) for scope in c.load(Body, body).scopes]
    if paper.warehouse is not None:
        scopes += c.load(Place, paper.warehouse).scopes
    c.must(BY_TIME, *scopes)


def its_body_has_standing(c: Command, paper: Request) -> None:
    must_have_standing(c.load(Body, paper.body), c, "request")


def its_documents_stand(c: Command, paper: Request) -> None:
    """A document that decided an earlier step may have been taken back since."""
    for one in paper.decided:
        document = c.load(OutsideDecision, one.decision) if one.decision else None
        if document is not None and document.taken_back:
            raise DecisionWithdrawn("request", decision=document.number)


def documents_must_be_alive(c: Command, paper: Request) -> None:
    """What was decided by a document from outside is carried out before its last day, and not after it was taken back."""
    for document in c.load_all(
        OutsideDecision, (one.decision for one in paper.decided if one.decision is not None)
    ):
        document.must_carry(Matter.SHARING, paper.list_hash, c.now, "request")


def must_be_decided_still(c: Command, promise: UUID | None) -> None:
    """A request that a document from outside has decided is not carried out after its last day, whichever way it is handed over."""
    if promise is not None:
        try:
            paper = c.load(Request, promise)
        except Unknown:
            return
        documents_must_be_alive(c, paper)


def its_time_is_still_to_come(c: Command, paper: Request) -> None:
    if paper.window is not None and paper.window.end <= c.now:
        raise TimeIsOver("request", end=paper.window.end.isoformat())


def some_of_it_can_be_had(c: Command, paper: Request) -> None:
    """Asked again on the day, of every unit: an approver may cut what is gone, but not approve what is not there."""
    must_be_there(c, paper)


def all_of_it_can_be_had(c: Command, paper: Request) -> None:
    must_be_there(c, paper, in_full=True)


def its_deadline_has_passed(c: Command, paper: Request) -> None:
    if paper.due is None or paper.due > c.now:
        raise NotDueYet("request", due=paper.due.isoformat() if paper.due else "")


def its_body_is_not_blocked(c: Command, paper: Request) -> None:
    must_not_be_blocked(c, c.load(Body, paper.body), paper.warehouse or paper.holder, "request")


def its_lending_point_asks(c: Command, paper: Request) -> None:
    """The keeper of its warehouse, or whoever hands out by hand where no keeper does."""
    place = c.load(Place, paper.warehouse) if paper.warehouse else None
    if place is None or not c.may(Role.KEEPER, *place.scopes):
        body = c.load(Body, place.operator if place else paper.holder)
        c.must((Role.KEEPER, *rule.BY_HAND) if place is None else rule.BY_HAND, *body.scopes)


def it_is_approved(c: Command, paper: Request) -> None:
    paper.must_be(RequestState.APPROVED)


def it_leaves_its_place(c: Command, paper: Request) -> None:
    """What is shared in place is used where it stands: nobody's custody changes."""
    if paper.form is Form.IN_PLACE:
        raise UsedInPlace("request")


def it_is_used_in_place(c: Command, paper: Request) -> None:
    """What leaves its place is handed over and comes back."""
    if paper.form is not Form.IN_PLACE:
        raise NotUsedInPlace("request")


def its_time_has_begun(c: Command, paper: Request) -> None:
    if paper.window is not None and paper.window.start > c.now:
        raise NotDueYet("request", due=paper.window.start.isoformat())


def something_was_scanned(c: Command, paper: Request) -> None:
    if not paper.picked:
        raise NothingPicked("request")


STILL_WANTED = (
    its_body_has_standing,
    its_body_is_not_blocked,
    its_documents_stand,
    its_time_is_still_to_come,
)
DECIDING = (an_approver_of_its_step_asks, it_waits_for_a_decision, its_asker_does_not_decide)
ON_REQUEST: dict[str, Sequence[RequestRule]] = {
    "approve_request": (*DECIDING, *STILL_WANTED, some_of_it_can_be_had),
    "refuse_request": DECIDING,
    "decide_request_by_document": (
        people_of_both_sides_enter_it, it_waits_for_a_decision, *STILL_WANTED, all_of_it_can_be_had,
    ),
    "accept_change": (
        its_asker_asks, it_waits_for_an_answer, who_cut_it_does_not_agree, *STILL_WANTED, all_of_it_can_be_had,
    ),
    "decline_change": (its_asker_asks, it_waits_for_an_answer),
    "cancel_request": (its_asker_asks, it_is_open),
    "pick_unit": (its_lending_point_asks, it_is_approved, it_leaves_its_place, its_time_is_still_to_come),
    "unpick_unit": (its_lending_point_asks, it_is_approved, something_was_scanned),
    "hand_over_request": (
        its_lending_point_asks, it_is_approved, it_leaves_its_place, something_was_scanned, *STILL_WANTED,
    ),
    "confirm_use": (a_party_of_it_asks, it_is_approved, it_is_used_in_place, its_time_has_begun),
    "lapse_request": (a_party_of_it_asks, it_is_open, its_deadline_has_passed),
}  # fmt: skip
"""The use cases on a request, and the rules each asks first."""


def ask_of(action: str, c: Command, paper: Request) -> None:
    """Asks the rules of an action in order; the first that says no is the answer."""
    for one in ON_REQUEST[action]:
        one(c, paper)


def permitted_on_request(c: Command, paper: Request) -> dict[str, Refusal | None]:
    """For every action on a request: `None` if this account may do it now, else why not."""
    answers: dict[str, Refusal | None] = {}
    for action in ON_REQUEST:
        try:
            by = USE_CASES[action].by
            if not any(grant.role in by for grant in c.account.grants):
                raise NotYours("account", needs=", ".join(by))
            ask_of(action, c, paper)
            answers[action] = None
        except Refusal as no:
            answers[action] = no
    return answers


def scopes_of(c: Command, body: UUID) -> tuple[UUID, ...]:
    """Where a role holds for this body, or for the one it was merged into."""
    return (*c.load(Body, body).scopes, *answers_now(c, body).scopes)
