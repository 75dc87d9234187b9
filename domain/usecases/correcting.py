"""Corrections: by somebody other than who entered it, naming the fact that was wrong. Nothing is overwritten."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import fields

from domain import policies as rule
from domain.aggregate import Fact, Recorded
from domain.asset import Asset, Existence, Kind
from domain.body import Body
from domain.cards import checked_class, must_add_up
from domain.command import Command
from domain.label import LabelMoved, LabelReplaced
from domain.life.correcting import (
    Corrected,
    DoubleEnded,
    DoubleTakenIn,
    Field,
    Said,
    TimeCorrected,
    in_true_order,
    said_of,
    true_times,
    which,
)
from domain.refusals import AlreadyDone, InTheFuture, InvalidValue, Refusal
from domain.usecases import Outcome, ask, ask_each, use_case
from domain.usecases.labels_in_use import label_follows
from domain.usecases.lots import it_is_not_in_the_pool, must_leave_enough
from domain.usecases.pooling import ReasonMissing
from domain.values import Role, free_text, named

MOST_FACTS = 2000


class SaysNothingOfIt(Refusal):
    """The named fact says nothing about this field."""

    code = "SAYS_NOTHING_OF_IT"


class ChangedSince(Refusal):
    """What was wrong has been changed and changed back since: correct the last fact that says it."""

    code = "CHANGED_SINCE"


class NotADouble(Refusal):
    """These two are not one thing registered twice: another kind, another quantity, or the same card."""

    code = "NOT_A_DOUBLE"


def it_was_a_card(c: Command, asset: Asset) -> None:
    """What never was, or went onto another card, is corrected there."""
    if asset.existence in (Existence.NONE, Existence.UNDONE, Existence.MERGED, Existence.ITEMISED):
        raise rule.NotAlive("asset", asset=asset.number, existence=asset.existence)


def somebody_else_entered_it(c: Command, asset: Asset) -> None:
    rule.not_the_same_person(c.person, tuple(asset.entered_by), "corrector", "registrar")


CORRECTING = (rule.its_holder_asks, it_was_a_card, somebody_else_entered_it)
MERGING = (
    rule.its_holder_asks,
    somebody_else_entered_it,
    rule.it_is_alive,
    rule.it_is_not_on_loan,
    rule.it_is_not_promised,
    rule.it_is_not_in_repair,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_being_transferred,
)
GOING_AWAY = (*MERGING, it_is_not_in_the_pool)


@use_case("correct_asset", by=(Role.ASSET_MANAGER,), emits=(Corrected,), gives=("asset",), rules=CORRECTING)
def correct_asset(c: Command, *, asset: UUID, version: int, field: Field, new: Said) -> Outcome:
    """Says that what fact `version` of this asset says in a field was wrong, and what is right. Needs a reason."""
    one = c.load(Asset, asset, "asset")
    ask(CORRECTING, c, one)
    recorded, wrong = _named_fact(c, one, version)
    old = _said_in(wrong.fact, field)
    if old is None:
        raise SaysNothingOfIt("version", field=field, version=version)
    new = _checked(c, one, field, old, new)
    if new == old:
        raise AlreadyDone("new", what=field)
    correction = Corrected(corrects=one.id, version=version, field=field, old=old, new=new)
    when = true_times(recorded)[version]
    _must_not_go_astray(one, recorded, correction, when, field)
    c.date(one, when)
    one.record(correction)
    return {"asset": one.id}


@use_case(
    "correct_time", by=(Role.ASSET_MANAGER,), emits=(TimeCorrected,), gives=("asset",), rules=CORRECTING
)
def correct_time(c: Command, *, asset: UUID, version: int, true_at: datetime) -> Outcome:
    """Says that fact `version` happened at another time than was entered. Needs a reason.

    An asset's first fact stays its first.
    """
    one = c.load(Asset, asset, "asset")
    ask(CORRECTING, c, one)
    recorded, wrong = _named_fact(c, one, version)
    if isinstance(wrong.fact, Corrected | TimeCorrected):
        raise InvalidValue(
            "trueAt", value=true_at.isoformat(), version=version, because="correcting_a_correction"
        )
    if true_at > c.now:
        raise InTheFuture("trueAt", occurred_at=true_at.isoformat())
    times = true_times(recorded)
    was = times[version]
    if was == true_at:
        raise AlreadyDone("trueAt", what=true_at.isoformat())
    others = [time for number, time in times.items() if number != version]
    if (version > 1 and true_at < times[1]) or (version == 1 and others and true_at > min(others)):
        raise InvalidValue("trueAt", value=true_at.isoformat(), because="before_its_beginning")
    c.date(one, min(was, true_at))
    one.record(TimeCorrected(corrects=one.id, version=version, was=was, true=true_at))
    return {"asset": one.id}


@use_case(
    "merge_double",
    by=(Role.ASSET_MANAGER,),
    emits=(DoubleEnded, DoubleTakenIn, LabelMoved, LabelReplaced),
    gives=("asset",),
    rules=MERGING,
)
def merge_double(c: Command, *, asset: UUID, double: UUID) -> Outcome:
    """Ends a second registration of the same thing: `asset` stays, the value of `double` falls, once. Needs a reason.

    All numbers and codes of the double find the one that stays, and so does its label. By neither registrar.
    """
    if asset == double:
        raise NotADouble("double")
    both = c.load_all(Asset, (asset, double), "asset")
    for one, path in zip(both, ("asset", "double"), strict=True):
        ask_each(GOING_AWAY if one.id == double else MERGING, c, [one], path)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    stays, goes = both
    if (stays.kind, stays.quantity) != (goes.kind, goes.quantity):
        raise NotADouble("double")
    numbers, codes = goes.numbers, goes.codes
    goes.record(DoubleEnded(into=stays.id, book=goes.book))
    stays.record(DoubleTakenIn(other=goes.id, numbers=numbers, codes=codes))
    label_follows(c, goes, stays)
    return {"asset": stays.id}


def _named_fact(c: Command, asset: Asset, version: int) -> tuple[list[Recorded], Recorded]:
    """All facts of the asset, and the one that was wrong. Not by the person who recorded that."""
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if not 1 <= version <= asset.version or asset.version > MOST_FACTS:
        raise InvalidValue("version", value=version, most=asset.version)
    found = (c.fact_at(asset.id, number) for number in range(1, asset.version + 1))
    recorded = [one for one in found if one is not None]
    wrong = recorded[version - 1]
    rule.not_the_same_person(c.person, (wrong.meta.person,), "corrector", "enterer")
    return recorded, wrong


def _said_in(fact: Fact, field: Field) -> Said | None:
    """What a fact says in a field: in its description, in itself, or as a correction."""
    if isinstance(fact, Corrected):
        return fact.new if fact.field is field else None
    said = getattr(fact, "said", None)
    for holder in (said, None if field in (Field.QUANTITY, Field.NAME) else fact):
        if holder is not None and field.value in {one.name for one in fields(type(holder))}:
            return Said(**{which(field): getattr(holder, field.value)})
    return None


def _checked(c: Command, asset: Asset, field: Field, old: Said, new: Said) -> Said:
    """The new value, as it would have been accepted at first; only the member that fits the field is said."""
    value = getattr(new, which(field))
    if new != Said(**{which(field): value}) or (value is None and field not in (Field.PLACE, Field.VALUE)):
        raise InvalidValue("new", value=field, because="only_what_fits")
    match field:
        case Field.NAME:
            value = named(value, "new")
        case Field.MODEL | Field.SERIAL | Field.UNIT:
            value = free_text(value, "new")
        case Field.CLASS:
            value = checked_class(value, "new")
        case Field.VALUE if value is not None:
            must_add_up(value)
        case Field.PLACE if value is not None:
            rule.in_a_place_of(c, value, c.load(Body, asset.custody.body), "new").must_be_in_use("new")
        case Field.QUANTITY:
            fewer = (old.number or 0) - value
            if asset.kind is not Kind.LOT or value < 1 or fewer >= asset.quantity:
                raise InvalidValue("new", value=value, because="only_less_of_a_lot")
            if fewer > 0:
                must_leave_enough(c, asset, fewer, "new")
        case _:
            pass
    return Said(**{which(field): value})


def _must_not_go_astray(
    asset: Asset, recorded: Sequence[Recorded], correction: Corrected, when: datetime, field: Field
) -> None:
    """What is so now is the same, told as it was recorded and told as it came true; else a later fact is meant."""
    last = recorded[-1]
    one = Recorded(
        last.position + 1, asset.id, asset.version + 1, correction, last.meta, when, last.recorded_at
    )
    if _as_recorded(asset, recorded, field) != _as_true(asset, recorded, field):
        return
    after = [*recorded, one]
    if _as_recorded(asset, after, field) != _as_true(asset, after, field):
        raise ChangedSince("version", field=field, version=correction.version)


def _as_recorded(asset: Asset, facts: Sequence[Recorded], field: Field) -> Said:
    return said_of(Asset.replay(asset.id, facts), field)


def _as_true(asset: Asset, facts: Sequence[Recorded], field: Field) -> Said:
    return said_of(Asset.replay(asset.id, [one for _, one in in_true_order(facts)]), field)
