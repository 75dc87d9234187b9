"""`gongwu demo`: goods in lively states, people with all roles, served; the second start shows the same again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pytest

from domain.values import PEOPLES_ROLES
from labels.check import pixels, read_codes
from tests.command_line import a_place, gongwu, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as data:
        yield data


@pytest.fixture(scope="module")
def shown(place: Path) -> Iterator[dict[str, Any]]:
    with serving(place, "demo") as said:
        yield said


def token(shown: dict[str, Any], who: str) -> str:
    return next(str(one["token"]) for one in shown["accounts"] if one["name"] == who)


def ask(shown: dict[str, Any], query: str, who: str = "总管理员") -> Any:
    headers = {"Authorization": f"Bearer {token(shown, who)}", "Accept-Language": "zh"}
    told = httpx.post(
        shown["address"] + "/graphql", json={"query": query}, headers=headers, timeout=20
    ).json()
    assert "errors" not in told, told["errors"]
    return told["data"]


def test_the_demo_answers_graphql_with_about_two_hundred_assets_and_two_jurisdictions(
    shown: dict[str, Any], place: Path
) -> None:
    found = gongwu(place, "--json", "status").json
    assert 180 <= found["assets"] <= 230
    assert found["lots"] > 800
    assert {one["file"] for one in found["imports"]} == {
        "us-shipments-sample.csv",
        "us-cancellations-sample.csv",
    }
    assert all(one["lag"] == 0 for one in found["projections"].values())
    nodes = ask(shown, "{ assets(first: 5) { nodes { number name holder { name } } } }")["assets"]["nodes"]
    assert len(nodes) == 5


def test_its_assets_are_in_lively_states(shown: dict[str, Any], place: Path) -> None:
    """Every stretch of life is there to be looked at: counted in the history."""
    topics: set[str] = set()
    cursor = ""
    for _ in range(40):
        page = ask(
            shown,
            f"{{ happenings(first: 100{cursor}) {{ nodes {{ topic sentence }} pageInfo {{ endCursor hasNextPage }} }} }}",
        )
        topics |= {one["topic"] for one in page["happenings"]["nodes"]}
        if not page["happenings"]["pageInfo"]["hasNextPage"]:
            break
        cursor = f', after: "{page["happenings"]["pageInfo"]["endCursor"]}"'
    wanted = {
        "intake.applied", "intake.approved", "intake.line_received", "intake.line_turned_away", "asset.registered", "asset.listed",
        "asset.listing_withdrawn", "asset.reserved", "asset.lent", "asset.dispatched", "asset.returned", "asset.inspected",
        "asset.sent_for_repair", "asset.held_for_transfer", "asset.held_for_disposal", "asset.missing_reported", "asset.found_again",
        "asset.split_off", "asset.itemised", "slip.issued", "slip_marks.voided", "slip_marks.reprinted", "asset.corrected",
    }  # fmt: skip
    assert wanted <= topics, wanted - topics


def test_somebody_is_overdue_and_availability_says_so(shown: dict[str, Any]) -> None:
    overdue = ask(shown, "{ overdueLoans(first: 10) { nodes { assetId quantity } } }", "安娜")[
        "overdueLoans"
    ]["nodes"]
    assert len(overdue) >= 3


def test_sentences_name_people_in_both_languages(shown: dict[str, Any]) -> None:
    said = ask(shown, "{ happenings(first: 50) { nodes { sentence } } }", "安娜")["happenings"]["nodes"]
    assert any("安娜" in one["sentence"] for one in said)


def test_there_is_an_account_for_every_role_and_all_tokens_work(shown: dict[str, Any]) -> None:
    roles = {
        role["role"]
        for one in shown["accounts"]
        for role in ask(shown, "{ me { roles { role } } }", one["name"])["me"]["roles"]
    }
    assert roles == {role.name for role in PEOPLES_ROLES}


def test_rights_hold_in_the_demo_too(shown: dict[str, Any]) -> None:
    mine = ask(shown, "{ assets(first: 1) { totalCount } }", "方志远")["assets"]["totalCount"]
    everything = ask(shown, "{ assets(first: 1) { totalCount } }")["assets"]["totalCount"]
    assert 0 < mine < 80
    assert everything > 1000


def test_the_tables_are_what_the_events_say(place: Path, shown: dict[str, Any]) -> None:
    assert gongwu(place, "verify").code == 0


def test_a_second_start_adds_nothing_but_fresh_tokens() -> None:
    with a_place() as data:
        with serving(data, "demo") as first:
            events = gongwu(data, "--json", "status").json["events"]
        with serving(data, "demo") as second:
            assert gongwu(data, "--json", "status").json["events"] == events
            old = {"Authorization": f"Bearer {token(first, '安娜')}"}
            body = {"query": "{ me { accountId } }"}
            assert (
                httpx.post(second["address"] + "/graphql", json=body, headers=old, timeout=60).status_code
                == 401
            )
            assert ask(second, "{ me { accountId } }", "安娜")["me"]


def found_by(shown: dict[str, Any], code: str, who: str) -> dict[str, Any]:
    """What `scan` says of a code that was read from paper."""
    query = (
        f"{{ scan(code: {json.dumps(code)}) {{ __typename ... on ScannedThing {{ kind id number name }} }} }}"
    )
    found: dict[str, Any] = ask(shown, query, who)["scan"]
    return found


def codes_on(pdf: bytes) -> list[str]:
    """What a phone reads from the pages."""
    return [text for page in pypdfium2.PdfDocument(pdf) for text in read_codes(pixels(page, 200))]


def test_one_command_prints_a_sheet_for_the_warehouse_and_every_code_on_it_is_found(
    shown: dict[str, Any], place: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "labels.pdf"
    done = gongwu(
        place, "--json", "labels", "print", "--place", "GSW1", "--stock", "L7160", "--out", str(sheet)
    )
    assert done.code == 0, done.err
    codes = codes_on(sheet.read_bytes())
    assert len(set(codes)) == len(codes) == done.json["labels"] > 40
    assert all(one.startswith(f"{shown['address'].upper()}/A/") for one in codes), (
        "the codes lead to this very server"
    )
    things = [found_by(shown, one, "安娜") for one in codes]
    assert {one["__typename"] for one in things} == {"ScannedThing"}
    assert len({one["id"] for one in things}) == len(codes)
    page = httpx.get(codes[0].lower().replace("/a/", "/A/"), timeout=20)
    assert page.status_code == 200
    assert "0931-8400" in page.text


def test_the_code_on_a_slip_is_found_by_scan(shown: dict[str, Any]) -> None:
    slips = ask(shown, "{ slips(first: 3) { nodes { number series sequence } } }", "安娜")["slips"]["nodes"]
    assert slips
    for slip in slips:
        headers = {"Authorization": f"Bearer {token(shown, '安娜')}"}
        pdf = httpx.get(
            f"{shown['address']}/slips/{slip['series']}/{slip['sequence']}.pdf", headers=headers, timeout=20
        )
        assert pdf.status_code == 200, pdf.text
        for code in set(codes_on(pdf.content)):
            found = found_by(shown, code, "安娜")
            assert (found["__typename"], found["kind"], found["number"]) == (
                "ScannedThing",
                "SLIP",
                slip["number"],
            )
