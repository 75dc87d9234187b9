"""For every action on an asset: what somebody who means it would type in, given the state of things.

Used to see that what a screen offers is accepted, and to make long random histories.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.account import Account
from domain.asset import Asset, CodeKind, Existence, Flag, Kind, Title
from domain.cards import BATCH_UNITS
from domain.label import LabelFor, LabelKind
from domain.life.correcting import Field, Said
from domain.life.registering import Description
from domain.life.splitting import SplitFrom
from domain.numbering import property_number
from domain.papers.disposal_case import DisposalForm
from domain.papers.loan import LoanLine
from domain.place import Place
from domain.usecases.lots import Part
from domain.usecases.returning import ReturnLine
from domain.values import ClassCode, Condition, Role, Window
from tests.examples import (
    BIN_A1,
    EDUCATION,
    EDUCATION_OFFICE,
    HEALTH,
    MA,
    STORES_COMPANY,
    TAX,
    named_id,
)
from tests.goods import book
from tests.store_room import BY_WANG, BY_XIE, LIU, SECOND_SHELF, WANG, XIE, by_hand
from tests.story import Story, on

BORROWERS = (HEALTH, TAX, EDUCATION)
GOOD = ClassCode("gbt14885", "2022", "A02010104"), ClassCode("gbt14885", "2022", "A02010105")
REASON = {"reason_": "核实后办理", "evidence_": ("cd" * 32,)}
NEXT_MINUTE = timedelta(minutes=1)
A_MOMENT = timedelta.resolution

Input = dict[str, Any]
Inputs = Callable[[Story, UUID, Asset], Iterable[Input]]


def this(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id}


def with_this(**more: Any) -> Inputs:
    return lambda _, __, one: [{"asset": one.id, **more}]


def own_places(story: Story, account: UUID) -> list[UUID]:
    grants = story.thing(Account, account).grants
    scopes = {grant.scope for grant in grants if grant.role is Role.KEEPER}
    return [place for place in (BIN_A1, SECOND_SHELF) if {*story.thing(Place, place).scopes} & scopes] or [
        BIN_A1
    ]


def to_a_place(**more: Any) -> Inputs:
    return lambda story, account, one: [
        {"asset": one.id, "place": place, **more} for place in own_places(story, account)
    ]


def taking_back(story: Story, account: UUID, one: Asset) -> Iterable[Input]:
    for place in own_places(story, account):
        yield {"lines": (ReturnLine(asset=one.id),), "place": place}


def handing_out(**more: Any) -> Inputs:
    def inputs(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
        for borrower in dict.fromkeys((*BORROWERS, *(promise.body for promise in one.promises.values()))):
            yield {
                "lines": (LoanLine(one.id, 1),), "borrower": borrower, "due": story.now + NEXT_MINUTE + A_MOMENT, **more,
            }  # fmt: skip

    return inputs


def reserving(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    now = story.now + NEXT_MINUTE
    ends = [claim.end for claim in one.claims(now) if claim.end is not None and claim.end > now]
    for start in (now, *ends):
        for body in BORROWERS:
            yield {"asset": one.id, "body": body, "window": Window(start, start + A_MOMENT)}


def releasing(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    return [{"asset": one.id, "reservation": paper} for paper in one.promises] or [
        {"asset": one.id, "reservation": named_id("没有的预留")}
    ]


def transferring(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    for receiver in dict.fromkeys((HEALTH, EDUCATION, *(out.custody.body for out in one.outs.values()))):
        for quantity in dict.fromkeys((max(one.quantity, 1), 1)):
            yield {"lines": (LoanLine(one.id, quantity),), "receiver": receiver}


def disposing(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    for form in DisposalForm:
        yield {"lines": (LoanLine(one.id, max(one.quantity, 1)),), "form": form}


def issuing(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    for body in dict.fromkeys((one.holder, EDUCATION_OFFICE)):
        yield {"asset": one.id, "body": body, "receiver": by_hand(MA)}


def passing_on(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    body = one.custody.body
    yield {"asset": one.id, "body": body, "receiver": by_hand(MA), "witnesses": (LIU, XIE, WANG)}


def settling(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    return [{"asset": one.id, "case": case} for case in sorted(one.cases)] or [
        {"asset": one.id, "case": "stray"}
    ]


def splitting(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "quantity": 1}


def itemising(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    pieces = 2 if one.kind is Kind.SERIALISED and one.unit in BATCH_UNITS else max(one.quantity, 1)
    yield {"asset": one.id, "parts": (Part(),) * pieces}


def twin(story: Story, one: Asset, name: str) -> UUID:
    """Another card that says the same, entered by somebody else."""
    id = named_id(f"{name}:{one.id}:{len(story.log.rows)}")
    said = Description(
        name=one.name, model=one.model, unit=one.unit, kind=one.kind, quantity=max(one.quantity, 1), class_code=one.class_code,
        book=one.book, flags=tuple(sorted(one.flags)), not_fixed_asset=one.not_fixed_asset,
    )  # fmt: skip
    if id not in story.log.streams and one.existence is not Existence.NONE:
        made = SplitFrom(
            source=one.id, said=said, number=property_number(id), existence=one.existence, holder=one.holder, custody=one.custody,
            place=one.place, condition=one.condition, title=one.title,
        )  # fmt: skip
        story.given(on(id, made, person=named_id("旧账登记人")))
    return id


def merging(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "others": (twin(story, one, "同类"),)}


def doubling(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "double": twin(story, one, "重卡")}


def correcting(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    for version in range(1, one.version + 1):
        for field, new in (
            (Field.NAME, Said(text=f"更正后的名称{len(story.log.rows)}")),
            (Field.CONDITION, Said(condition=Condition.NEW)),
            (Field.CONDITION, Said(condition=Condition.WORN)),
        ):
            yield {"asset": one.id, "version": version, "field": field, "new": new}


def correcting_time(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    for row in story.log.streams[one.id]:
        for change in (-A_MOMENT * len(story.log.rows), A_MOMENT):
            yield {"asset": one.id, "version": row.version, "true_at": row.occurred_at + change}


def flagging(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "flag": Flag.RELIC, "on": Flag.RELIC not in one.flags}


def numbering(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "issuer": "甘肃省财政厅", "number": f"TY{len(story.log.rows):08d}"}


def coding(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "kind": CodeKind.OLD_STICKER, "code": f"旧签{len(story.log.rows)}"}


def uncoding(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    yield {"asset": one.id, "code": one.codes[0].code if one.codes else "没有的编码"}


def classing(_: Story, __: UUID, one: Asset) -> Iterable[Input]:
    yield from ({"asset": one.id, "class_code": code} for code in GOOD)


def labelling(story: Story, _: UUID, one: Asset) -> Iterable[Input]:
    yield {"things": (LabelFor(kind=LabelKind.ASSET, thing=one.id),), "again": True}


PLAUSIBLE: Mapping[str, Inputs] = {
    "apply_disposal": disposing,
    "attach_code": coding,
    "confirm_listing": this,
    "change_custodian": passing_on,
    "change_title": with_this(title=Title.DISPUTED),
    "correct_asset": correcting,
    "correct_time": correcting_time,
    "dispatch": handing_out(carrier="顺丰速运"),
    "inspect": with_this(condition=Condition.GOOD, wiped=True),
    "issue_asset": issuing,
    "issue_labels": labelling,
    "itemise_card": itemising,
    "lend": handing_out(receiver=BY_WANG),
    "list_asset": this,
    "merge_double": doubling,
    "merge_lots": merging,
    "number_asset": numbering,
    "order_repair": with_this(workshop=STORES_COMPANY, fault="无法开机"),
    "propose_transfer": transferring,
    "put_away": to_a_place(),
    "reclassify_asset": classing,
    "release_reservation": releasing,
    "remove_code": uncoding,
    "report_fault": lambda _, __, one: [
        {"asset": one.id, "fault": "屏幕破损", "quantity": quantity} for quantity in (None, 1)
    ],
    "report_found": to_a_place(condition=Condition.GOOD),
    "report_missing": this,
    "reserve_asset": reserving,
    "see_condition": with_this(condition=Condition.WORN),
    "set_flag": flagging,
    "settle_case": settling,
    "split_lot": splitting,
    "take_back": taking_back,
    "take_back_listing": this,
    "turn_in": to_a_place(condition=Condition.GOOD, giver=BY_XIE),
    "value_asset": with_this(book=book("88.00"), basis="评估报告2026-7"),
    "withdraw_listing": this,
}
