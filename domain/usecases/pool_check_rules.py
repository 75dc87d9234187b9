"""What may be done with a pool check now? The rules that each use case on one asks first; a screen asks the very same."""

from collections import Counter
from collections.abc import Callable, Sequence

from domain import policies as rule
from domain.body import Body, Relation
from domain.classification import edition
from domain.command import Command
from domain.numbering import paper_number
from domain.papers.pool_check import CheckState, PoolCheck, Verdict
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.usecases import permitted_on
from domain.values import ROOT, ClassCode, Role

CheckRule = Callable[[Command, PoolCheck], None]

ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
REVIEWING = (Role.APPROVER, Role.ASSET_MANAGER)


def reviewing_office(c: Command, body: Body) -> Body:
    """Who reviews a body's checks: its offices administration, else its superior, else the administration as a whole."""
    accountable = c.load(Body, body.accountable)
    for relation in (Relation.OFFICES_ADMINISTRATION, Relation.SUPERVISED_BY):
        above = accountable.related(relation, c.now)
        if above is not None:
            return c.load(Body, above)
    return c.load(Body, ROOT)


def class_wanted(said: ClassCode, path: str) -> ClassCode:
    """A code, or the beginning of one: A02010000 means whatever begins with A0201."""
    padded = edition(said.scheme, said.edition).padded_to
    code = "".join(said.code.split()).upper()
    while padded and len(code) > 3 and code.endswith("00"):
        code = code[:-2]
    if not code.isalnum() or not code.isascii() or len(code) > 20:
        raise InvalidValue(path, value=said.code[:40], because="class_prefix")
    return ClassCode(said.scheme, said.edition, code)


def its_body_asks(c: Command, paper: PoolCheck) -> None:
    c.must(ASKING, *c.load(Body, paper.body).scopes)


def its_office_asks(c: Command, paper: PoolCheck) -> None:
    c.must(REVIEWING, *reviewing_office(c, c.load(Body, paper.body)).scopes)


def either_side_asks(c: Command, paper: PoolCheck) -> None:
    if not any(c.may(role, *c.load(Body, paper.body).scopes) for role in ASKING):
        its_office_asks(c, paper)


def who_asked_does_not_review(c: Command, paper: PoolCheck) -> None:
    rule.not_the_same_person(c.person, tuple(paper.asked_by), "reviewer", "applicant")


def it_is_not_decided(c: Command, paper: PoolCheck) -> None:
    paper.must_be_open()


def it_is_not_withdrawn(c: Command, paper: PoolCheck) -> None:
    if paper.state is CheckState.WITHDRAWN:
        raise AlreadyDone("poolCheck", what=paper_number(PoolCheck.KIND, paper.id))


ON_POOL_CHECK: dict[str, Sequence[CheckRule]] = {
    "refuse_match": (its_body_asks, it_is_not_decided),
    "review_pool_check": (its_office_asks, who_asked_does_not_review, it_is_not_decided),
    "withdraw_pool_check": (either_side_asks, it_is_not_withdrawn),
}
"""The use cases on a pool check, and the rules each asks first."""


def ask_of(action: str, c: Command, paper: PoolCheck) -> None:
    """Asks the rules of an action in order; the first that says no is the answer."""
    for one in ON_POOL_CHECK[action]:
        one(c, paper)


def permitted_on_pool_check(c: Command, paper: PoolCheck) -> dict[str, Refusal | None]:
    """For every action on a pool check: `None` if this account may do it now, else why not."""
    return permitted_on(c, ON_POOL_CHECK, paper)


def must_be_decided_each(paper: PoolCheck, verdicts: Sequence[Verdict]) -> None:
    """Every line has its verdict; lines are told as people count them, from 1."""
    said, lines = Counter(one.line for one in verdicts), range(len(paper.lines))
    unsaid = [n for n in lines if not said[n]]
    twice = [n for n in lines if said[n] > 1]
    strange = [n for n in said if n not in lines]
    if unsaid or twice or strange:
        raise InvalidValue(
            "verdicts", value=len(verdicts), because="verdicts_each",
            unsaid=_counted(unsaid), twice=_counted(twice), strange=_counted(strange),
        )  # fmt: skip


def _counted(lines: Sequence[int]) -> str:
    return ", ".join(str(n + 1) for n in lines[:20])
