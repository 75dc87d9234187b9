"""Labels: blanks in a drawer, stickers on things and pieces, on paper by a job, and what becomes of them."""

from typing import Any
from uuid import UUID, uuid4

from domain.command import Envelope
from domain.papers.print_job import PrintFailure
from tests.town import Town


def sticker(kind: str, thing: object, piece: int | None = None) -> dict[str, Any]:
    """What a label is for, as a client says it."""
    return {"kind": kind, "thing": thing, "piece": piece}


def things_get_their_labels(town: Town) -> None:
    keeper, offices = town.as_("keeper"), town.bodies["offices"]
    saw, drill, welder = town.in_store("education", "链锯", "冲击钻", "电焊机")
    blanks = keeper.done("preprint_labels", body=offices, count=3)
    assert len(set(blanks["tokens"])) == len(blanks["labelIds"]) == 3
    code = f"https://anything.example/A/{blanks['tokens'][0]}"
    bound = keeper.done("bind_label", code=code, to=sticker("ASSET", saw), affixed="ON_CASE")
    assert (bound["labelId"], bound["asset"]["id"]) == (blanks["labelIds"][0], str(saw))
    label = bound["labelId"]
    assert (
        keeper.refused("bind_label", code=blanks["tokens"][0], to=sticker("ASSET", drill))
        == "LABEL_NOT_BLANK"
    )
    assert (
        keeper.refused("bind_label", code=blanks["tokens"][1], to=sticker("ASSET", saw)) == "ALREADY_LABELLED"
    )
    assert keeper.done("reprint_label", label=label)["copy"] == 1
    keeper.done("affix_label", label=label, where="ON_THING", note="手柄内侧")
    keeper.done("report_label_damaged", label=label, note="被油浸了")
    keeper.done("record_scan", code=blanks["tokens"][0], place=town.places["bin"])
    new = keeper.done("replace_label", label=label, why="DAMAGED", blank=blanks["tokens"][1])
    assert (new["labelId"], new["retiredId"]) == (blanks["labelIds"][1], label)
    keeper.done("record_scan", code=blanks["tokens"][0], note="旧标签还在工具箱里")
    keeper.done("revoke_label", label=blanks["labelIds"][2], why="LOST")
    made = keeper.done("issue_labels", things=[sticker("ASSET", drill), sticker("PLACE", town.places["bin"])])
    assert len(made["tokens"]) == 2
    town.as_("education_asset_manager").done("issue_labels", things=[sticker("ASSET", welder)])


def a_lot_goes_on_with_its_stickers(town: Town) -> None:
    keeper = town.as_("keeper")
    [lot] = town.in_store("education", "折叠桌", lot=6, unit="张")
    made = keeper.done("issue_labels", things=[sticker("PIECE", lot, n) for n in range(1, 7)])
    part = UUID(keeper.done("split_lot", asset=lot, quantity=2)["partId"])
    moved = keeper.done("move_label", label=made["labelIds"][4], to=sticker("PIECE", part))
    assert moved["asset"]["id"] == str(part)


def labels_are_asked_for_on_paper(town: Town) -> None:
    keeper = town.as_("keeper")
    [tent] = town.in_store("education", "值班帐篷")
    said = {"stock": "L7160", "what": {"things": [sticker("ASSET", tent)]}}
    job = keeper.done("ask_print_job", **said)["jobId"]
    envelope = Envelope(account=town.accounts["keeper"], command_id=uuid4())
    why = {"job": UUID(job), "failure": PrintFailure.NO_PHONE}
    assert not town.installation.desk.execute("fail_print_job", envelope, why).refused
    keeper.done("take_up_print_job", job=job)
    keeper.done("cancel_print_job", job=job)


LABELS = (things_get_their_labels, a_lot_goes_on_with_its_stickers, labels_are_asked_for_on_paper)
