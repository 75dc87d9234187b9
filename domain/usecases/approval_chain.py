"""Who decides on a request, in which order? The policy names steps; here each step finds its body, as relations are now.

The chain is frozen into the request with the version of the policy: a policy that changes later changes later requests.
"""

from collections.abc import Iterable
from uuid import UUID

from domain.asset import Asset
from domain.body import Body, Level, Relation
from domain.command import Command
from domain.papers.request import RequestStep
from domain.place import Place
from domain.policy_book import InForce, terms
from domain.terms import ApprovalChain, Form, Step
from domain.values import Money

LEVELS = tuple(level for level in Level if level is not Level.NONE)
RELATED = {
    Step.SUPERIOR_OF_ASKER: Relation.SUPERVISED_BY,
    Step.SUPERIOR_OF_HOLDER: Relation.SUPERVISED_BY,
    Step.FISCAL_AUTHORITY_OF_ASKER: Relation.FISCAL_AUTHORITY,
    Step.FISCAL_AUTHORITY_OF_HOLDER: Relation.FISCAL_AUTHORITY,
}
OF_HOLDER = frozenset({Step.HOLDER, Step.SUPERIOR_OF_HOLDER, Step.FISCAL_AUTHORITY_OF_HOLDER})


def chain_for(
    c: Command, *, asker: Body, holder: Body, warehouse: Place | None, form: Form, assets: Iterable[Asset], value: Money | None
) -> tuple[tuple[RequestStep, ...], InForce[ApprovalChain]]:  # fmt: skip
    """The steps with their bodies, and the rule they come from. Of several classes the one that asks for most steps decides.

    Where the policy has no case, or no body of any step is known, the holder decides: nothing is approved by nobody.
    """
    asking, holding = c.load(Body, asker.accountable), c.load(Body, holder.accountable)
    crossed = levels_crossed(asking, holding)
    found: list[tuple[tuple[Step, ...], InForce[ApprovalChain]]] = []
    for code in dict.fromkeys(asset.class_code for asset in assets):
        rule = terms(c, ApprovalChain, warehouse=warehouse, body=holding, class_code=code)
        found.append((rule.terms.steps_for(form, crossed, value), rule))
    wanted, rule = max(found, key=lambda one: len(one[0]))
    steps = tuple(RequestStep(step, body_of(c, step, asking, holding)) for step in wanted)
    if all(step.body is None for step in steps):
        steps = (*steps, RequestStep(Step.HOLDER, holding.id))
    return steps, rule


def body_of(c: Command, step: Step, asker: Body, holder: Body) -> UUID | None:
    """Whose approver decides a step. `None`: the register does not know."""
    if step is Step.OWN_BODY:
        return asker.id
    if step is Step.HOLDER:
        return holder.id
    if step is Step.OFFICES_ADMINISTRATION:
        offices = (one.related(Relation.OFFICES_ADMINISTRATION, c.now) for one in (holder, asker))
        return next((one for one in offices if one is not None), None)
    return (holder if step in OF_HOLDER else asker).related(RELATED[step], c.now)


def levels_crossed(one: Body, other: Body) -> int:
    """How many levels of government lie between two bodies. One without a level might be anywhere: one level off."""
    if one.level is other.level:
        return 0
    if Level.NONE in (one.level, other.level):
        return 1
    return abs(LEVELS.index(one.level) - LEVELS.index(other.level))


def value_of(goods: Iterable[tuple[Asset, int]]) -> Money | None:
    """The original value of so many of each. `None` where one is not known, or in another currency."""
    total: Money | None = None
    for asset, quantity in goods:
        if asset.book is None:
            return None
        part = asset.book.original.part(quantity, asset.quantity)
        if total is not None and total.currency != part.currency:
            return None
        total = part if total is None else total + part
    return total
