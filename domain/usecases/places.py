"""Warehouses, sites, and the places in them: set up, renamed, run by somebody else, out of use, closed."""

from uuid import UUID

from domain.body import Body, BodyKind, NoStanding, must_have_standing
from domain.command import Command
from domain.place import (
    PLACE_CODE,
    TOP,
    OperatorChanged,
    Place,
    PlaceAdded,
    PlaceBackInUse,
    PlaceClosed,
    PlaceKind,
    PlaceRegistered,
    PlaceRemoved,
    PlaceRenamed,
    PlaceTakenOutOfUse,
    known_time_zone,
    place_code,
)
from domain.refusals import AlreadyDone, InvalidValue, NumberTaken, TooMany
from domain.usecases import Outcome, use_case
from domain.values import Role, named

MOST_PLACES = 3000


@use_case("register_warehouse", by=(Role.ADMINISTRATOR,), emits=(PlaceRegistered,), gives=("place",))
def register_warehouse(
    c: Command, *, name: str, code: str, owner: UUID, operator: UUID, time_zone: str,
    kind: PlaceKind = PlaceKind.WAREHOUSE, id: UUID | None = None,
) -> Outcome:  # fmt: skip
    """Sets up a warehouse, a virtual one, or a holder's site. `owner`: whose pool; `operator`: who runs it."""
    pool, runs = c.load(Body, owner, "owner"), c.load(Body, operator, "operator")
    c.must((Role.ADMINISTRATOR,), *pool.governors)
    place = begun(c, id)
    if place.version:
        return same(place, name)
    if kind not in TOP:
        raise InvalidValue("kind", value=kind, because="kind_of_store")
    must_have_standing(pool, c, "owner")
    must_be_able_to_run(c, runs)
    fact = PlaceRegistered(
        name=named(name),
        kind=kind,
        code=place_code(code),
        operator=runs.id,
        owner=pool.id,
        time_zone=known_time_zone(time_zone),
    )
    must_be_a_new_code(c, fact.code, fact.code, place.id)
    place.record(fact)
    return {"place": place.id}


@use_case(
    "register_place",
    by=(Role.ADMINISTRATOR, Role.KEEPER),
    emits=(PlaceRegistered, PlaceAdded),
    gives=("place",),
)
def register_place(
    c: Command, *, name: str, kind: PlaceKind, code: str, parent: UUID, id: UUID | None = None
) -> Outcome:
    """Sets up a zone, a bin or a room. Its code is unique in its warehouse."""
    outer = kept(c, parent, "parent")
    place = begun(c, id)
    if place.version:
        return same(place, name)
    outer.must_take(kind)
    fact = PlaceRegistered(
        name=named(name), kind=kind, code=place_code(code), operator=outer.operator, owner=outer.owner,
        time_zone=outer.time_zone, warehouse=outer.warehouse, parent=outer.id,
    )  # fmt: skip
    must_be_a_new_code(c, f"{outer.warehouse}/{fact.code}", fact.code, place.id)
    place.record(fact)
    outer.record(PlaceAdded(place=place.id))
    return {"place": place.id}


@use_case("rename_place", by=(Role.ADMINISTRATOR, Role.KEEPER), emits=(PlaceRenamed,), gives=("place",))
def rename_place(c: Command, *, place: UUID, name: str) -> Outcome:
    """Calls a place something else."""
    one = kept(c, place)
    one.rename(named(name))
    return {"place": one.id}


@use_case("change_operator", by=(Role.ADMINISTRATOR,), emits=(OperatorChanged,), gives=("place",))
def change_operator(c: Command, *, place: UUID, operator: UUID, handover: UUID | None = None) -> Outcome:
    """Somebody else runs the warehouse and all places in it from that day on. `handover`: the joint count."""
    one, runs = c.load(Place, place, "place"), c.load(Body, operator, "operator")
    c.must((Role.ADMINISTRATOR,), *c.load(Body, one.owner).governors)
    if one.id != one.warehouse:
        raise InvalidValue("place", value=one.name, because="whole_warehouse")
    if one.closed:
        raise AlreadyDone("place", what=one.name)
    must_be_able_to_run(c, runs)
    changed, layer = 0, [one]
    while layer:
        changed += len(layer)
        if changed > MOST_PLACES:
            raise TooMany("place", most=MOST_PLACES)
        for each in layer:
            each.change_operator(runs.id, handover)
        layer = c.load_all(Place, sorted(inner for each in layer for inner in each.places))
    return {"place": one.id}


@use_case(
    "take_place_out_of_use",
    by=(Role.ADMINISTRATOR, Role.KEEPER),
    emits=(PlaceTakenOutOfUse,),
    gives=("place",),
)
def take_place_out_of_use(c: Command, *, place: UUID) -> Outcome:
    """Nothing is put there any more; what is there may leave."""
    one = kept(c, place)
    one.take_out_of_use()
    return {"place": one.id}


@use_case(
    "put_place_back_in_use", by=(Role.ADMINISTRATOR, Role.KEEPER), emits=(PlaceBackInUse,), gives=("place",)
)
def put_place_back_in_use(c: Command, *, place: UUID) -> Outcome:
    """Things may be put there again."""
    one = kept(c, place)
    one.put_back_in_use()
    return {"place": one.id}


@use_case(
    "close_place", by=(Role.ADMINISTRATOR, Role.KEEPER), emits=(PlaceClosed, PlaceRemoved), gives=("place",)
)
def close_place(c: Command, *, place: UUID) -> Outcome:
    """Closes a place that is out of use and empty."""
    one = kept(c, place)
    one.close(c.in_hands(one))
    if one.parent is not None:
        c.load(Place, one.parent).record(PlaceRemoved(place=one.id))
    return {"place": one.id}


def kept(c: Command, id: UUID, path: str = "place") -> Place:
    """The place, for its keeper or an administrator of its owner; a warehouse itself is the administrator's."""
    place = c.load(Place, id, path)
    if (path == "place" and place.id == place.warehouse) or not c.may(Role.KEEPER, *place.scopes):
        c.must((Role.ADMINISTRATOR,), place.warehouse, *c.load(Body, place.owner).governors)
    return place


def begun(c: Command, id: UUID | None) -> Place:
    if id is not None and id.version != 5:
        raise InvalidValue("id", value=str(id), because="id_from_a_name")
    return c.begin(Place, id)


def same(place: Place, name: str) -> Outcome:
    """A caller that comes again with an id made from a name: nothing happens, unless it differs."""
    if place.name != named(name):
        raise AlreadyDone("id", what=place.name)
    return {"place": place.id}


def must_be_able_to_run(c: Command, operator: Body) -> None:
    """An operating company stands outside: it holds nothing, but it may run a store until it ends."""
    if operator.kind is not BodyKind.OPERATOR:
        must_have_standing(operator, c, "operator")
    elif operator.ended is not None:
        raise NoStanding(
            "operator", body=operator.name, standing="ended" if operator.closed else "in_liquidation"
        )


def must_be_a_new_code(c: Command, key: str, code: str, place: UUID) -> None:
    if c.owner_of(PLACE_CODE, key) is not None:
        raise NumberTaken("code", number=code)
    c.claim(PLACE_CODE, key, place)
