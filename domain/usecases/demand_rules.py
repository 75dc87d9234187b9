"""What may be done with a demand now? The rules that each use case on a demand asks first; a screen asks the very same.

`ON_DEMAND` is the list: whatever can be done with a demand has its rules here (`permitted_on_demand`).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from domain import policies as rule
from domain.asset import Asset
from domain.availability import Wanted
from domain.body import Body, must_have_standing
from domain.command import Command
from domain.papers.demand import Demand, DemandKind, DemandState, NoTurn
from domain.place import Place
from domain.refusals import AlreadyDone, Refusal
from domain.usecases import permitted_on
from domain.usecases.choosing import must_be_on_offer, not_enough, spare
from domain.usecases.lots import FOR_EVER
from domain.usecases.pool_check_rules import reviewing_office
from domain.usecases.request_rules import NotDueYet
from domain.usecases.turns import asks_for, found_for, line_of, must_not_be_blocked_at, nobody_comes_earlier
from domain.values import ROOT, Role, Window

DemandRule = Callable[[Command, Demand], None]

ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
ORDERING = (Role.KEEPER, Role.APPROVER, Role.ASSET_MANAGER)
MATCHING = (Role.CLERK, Role.KEEPER, Role.APPROVER, Role.ASSET_MANAGER)
QUIET = timedelta(days=1)
"""Who watches is told once a day at most."""


def its_body_asks(c: Command, paper: Demand) -> None:
    c.must(ASKING, *c.load(Body, paper.body).scopes)


def its_body_or_the_clerk_asks(c: Command, paper: Demand) -> None:
    """The clerk only when its time is up."""
    if not any(c.may(role, *c.load(Body, paper.body).scopes) for role in ASKING):
        the_clerk_asks(c, paper)
        if paper.turn is not None and paper.turn.until > c.now:
            raise NotDueYet("demand", due=paper.turn.until.isoformat())


def the_clerk_asks(c: Command, paper: Demand) -> None:
    c.must((Role.CLERK,), ROOT)


def who_matches_asks(c: Command, paper: Demand) -> None:
    """The clerk, who orders the queue, or a keeper of goods that may serve it. A keeper elsewhere learns nothing of it."""
    if not c.may(Role.CLERK, ROOT) and not _keeps_what_may_serve(c, paper):
        who_orders_asks(c, paper)


def _keeps_what_may_serve(c: Command, paper: Demand) -> bool:
    """Whether the asker keeps a store where something of the class is on offer. (Of one thing, its keeper orders the queue.)"""
    code = paper.class_code
    if code is None or paper.asset is not None:
        return False
    for grant in c.account.grants:
        if grant.role is not Role.KEEPER:
            continue
        kept = c.load_any((Body, Place), grant.scope)
        wanted = Wanted(
            class_code=code.code, scheme=code.scheme, edition=code.edition, quantity=paper.quantity,
            window=paper.window or Window(c.now, FOR_EVER),
            warehouse=kept.warehouse if isinstance(kept, Place) else None,
        )  # fmt: skip
        offered = c.load_all(Asset, c.candidates(wanted))
        if any(
            c.may(Role.KEEPER, *c.load(Place, one.place).scopes) for one in offered if one.place is not None
        ):
            return True
    return False


def who_orders_asks(c: Command, paper: Demand) -> None:
    """Of one thing: its holder or keeper; of a class: the office that manages the asker's goods."""
    if paper.asset is not None:
        asset = c.load(Asset, paper.asset)
        place = c.load(Place, asset.place).scopes if asset.place else ()
        if c.may(Role.KEEPER, *place) or c.may(Role.ASSET_MANAGER, *c.load(Body, asset.holder).scopes):
            return
    office = reviewing_office(c, c.load(Body, paper.body))
    c.must((Role.APPROVER, Role.ASSET_MANAGER), *office.scopes)


def its_asker_does_not_order(c: Command, paper: Demand) -> None:
    rule.not_the_same_person(c.person, (paper.asker,), "approver", "applicant")


def its_body_has_standing(c: Command, paper: Demand) -> None:
    must_have_standing(c.load(Body, paper.body), c, "demand")


def it_waits(c: Command, paper: Demand) -> None:
    paper.must_wait(c.now)


def it_is_not_over(c: Command, paper: Demand) -> None:
    if paper.state not in {DemandState.WAITING, DemandState.TURN}:
        raise AlreadyDone("demand", what=paper.state.value)


def something_is_held(c: Command, paper: Demand) -> None:
    if paper.turn is None:
        raise NoTurn("demand", until="")


def its_turn_lasts(c: Command, paper: Demand) -> None:
    if paper.turn is None or paper.turn.until <= c.now:
        raise NoTurn("demand", until=paper.turn.until.isoformat() if paper.turn else "")


def what_is_held_can_be_had(c: Command, paper: Demand) -> None:
    """Asked again on the day, of every unit: it may have been broken or taken off the shelf meanwhile."""
    if paper.turn is None:
        return
    ask = asks_for(c, paper, paper.turn.request)
    assets = c.load_all(Asset, (one.asset for one in paper.turn.units))
    must_not_be_blocked_at(c, paper, assets[0])
    for unit, asset in zip(paper.turn.units, assets, strict=True):
        must_be_on_offer(c, asset, ask, "demand")
        if spare(c, asset, ask) < unit.quantity:
            raise not_enough(c, ask, line_of(paper), paper.quantity, (), "demand")


def it_was_not_told_lately(c: Command, paper: Demand) -> None:
    if paper.kind is DemandKind.WATCH and paper.alerted is not None and paper.alerted + QUIET > c.now:
        raise AlreadyDone("demand", what=paper.alerted.isoformat())


def nobody_who_fits_comes_earlier(c: Command, paper: Demand) -> None:
    if paper.kind is not DemandKind.WATCH:
        nobody_comes_earlier(c, paper)


def something_serves_it(c: Command, paper: Demand) -> None:
    found_for(c, paper, asks_for(c, paper, paper.id))


ON_DEMAND: dict[str, Sequence[DemandRule]] = {
    "withdraw_demand": (its_body_asks, it_is_not_over),
    "move_demand": (who_orders_asks, its_asker_does_not_order, it_waits),
    "match_demand": (
        who_matches_asks,
        it_waits,
        its_body_has_standing,
        it_was_not_told_lately,
        nobody_who_fits_comes_earlier,
        something_serves_it,
    ),
    "take_up_turn": (its_body_asks, its_body_has_standing, its_turn_lasts, what_is_held_can_be_had),
    "pass_turn": (its_body_or_the_clerk_asks, something_is_held),
    "lapse_demand": (the_clerk_asks,),
}
"""The use cases on a demand, and the rules each asks first."""


def ask_of(action: str, c: Command, paper: Demand) -> None:
    """Asks the rules of an action in order; the first that says no is the answer."""
    for one in ON_DEMAND[action]:
        one(c, paper)


def permitted_on_demand(c: Command, paper: Demand) -> dict[str, Refusal | None]:
    """For every action on a demand: `None` if this account may do it now, else why not."""
    return permitted_on(c, ON_DEMAND, paper)
