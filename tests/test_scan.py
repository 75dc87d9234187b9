"""`scan` over HTTP: any text has a typed answer; labels in every state, everybody's codes, and nothing of others."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.guessing import Misses
from domain.label_code import LETTERS, check_character, grouped
from domain.texts import LANGUAGES
from tests.errands import in_days
from tests.errands_scan import SCAN
from tests.errands_scan import scan as scanned
from tests.test_landing import token_of
from tests.town import LEAKS, Town, new_town

pytestmark = pytest.mark.postgres

SECRET = "秘藏座钟"
VIEWS = ("labels", "codes", "register", "organisations", "papers", "availability")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.fixture(autouse=True)
def may_be_wrong(town: Town) -> None:
    town.installation.misses = Misses(lambda: 0.0, most=10_000)


def ready(town: Town) -> int:
    head = town.installation.recorder.head()
    for view in VIEWS:
        town.installation.runner.wait_for(view, head, 20)
    return head


def scan(
    town: Town, code: str, who: str = "education_asset_manager", language: Any = "en", **more: Any
) -> dict[str, Any]:
    ready(town)
    return scanned(town, code, who, language, **more)


def labelled(town: Town, thing: UUID, **more: Any) -> tuple[str, UUID]:
    """A new label for an asset: its token and its id."""
    made = town.as_("education_asset_manager").done(
        "issue_labels", things=[{"kind": "ASSET", "thing": thing, **more}]
    )
    return made["tokens"][0], UUID(made["labelIds"][0])


def number_of(town: Town, thing: UUID) -> str:
    ready(town)
    return str(town.sql("SELECT number FROM register.current WHERE asset = %s", thing)[0][0])


def codes_of(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["warnings"] if one["code"] != "OPEN_CASES"]


def test_a_label_says_what_it_is_whose_where_and_what_may_be_done(town: Town) -> None:
    [thing] = town.in_store("education", "投影仪")
    token, _ = labelled(town, thing)
    found: dict[str, Any] = {}
    for code in (f"https://elsewhere.example/a/{token.lower()}", grouped(token), f" {token} ", token):
        found = scan(town, code)
        assert (found["__typename"], found["id"], found["foundBy"], found["kind"]) == (
            "ScannedThing",
            str(thing),
            "LABEL",
            "ASSET",
        )
    assert (found["name"], found["number"], found["holder"]["name"]) == (
        "投影仪",
        number_of(town, thing),
        "兰州市教育局",
    )
    assert (found["belongsAt"]["id"], codes_of(found)) == (str(town.places["store"]), [])
    assert [one["message"] for one in found["warnings"]] == [
        "To be settled: put away though nobody handed it over."
    ]
    assert (found["label"]["code"], found["label"]["state"]) == (grouped(token), "LIVE")
    assert (found["asset"]["id"], found["kit"], found["place"], found["slip"]) == (
        str(thing),
        None,
        None,
        None,
    )
    actions = permitted(town, token)
    assert actions["listAsset"] is True
    assert actions["replaceLabel"] is True
    assert actions["lend"] == "NOT_YOUR_STORE"
    assert permitted(town, token, "keeper")["lend"] is True


def permitted(town: Town, code: str, who: str = "education_asset_manager") -> dict[str, Any]:
    """Each action: permitted, or the code of why not."""
    document = "query($code: String!) { scan(code: $code) { ... on ScannedThing { permittedActions { name permitted code message } }"
    document += " ... on ScannedBlank { permittedActions { name permitted code message } } } }"
    ready(town)
    found = town.as_(who).data(document, code=code)["scan"]["permittedActions"]
    assert all(one["message"] for one in found if not one["permitted"])
    return {one["name"]: one["permitted"] or one["code"] for one in found}


def test_everything_that_stands_on_it_finds_it(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    [thing] = town.take_over("education", "旧显微镜")
    manager.done("number_asset", asset=thing, issuer="财政", number="甘教-7788")
    manager.done("attach_code", asset=thing, kind="GRAI", code="https://id.gs1.org/8003/04012345123456ABC")
    manager.done("attach_code", asset=thing, kind="OLD_STICKER", code="旧签 0042")
    version = town.sql("SELECT 1")[0][0]
    town.as_("education_second").done(
        "correct_asset",
        asset=thing,
        version=version,
        field="SERIAL",
        new={"text": "ZZ-PLURAL 9"},
        reason="铭牌",
    )
    for code, by, said in (
        (number_of(town, thing), "NUMBER", number_of(town, thing)), ("甘教－７７８８", "CARD_NUMBER", "甘教-7788"),
        ("zz-plural 9", "SERIAL", "ZZ-PLURAL 9"), ("旧签　0042", "OTHER_CODE", "旧签 0042"),
        ("HTTPS://EXAMPLE.COM/8003/04012345123456abc?x=1", "OTHER_CODE", "04012345123456ABC"),
    ):  # fmt: skip
        found = scan(town, code)
        assert (found["__typename"], found.get("foundBy"), found.get("said")) == ("ScannedThing", by, said), (
            code
        )
        assert found["label"] is None
    token, _ = labelled(town, thing)
    assert scan(town, "旧签 0042")["label"]["code"] == grouped(token)


def test_kits_places_and_slips_are_found_by_label_and_by_name(town: Town) -> None:
    manager, keeper = town.as_("education_asset_manager"), town.as_("keeper")
    members = town.in_store("education", "相机", "镜头")
    kit = UUID(manager.done("make_kit", name="摄影套装", members=members)["kitId"])
    tokens = manager.done("issue_labels", things=[{"kind": "KIT", "thing": kit}])["tokens"]
    for code in (*tokens, "摄影套装"):
        found = scan(town, code)
        assert (found["kind"], found["id"], found["kit"]["name"]) == ("KIT", str(kit), "摄影套装")
    assert permitted(town, tokens[0])["dissolveKit"] is True
    tokens = keeper.done("issue_labels", things=[{"kind": "PLACE", "thing": town.places["bin"]}])["tokens"]
    for code in (*tokens, "a-1"):
        found = scan(town, code, "keeper")
        assert (found["kind"], found["place"]["code"], found["belongsAt"]["name"]) == (
            "PLACE",
            "A-1",
            "store仓",
        )
    assert permitted(town, "A-1", "keeper")["renamePlace"] is True
    assert permitted(town, "A-1", "health_officer")["renamePlace"] == "NOT_YOURS"
    slip = keeper.done(
        "lend", lines=[{"asset": town.in_store("education", "帐篷")[0], "quantity": 1}], borrower=town.bodies["health"],
        due=in_days(5), receiver=town.signature("health_officer"),
    )["slip"]  # fmt: skip
    tokens = keeper.done(
        "issue_labels", things=[{"kind": "SLIP", "thing": slip["series"], "piece": slip["sequence"]}]
    )["tokens"]
    for code in (*tokens, slip["number"].lower()):
        found = scan(town, code, "keeper")
        assert (found["kind"], found["slip"]["number"], [one["kind"] for one in found["papers"]]) == (
            "SLIP",
            slip["number"],
            ["loan"],
        )
    assert permitted(town, tokens[0], "keeper")["reprintSlip"] is True
    assert scan(town, slip["number"], "jiayuguan_manager")["why"] == "NOT_FOUND"


def test_the_paper_it_is_on_is_told(town: Town) -> None:
    [thing] = town.in_store("education", "展板")
    token, _ = labelled(town, thing)
    loan = town.as_("keeper").done(
        "lend", lines=[{"asset": thing, "quantity": 1}], borrower=town.bodies["health"], due=in_days(-1), occurred_at=in_days(-3),
        receiver=town.signature("health_officer"),
    )["loanId"]  # fmt: skip
    found = scan(town, token, at=town.places["school"])
    assert [(one["id"], one["kind"]) for one in found["papers"]] == [(loan, "loan")]
    assert {"OUT", "OVERDUE"} <= {*codes_of(found)}
    assert permitted(town, token, "keeper")["lend"] == "ON_LOAN"


def test_one_text_on_several_things_is_a_choice_of_one_page(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    things = town.take_over("education", *(f"椅{n}" for n in range(23)))
    for n, thing in enumerate(things):
        manager.done("attach_code", asset=thing, kind="MAKERS_BARCODE", code="6900000000017")
        if n == 1:
            found = scan(town, "6900000000017")
            assert (found["__typename"], found["more"]) == ("ScannedChoice", False)
            assert {one["id"] for one in found["things"]} == {str(one) for one in things[:2]}
    found = scan(town, "6900000000017")
    assert (len(found["things"]), found["more"]) == (20, True)


def test_a_retired_label_tells_what_it_was_and_where_to_look(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    [thing] = town.take_over("education", "复印机")
    token, label = labelled(town, thing)
    new = manager.done("replace_label", label=label, why="WORN")["labelId"]
    found = scan(town, token)
    assert (found["__typename"], found["retiredLabel"]["why"], [one["id"] for one in found["things"]]) == (
        "ScannedRetired", "WORN", [str(thing)],
    )  # fmt: skip
    assert found["instead"]["id"] == new
    assert (codes_of(found), found["instead"]["code"] in found["warnings"][0]["message"]) == (
        ["RETIRED"],
        True,
    )
    assert "磨损" in scan(town, token, language="zh")["warnings"][0]["message"]
    manager.done("revoke_label", label=new, why="COPIED")
    found = scan(town, found["instead"]["code"])
    assert (found["__typename"], codes_of(found), found["instead"]) == ("ScannedRetired", ["REVOKED"], None)


def test_a_blank_label_is_told_to_its_body_with_what_may_be_done(town: Town) -> None:
    [token] = town.as_("education_asset_manager").done(
        "preprint_labels", body=town.bodies["education"], count=1
    )["tokens"]
    found = scan(town, token)
    assert (found["__typename"], found["body"]["name"], found["blankLabel"]["state"]) == (
        "ScannedBlank",
        "兰州市教育局",
        "BLANK",
    )
    assert permitted(town, token)["bindLabel"] is True
    assert permitted(town, token)["replaceLabel"] == "LABEL_NOT_LIVE"
    hidden = scan(town, token, "jiayuguan_manager")
    assert (hidden["__typename"], hidden["why"], hidden["owner"]["name"]) == (
        "ScannedUnknown",
        "NOT_YOURS",
        "兰州市教育局",
    )


def test_a_piece_of_a_lot_follows_it_until_somebody_says_which(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    [lot] = town.take_over("education", "折叠椅", lot=5, unit="把")
    made = manager.done("issue_labels", things=[{"kind": "PIECE", "thing": lot, "piece": n} for n in (1, 2)])
    found = scan(town, made["tokens"][1])
    assert (found["kind"], found["piece"], found["number"]) == ("PIECE", 2, f"{number_of(town, lot)}/2")
    part = manager.done("split_lot", asset=lot, quantity=2)["partId"]
    found = scan(town, made["tokens"][1])
    assert (found["__typename"], {one["id"] for one in found["things"]}) == (
        "ScannedChoice",
        {str(lot), part},
    )
    assert [codes_of(one) for one in found["things"] if one["id"] == part] == [["GONE_ON"]]
    manager.done("move_label", label=made["labelIds"][1], to={"kind": "PIECE", "thing": part})
    found = scan(town, made["tokens"][1])
    assert (found["__typename"], found["id"]) == ("ScannedThing", part)


def test_a_card_that_went_onto_another_leads_there(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    one, other = town.take_over("education", "垫子", "垫子", lot=4, unit="个")
    old, (token, _) = number_of(town, other), labelled(town, other)
    manager.done("merge_lots", asset=one, others=[other])
    for code in (old, token):
        found = scan(town, code)
        assert (found["__typename"], found["id"], codes_of(found)) == ("ScannedThing", str(one), ["GONE_ON"])
        assert old in next(one["message"] for one in found["warnings"] if one["code"] == "GONE_ON")


def test_it_warns_where_the_books_say_something_else(town: Town) -> None:
    keeper = town.as_("keeper")
    [thing] = town.in_store("education", "音箱")
    token, _ = labelled(town, thing)
    assert codes_of(scan(town, token, at=town.places["bin"])) == [], (
        "within one warehouse nothing is elsewhere"
    )
    assert codes_of(scan(town, token, at=town.places["school"])) == ["ELSEWHERE"]
    keeper.done(
        "record_scan",
        code=token,
        place=town.places["store"],
        occurred_at=datetime.now(UTC) - timedelta(minutes=9),
    )
    found = scan(town, token, at=town.places["school"])
    assert codes_of(found) == ["ELSEWHERE", "SEEN_ELSEWHERE"]
    said = next(one["message"] for one in found["warnings"] if one["code"] == "SEEN_ELSEWHERE")
    assert "9 minutes" in said
    assert "store仓" in said
    assert (found["label"]["scanPlace"]["id"], found["label"]["scannedAt"] is not None) == (
        str(town.places["store"]),
        True,
    )
    town.as_("education_asset_manager").done("list_asset", asset=thing)
    stranger = scan(town, token, "jiayuguan_manager", at=town.places["school"])
    assert (stranger["id"], codes_of(stranger)) == (str(thing), ["ELSEWHERE"]), (
        "who scanned it where is not told to everybody"
    )
    assert (stranger["label"]["scannedAt"], stranger["label"]["scanPlace"]) == (None, None)
    keeper.done("report_label_damaged", label=found["label"]["id"])
    assert "LABEL_DAMAGED" in codes_of(scan(town, token))


def test_whoever_may_not_see_it_learns_no_more_than_any_stranger(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    manager.done("set_contact", body=town.bodies["education"], phone="0931-8461234")
    [thing] = town.take_over("education", SECRET)
    token, label = labelled(town, thing)
    manager.done("attach_code", asset=thing, kind="OLD_STICKER", code="KEPT-SECRET-1")
    number = number_of(town, thing)
    for who in ("jiayuguan_manager", "desk_officer", "nobody", "keeper"):
        found = scan(town, token, who)
        assert (found["__typename"], found["why"]) == ("ScannedUnknown", "NOT_YOURS"), who
        assert (found["owner"]["name"], found["owner"]["contact"]["phone"]) == (
            "兰州市教育局",
            "0931-8461234",
        )
        assert not any(one in str(found) for one in (SECRET, number, str(thing)))
        for code in ("KEPT-SECRET-1", number):
            known, unknown = scan(town, code, who), scan(town, f"{code[:-1]}Z", who)
            assert (known.pop("code"), unknown.pop("code")) == (code, f"{code[:-1]}Z")
            assert known == unknown, "what is not yours looks as if it were not there"
    manager.done("revoke_label", label=label, why="LOST")
    assert scan(town, token, "nobody")["why"] == "NOT_YOURS"


def test_a_misread_code_says_what_is_wrong_with_it(town: Town) -> None:
    token = token_of(987654321)
    wrong = token[:-1] + LETTERS[(LETTERS.index(token[-1]) + 1) % 32]
    for code, why in (
        ("", "EMPTY"), (" 　", "EMPTY"), ("x" * 3000, "EMPTY"), (f"https://x.cn/A/{token[:-1]}", "LENGTH"), (grouped(token)[:-1], "LENGTH"),
        (f"/A/{token[:-1]}U", "LETTER"), (f"/A/{wrong}", "CHECK"), (wrong, "CHECK"), (grouped(wrong), "CHECK"),
        (token, "NOT_FOUND"), ("ABC-1", "NOT_FOUND"), ("6901234567892", "NOT_FOUND"),
        ("电视机", "NOT_FOUND"), (f"https://x.cn/8004/{wrong}", "NOT_FOUND"),
    ):  # fmt: skip
        for language in LANGUAGES:
            found = scan(town, code, language=language)
            assert (found["__typename"], found["why"], found["owner"]) == ("ScannedUnknown", why, None), code
            assert found["message"]


def test_a_serial_that_looks_like_one_of_our_codes_is_found(town: Town) -> None:
    [thing] = town.take_over("education", "服务器")
    serial = token_of(31415926)
    town.as_("education_asset_manager").done("attach_code", asset=thing, kind="MAKERS_BARCODE", code=serial)
    assert scan(town, serial)["id"] == str(thing)
    assert scan(town, f"https://x.cn/a/{serial}")["id"] == str(thing)
    body = serial[:12]
    other = next(one for one in LETTERS if one != serial[12])
    town.as_("education_asset_manager").done("attach_code", asset=thing, kind="OTHER", code=body + other)
    assert check_character(body) == serial[12]
    assert scan(town, body + other)["id"] == str(thing), (
        "what fails the check character may be somebody else's"
    )


def test_asking_records_nothing_and_costs_a_bounded_number_of_statements(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    [thing] = town.in_store("education", "屏风")
    token, _ = labelled(town, thing)
    before = ready(town)
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self: Any, query: Any, *more: Any, **named: Any) -> Any:
        if (
            threading.current_thread().name not in ("projections", "MainThread")
            and "clerk" not in threading.current_thread().name
        ):
            asked.append(str(query))
        return execute(self, query, *more, **named)

    client, document = town.as_("keeper"), SCAN
    counts = {}
    for code in (token, number_of(town, thing), "nothing of the kind", "折叠椅"):
        client.data(document, code=code)
        monkeypatch.setattr(psycopg.Cursor, "execute", counted)
        asked.clear()
        client.data(document, code=code)
        counts[code] = len(asked)
        monkeypatch.undo()
    assert max(counts.values()) <= 20, counts
    assert counts["nothing of the kind"] <= 10, counts
    assert town.installation.recorder.head() == before


def test_who_guesses_waits_and_a_good_code_waits_too(town: Town) -> None:
    town.installation.misses = Misses(lambda: 0.0, most=3)
    token, _ = labelled(town, town.take_over("education", "茶几")[0])
    whys = [scan(town, token_of(n * 7919), "health_officer")["why"] for n in range(5)]
    assert whys == ["NOT_FOUND"] * 3 + ["TOO_MANY"] * 2
    found = scan(town, token, "health_officer")
    assert (found["why"], found["retryAfterS"]) == ("TOO_MANY", 20)
    assert scan(town, token)["__typename"] == "ScannedThing", "others are not held back"
    for _ in range(9):
        assert scan(town, "no such serial", "health_asset_manager")["why"] == "NOT_FOUND", (
            "asking for what others wrote is no guessing"
        )


def test_what_is_offered_as_an_action_on_a_label_is_accepted_and_nothing_else(town: Town) -> None:
    made = town.take_over("education", *(f"灯{n}" for n in range(3)))
    for who in ("education_asset_manager", "education_officer", "keeper", "health_asset_manager", "auditor"):
        for action, more in (
            ("affix_label", {"where": "ON_CASE"}), ("report_label_damaged", {}), ("reprint_label", {}), ("record_scan", {}),
            ("replace_label", {"why": "WORN"}), ("revoke_label", {"why": "LOST"}),
        ):  # fmt: skip
            thing = made[0]
            token, label = _fresh(town, thing)
            document = "query($code: String!) { scan(code: $code) { ... on ScannedThing { permittedActions { name permitted } } } }"
            ready(town)
            shown = town.as_(who).data(document, code=token)["scan"]
            if not shown:
                continue
            offered = {one["name"]: one["permitted"] for one in shown["permittedActions"]}
            name = {"affix_label": "affixLabel", "report_label_damaged": "reportLabelDamaged", "reprint_label": "reprintLabel",
                    "record_scan": "recordScan", "replace_label": "replaceLabel", "revoke_label": "revokeLabel"}[action]  # fmt: skip
            input = {"code": token} if action == "record_scan" else {"label": label}
            accepted = town.as_(who).do(action, **input, **more)["__typename"].endswith("Payload")
            assert accepted == offered[name], (who, action)


def _fresh(town: Town, thing: UUID) -> tuple[str, UUID]:
    ready(town)
    rows = town.sql("SELECT id FROM labels.label WHERE thing = %s AND state = 'label_live'", thing)
    for (id,) in rows:
        town.as_("education_asset_manager").done("revoke_label", label=id, why="NOT_NEEDED")
    return labelled(town, thing)


CODES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=LETTERS + "OILU-· ", max_size=20),
    st.builds(token_of, st.integers(0, 2**60 - 1)),
    st.builds(
        lambda token, host: f"https://{host}/a/{token}",
        st.text(alphabet=LETTERS, max_size=14),
        st.text(max_size=9),
    ),
    st.builds("https://id.gs1.org/8004/{}".format, st.text(max_size=20)),
)


@settings(max_examples=120, deadline=None)
@given(CODES)
def test_any_text_has_a_typed_answer(town: Town, code: str) -> None:
    answer = town.as_("education_asset_manager").ask(SCAN, code=code)
    assert answer.status == 200, answer.raw[:300]
    assert "errors" not in answer.body, answer.body
    assert answer.body["data"]["scan"]["__typename"].startswith("Scanned")
    assert not LEAKS.search(answer.raw.decode())


def test_a_scan_may_ask_for_its_own_write(town: Town) -> None:
    [thing] = town.take_over("education", "秒表")
    made = town.as_("education_asset_manager").done(
        "issue_labels", things=[{"kind": "ASSET", "thing": thing}]
    )
    found = town.as_("education_asset_manager").data(SCAN, code=made["tokens"][0], after=made["position"])[
        "scan"
    ]
    assert found["id"] == str(thing)
