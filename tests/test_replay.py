"""A replay of a record: which reasons are explained, made impossible, or undecidable; and every row is accounted for."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.replay import Replayed, replay, run
from benchmarks.replay_record import carts, read
from benchmarks.replay_verdicts import Verdict, Why, tables
from tests.command_line import a_place

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SHIPPED = "state,agency,requisition_id,fsc,niin,item,unit_of_issue,quantity,unit_value_usd,ship_date\r\n"
CLOSED = "cancelled_by,request_ref,state,agency,fsc,niin,item,unit_of_issue,quantity,unit_value_usd,requested_at,reason\r\n"
CHAIR, DESK, CABLE = "7110,000000001,CHAIR,EA", "7110,000000002,DESK,EA", "6145,000000003,CABLE,FT"
APRIL, MAY, JUNE = "2017-04-05 09:00:00", "2017-05-05 09:00:00", "2017-06-05 09:00:00"
SHIPMENTS = (
    f"ME,BANGOR POLICE,2YTX0071000001,{CHAIR},3,10,2017-04-20",  # became a requisition on 10 April
    f"ME,BANGOR POLICE,2YTX0071000002,{CHAIR},2,10,2017-04-21",
    f"OR,SALEM POLICE,2YTX0071400003,{CHAIR},5,10,2017-06-01",  # on 20 May
    f"OR,SALEM POLICE,,{CABLE},2500,1,2017-05-30",
    f"OR,SALEM POLICE,2YTX0071400004,{DESK},0,10,2017-06-01",  # cannot be read
)
LOST = (
    (CHAIR, 6, MAY, "gone_from_pool", Verdict.EXPLAINED, Why.NOTHING_LEFT),  # five are left, whoever asked when
    (CHAIR, 1, JUNE, "allocated_to_another", Verdict.EXPLAINED, Why.NOTHING_LEFT),  # the last of the lot is another's now
    (CABLE, 2000, JUNE, "gone_from_pool", Verdict.EXPLAINED, Why.NOTHING_LEFT),
    (CHAIR, 5, MAY, "gone_from_pool", Verdict.UNDECIDABLE, Why.WINNERS_TIME),
    (DESK, 1, MAY, "gone_from_pool", Verdict.UNDECIDABLE, Why.STOCK_UNKNOWN),
    (CHAIR, 1, MAY, "overdue_receipts", Verdict.IMPOSSIBLE, Why.BLOCKED),
    (CHAIR, 1, JUNE, "screening_cycle_passed", Verdict.IMPOSSIBLE, Why.ENDED),
    (CHAIR, 1, MAY, "screening_cycle_passed", Verdict.UNDECIDABLE, Why.STILL_OFFERED),
    (DESK, 1, MAY, "prohibited_item", Verdict.IMPOSSIBLE, Why.NEVER_OFFERED),
    (CHAIR, 1, APRIL, "prohibited_item", Verdict.UNDECIDABLE, Why.OFFERED_TO_OTHERS),
    (CHAIR, 1, APRIL, "justification_insufficient", Verdict.UNDECIDABLE, Why.PERSONS_JUDGEMENT),
    (CHAIR, 1, APRIL, "paperwork_missing", Verdict.UNDECIDABLE, Why.PERSONS_JUDGEMENT),
    (CHAIR, 1, APRIL, "allocation_limit", Verdict.UNDECIDABLE, Why.PERSONS_JUDGEMENT),
    (CHAIR, 1, APRIL, "withdrawn_by_requester", Verdict.UNDECIDABLE, Why.NOT_SAID),
    (CHAIR, 1, APRIL, "system_text_only", Verdict.UNDECIDABLE, Why.NOT_SAID),
    (CHAIR, 1, APRIL, "other", Verdict.UNDECIDABLE, Why.NOT_SAID),
    (CHAIR, 1, APRIL, "", Verdict.UNDECIDABLE, Why.NOT_SAID),
)  # fmt: skip
WON_SOMETHING = f"LESO,90,OR,SALEM POLICE,{CHAIR},1,10,2017-05-18 09:00:00,overdue_receipts"
"""Two days later it got chairs: it may not have been blocked."""
UNREADABLE = f"LESO,91,ME,PORTLAND POLICE,{CHAIR},0,10,{MAY},gone_from_pool"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("record")
    lost = [
        f"LESO,{n},ME,PORTLAND POLICE,{what},{some},10,{at},{reason}"
        for n, (what, some, at, reason, *_) in enumerate(LOST)
    ]
    for name, heading, rows in (
        ("shipments", SHIPPED, SHIPMENTS),
        ("cancellations", CLOSED, [*lost, WON_SOMETHING, UNREADABLE]),
    ):
        text = heading + "".join(f"{one}\r\n" for one in rows)
        (made / f"2017-06-30-{name}.csv").write_text(text, encoding="utf-8", newline="")
    return made


@pytest.fixture(scope="module")
def replayed(folder: Path) -> Iterator[Replayed]:
    with a_place() as data:
        yield replay(data, read(folder))


def test_each_reason_is_counted_for_what_the_two_runs_answered(replayed: Replayed) -> None:
    expected = Counter((reason or "blank", verdict, why) for *_, reason, verdict, why in LOST)
    expected["overdue_receipts", Verdict.UNDECIDABLE, Why.SERVED_MEANWHILE] += 1
    assert replayed.counted.whys == expected, tables(replayed.counted)
    assert not [one for one in replayed.counted.verdicts if one[1] is Verdict.CONTRADICTED]


def test_every_row_is_accounted_for_also_one_that_cannot_be_read(replayed: Replayed) -> None:
    found = replayed.counted
    assert (found.rows.total(), found.unreadable["gone_from_pool"], found.unaccounted) == (
        len(LOST) + 2,
        1,
        0,
    )
    found.rows["other"] += 1
    assert found.unaccounted == 1
    found.rows["other"] -= 1


def test_whoever_got_something_gets_it_again_in_both_runs(replayed: Replayed) -> None:
    assert replayed.winners_refused == 0
    competing = sum(1 for what, *_ in LOST if what != DESK) + 1
    assert replayed.requests == 4 + 5 + 2 * competing  # the carts of both runs: see the next test


def test_a_request_asks_for_no_more_than_one_may(folder: Path) -> None:
    (quarter,) = read(folder)
    early = carts(quarter.won, quarter.stock, quarter.begins)
    late = carts(quarter.won, quarter.stock, None)
    assert [sum(one.lines.values()) for one in early] == [5, 505, 1000, 1000]
    assert sorted(sum(one.lines.values()) for one in late) == [5, 5, 500, 1000, 1000]
    assert (quarter.by_document, quarter.shipments_unreadable) == (3, 1)


def test_what_is_said_to_be_impossible_was_tried(replayed: Replayed) -> None:
    assert replayed.rules["overdue_receipts"] == "RECEIPTS_UNSIGNED"
    assert replayed.rules["screening_cycle_passed"] == replayed.rules["prohibited_item"] == "NOT_LISTED"


def test_the_figures_of_a_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_place() as data:
        rows = {one["name"]: one["value"] for one in run(data, folder, quick=True)}
    assert rows["replay.unaccounted"] == rows["replay.winners_refused"] == 0
    assert rows.keys() == {
        "replay.requests",
        "replay.seconds",
        "replay.winners_refused",
        "replay.unaccounted",
    }
    said = capsys.readouterr()
    assert not said.out
    assert "gone_from_pool" in said.err
