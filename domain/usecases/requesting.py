"""Asking: a body asks for goods of the pool, several in one cart.

What is asked for together is a cart; each lending point gets a request of its own. From the moment it is made a request holds what it
asks for, for a limited time, so that nobody is promised the same thing meanwhile.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.asset import Asset
from domain.body import Body, must_have_standing
from domain.command import Command
from domain.life.pooling import Held
from domain.limits import StartInThePast
from domain.papers.kit import Kit, KitAskedFor
from domain.papers.request import (
    Request,
    RequestLine,
    RequestSubmitted,
    RequestUnit,
)
from domain.place import Place
from domain.refusals import InvalidValue, Refusal
from domain.terms import Form
from domain.usecases import Outcome, use_case
from domain.usecases.approval_chain import chain_for, levels_crossed, value_of
from domain.usecases.blocking import must_not_be_blocked
from domain.usecases.choosing import (
    MAKING_ROOM,
    Ask,
    Take,
    find,
    must_be_on_offer,
    not_already_requested,
    not_enough,
    point_of,
    spare,
)
from domain.usecases.holding import hold, hold_times, keep_slot
from domain.usecases.kit_lines import find_kit
from domain.usecases.lots import FOR_EVER
from domain.usecases.pool_checks import must_be_lines_of_pool_checks
from domain.usecases.pooling import ReasonMissing
from domain.values import ClassCode, Role, Value, Window, free_text

ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
MOST_LINES = 200
MOST_UNITS = 1000


class CartLine(Value, frozen=True, kw_only=True):
    """So many of a particular asset, of a class (a code, or the beginning of one) with wishes, or one kit; of one warehouse, or of any.

    `pool_check`, `pool_check_line`: the line of a pool check that this serves, so that the purchase it avoids is counted.
    """

    quantity: int = 1
    asset: UUID | None = None
    class_code: ClassCode | None = None
    wishes: str = ""
    warehouse: UUID | None = None
    pool_check: UUID | None = None
    pool_check_line: int | None = None
    kit: UUID | None = None


class Chosen(Struct, frozen=True):
    """What serves a line of the cart."""

    line: int
    asset: Asset
    quantity: int


@use_case(
    "submit_requests",
    by=ASKING,
    emits=(RequestSubmitted, Held, KitAskedFor, *MAKING_ROOM),
    gives=("cart", "requests"),
)
def submit_requests(
    c: Command, *, body: UUID, purpose: str, lines: tuple[CartLine, ...], form: Form = Form.LOAN, window: Window | None = None,
    partly: bool = False,
) -> Outcome:  # fmt: skip
    """Asks for goods, for a time (`window`) or, as a transfer, for good: one request for each lending point, all held from now on.

    All or nothing, unless `partly`: then it asks for what there is. What is not free is refused with what is, where and when.
    """
    asker = c.load(Body, body, "body")
    c.must(ASKING, *asker.scopes)
    must_have_standing(asker, c, "body")
    purpose = free_text(purpose, "purpose")
    if not purpose:
        raise ReasonMissing("purpose")
    window = _time_asked_for(c, form, window)
    ask = Ask(asker, form, window or Window(c.now, FOR_EVER))
    wanted = [_sound(c, line, f"lines.{n}") for n, line in enumerate(lines)]
    must_be_lines_of_pool_checks(c, asker, wanted)
    if not 1 <= len(wanted) <= MOST_LINES or sum(line.quantity for line in wanted) > MOST_UNITS:
        raise InvalidValue("lines", value=len(wanted), least=1, most=MOST_LINES)
    chosen = _choose(c, ask, lines, wanted, partly=partly)
    cart = c.new_id()
    made = [
        request_of(
            c, cart, ask, window, purpose, wanted, [one for one in chosen if point_of(c, one.asset) == point]
        )
        for point in dict.fromkeys(point_of(c, one.asset) for one in chosen)
    ]
    return {"cart": cart, "requests": [paper.id for paper in made]}


def _time_asked_for(c: Command, form: Form, window: Window | None) -> Window | None:
    """For good needs no window, anything else does."""
    if form is Form.TRANSFER:
        if window is not None:
            raise InvalidValue("window", value=window.end.isoformat(), because="no_window_for_good")
        return None
    if window is None:
        raise InvalidValue("window", value="")
    if window.end <= c.now:
        raise StartInThePast("window.start", start=window.start.isoformat())
    return window


def _sound(c: Command, line: CartLine, path: str) -> RequestLine:
    most = MOST_UNITS if line.kit is None else 1
    if not 1 <= line.quantity <= most:
        raise InvalidValue(f"{path}.quantity", value=line.quantity, least=1, most=most)
    if [line.asset, line.class_code, line.kit].count(None) != 2:
        raise InvalidValue(f"{path}.asset", value=str(line.asset or ""), because="thing_class_or_kit")
    if line.class_code is not None and not line.class_code.code:
        raise InvalidValue(f"{path}.classCode", value="")
    kit = c.load(Kit, line.kit, f"{path}.kit") if line.kit else None
    return RequestLine(
        quantity=max(len(kit.members), 1) if kit else line.quantity,
        asset=line.asset,
        class_code=line.class_code,
        wishes=free_text(line.wishes, f"{path}.wishes"),
        pool_check=line.pool_check,
        pool_check_line=line.pool_check_line,
        kit=line.kit,
        kit_name=kit.name if kit else "",
    )


def _choose(
    c: Command, ask: Ask, cart: Sequence[CartLine], lines: Sequence[RequestLine], *, partly: bool
) -> list[Chosen]:
    """Goods for every line; particular things and kits first, so that no wish for a class takes them. Raises what is missing."""
    goods = [_particulars(c, line) for line in lines]
    asked = Counter(one for some in goods for one in some)
    for n, (line, some) in enumerate(zip(lines, goods, strict=True)):
        if any(asked[one] > 1 for one in some):
            what = "kit" if line.kit else "asset"
            name = str(line.kit) if line.kit else c.load(Asset, some[0], "lines").number
            raise InvalidValue(f"lines.{n}.{what}", value=name, once=1)
    c.load_all(Asset, asked, "lines")
    chosen: list[Chosen] = []
    missing: list[Refusal] = []
    for n, line in sorted(enumerate(lines), key=lambda one: one[1].class_code is not None):
        at = Ask(ask.asker, ask.form, ask.window, warehouse=cart[n].warehouse)
        taken = [one.asset.id for one in chosen]
        if line.kit is not None:
            takes, no = find_kit(c, at, line, f"lines.{n}")
        else:
            takes, no = _particular(c, at, line, n) if line.asset else find(c, at, line, line.quantity, taken)
        if sum(take.quantity for take in takes) < line.quantity:
            missing.append(
                no if no and not takes else not_enough(c, at, line, line.quantity, takes, f"lines.{n}")
            )
            if not missing[-1].path.startswith("window"):
                missing[-1].path = f"lines.{n}"
        chosen += [Chosen(n, take.asset, take.quantity) for take in takes]
    if missing and not (partly and chosen):
        raise missing[0]
    return chosen


def _particulars(c: Command, line: RequestLine) -> tuple[UUID, ...]:
    """The very things that a line names."""
    if line.kit is not None:
        return c.load(Kit, line.kit).members
    return (line.asset,) if line.asset is not None else ()


def _particular(c: Command, ask: Ask, line: RequestLine, n: int) -> tuple[list[Take], Refusal | None]:
    """The very thing that was asked for, as many as there are."""
    path = f"lines.{n}"
    [asset] = c.load_all(Asset, [line.asset] if line.asset else [])
    must_be_on_offer(c, asset, ask, path)
    if ask.warehouse is not None and point_of(c, asset)[0] != ask.warehouse:
        raise InvalidValue(f"{path}.warehouse", value=str(ask.warehouse), because="another_lending_point")
    not_already_requested(c, asset, ask, path)
    can = min(spare(c, asset, ask), line.quantity)
    return ([Take(asset, can)] if can > 0 else []), None


def request_of(
    c: Command, cart: UUID, ask: Ask, window: Window | None, purpose: str, lines: Sequence[RequestLine], chosen: Sequence[Chosen],
    *, id: UUID | None = None, waited: UUID | None = None,
) -> Request:  # fmt: skip
    """The request to one lending point, its goods held. `id`: under which they are held already; `waited`: who waited for them."""
    warehouse, holder_id = point_of(c, chosen[0].asset)
    must_not_be_blocked(c, ask.asker, warehouse or holder_id)
    holder, place = c.load(Body, holder_id), c.load(Place, warehouse) if warehouse else None
    used = sorted({one.line for one in chosen})
    units = {one.asset.id: (used.index(one.line), one.quantity) for one in chosen}
    value = value_of((one.asset, one.quantity) for one in chosen)
    assets = [one.asset for one in chosen]
    steps, rule = chain_for(
        c, asker=ask.asker, holder=holder, warehouse=place, form=ask.form, assets=assets, value=value
    )
    until = c.now + timedelta(hours=hold_times(c, warehouse, holder.id).pending_hours)
    paper = c.begin(Request, id)
    paper.record(
        RequestSubmitted(
            cart=cart, body=ask.asker.id, form=ask.form, purpose=purpose, holder=holder.id, warehouse=warehouse, window=window,
            lines=tuple(_part(lines[line], sum(one.quantity for one in chosen if one.line == line)) for line in used),
            units=tuple(RequestUnit(asset, line, quantity) for asset, (line, quantity) in units.items()),
            steps=steps, rule=rule.rule, policy=rule.policy, due=min(until, ask.window.end), value=value,
            levels_crossed=levels_crossed(c.load(Body, ask.asker.accountable), c.load(Body, holder.accountable)), waited=waited,
        )
    )  # fmt: skip
    keep_slot(c, paper)
    hold(c, paper, ask, units, min(until, ask.window.end))
    for line in paper.lines:
        if line.kit is not None:
            c.load(Kit, line.kit).record(KitAskedFor(reservation=paper.id, holder=paper.holder))
    return paper


def _part(line: RequestLine, quantity: int) -> RequestLine:
    return replace(line, quantity=quantity)
