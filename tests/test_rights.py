"""Who may read what, root field by root field, and who may do what: nothing of anybody's leaks through a row, a count, the past or a file.

Seen from the room (a division of the education bureau): the room itself, its parent, its sibling; from the bureau: its child,
a neighbour that has borrowed something, auditors of its region and of another one, an administrator, a stranger, and nobody.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, Undefined

from domain.asset import Book, ValueType
from domain.values import PEOPLES_ROLES, Condition, Role
from projections import organisations
from tests.errands import in_days
from tests.errands_scan import scan
from tests.town import CLASS, Answer, Town, cny, command, input_of, new_town, question, root_fields

pytestmark = pytest.mark.postgres

MARK = "座钟"
VIEWERS = {
    "own": "education_officer",
    "child": "room_officer",
    "sibling": "desk_officer",
    "neighbour": "health_officer",
    "auditor": "auditor",
    "auditor elsewhere": "auditor_elsewhere",
    "administrator": "admin",
    "body's administrator": "education_administrator",
    "other body's administrator": "finance_administrator",
    "stranger": "nobody",
}
ALL_THINGS = {"kept", "room's", "offered", "lent", "withdrawn"}
READS: dict[str, set[str]] = {
    "own": ALL_THINGS, "child": {"room's", "offered"}, "sibling": {"offered"}, "neighbour": {"offered", "lent"}, "auditor": ALL_THINGS,
    "auditor elsewhere": {"offered"}, "administrator": ALL_THINGS, "body's administrator": ALL_THINGS,
    "other body's administrator": {"offered"}, "stranger": {"offered"},
}  # fmt: skip
"""The things each of them reads now."""
KNOWS_THE_LOAN = {"own", "neighbour", "auditor", "administrator", "body's administrator"}
OWNS = {"own", "auditor", "administrator", "body's administrator"}


@dataclass(frozen=True)
class Ground:
    """The town with things to be kept from others' eyes."""

    town: Town
    things: dict[str, UUID]
    numbers: dict[str, list[str]]
    loan: UUID
    kits: dict[str, UUID]
    slip: dict[str, Any]
    before: datetime
    decision: UUID
    labels: dict[str, UUID]
    job: UUID

    def ids(self, text: object) -> set[str]:
        """Which of the things an answer tells of, by id, number or name."""
        said = json.dumps(text, ensure_ascii=False, default=str)
        marks = {
            name: [str(id), f"{name}{MARK}", *(f'"{number}"' for number in self.numbers[name])]
            for name, id in self.things.items()
        }
        return {name for name, signs in marks.items() if any(sign in said for sign in signs)}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with new_town() as town:
        names = sorted(ALL_THINGS)
        things = dict(
            zip(names, town.take_over("education", *(f"{name}{MARK}" for name in names)), strict=True)
        )
        manager, officer, keeper = (
            town.as_(who) for who in ("education_asset_manager", "education_officer", "school_keeper")
        )
        before = datetime.now(UTC)
        officer.done(
            "issue_asset",
            asset=things["room's"],
            body=town.bodies["room"],
            receiver=town.signature("room_officer"),
        )
        officer.done("list_asset", asset=things["offered"])
        officer.done("list_asset", asset=things["withdrawn"])
        officer.done("withdraw_listing", asset=things["withdrawn"], reason="不再共享")
        keeper.done("put_away", asset=things["lent"], place=town.places["school"], occurred_at=in_days(-9))
        lent = keeper.done(
            "lend", lines=[{"asset": things["lent"], "quantity": 1}], borrower=town.bodies["health"], due=in_days(-1),
            receiver=town.signature("health_officer"), occurred_at=in_days(-8),
        )  # fmt: skip
        for name in names:
            manager.done("number_asset", asset=things[name], issuer="条码", number=f"CODE-{name}")
        decision = manager.done(
            "record_decision", matter="OTHER", body=town.bodies["education"], authority=town.bodies["finance"], number="兰财资〔2026〕1号",
            dated=in_days(-2).date(), list_hash="ab" * 32, scan=town.paper("批复"),
        )["decisionId"]  # fmt: skip
        kits = {
            name: UUID(manager.done("make_kit", name=f"{name}{MARK}套", members=[things[name]])["kitId"])
            for name in ("kept", "offered")
        }
        stickers = [{"kind": "ASSET", "thing": things[name]} for name in names]
        labels = dict(zip(names, manager.done("issue_labels", things=stickers)["labelIds"], strict=True))
        job = manager.done("ask_print_job", stock="L7160", what={"query": MARK})["jobId"]
        head = town.installation.recorder.head()
        for view in (
            "register",
            "codes",
            "availability",
            "history",
            "papers",
            "organisations",
            "inbox",
            "labels",
        ):
            town.installation.runner.wait_for(view, head, 20)
        numbers = {
            name: [
                row[0]
                for row in town.sql(
                    "SELECT said FROM codes.code WHERE thing = %s AND source = 'number'", things[name]
                )
            ]
            for name in names
        }
        assert {len(found) for found in numbers.values()} == {3}
        found = {name: UUID(id) for name, id in labels.items()}
        yield Ground(
            town,
            things,
            numbers,
            UUID(lent["loanId"]),
            kits,
            lent["slip"],
            before,
            UUID(decision),
            found,
            UUID(job),
        )


def reads(ground: Ground, viewer: str, name: str, /, **said: Any) -> Any:
    """A root field's whole answer, as one of the viewers gets it."""
    return ground.town.as_(VIEWERS[viewer]).query(name, **said)


def see_me(ground: Ground, viewer: str) -> None:
    me = reads(ground, viewer, "me")
    assert me["accountId"] == str(ground.town.accounts[VIEWERS[viewer]])
    assert me["readsEverything"] == (viewer == "administrator")


def see_assets(ground: Ground, viewer: str) -> None:
    expected = READS[viewer]
    for where in ({"text": MARK}, {"class_code": CLASS.code}, {"holder": ground.town.bodies["education"]}):
        found = reads(ground, viewer, "assets", where=where, first=100)
        assert ground.ids(found) == expected
        assert (found["totalCount"], len(found["nodes"])) == (len(expected), len(expected))
        backwards = reads(ground, viewer, "assets", where=where, last=100)
        assert backwards["nodes"] == found["nodes"]
        now = reads(ground, viewer, "assets", where=where, as_of={"known_at": datetime.now(UTC)}, first=100)
        assert (ground.ids(now), now["totalCount"]) == (expected, len(expected))
        past = reads(
            ground,
            viewer,
            "assets",
            where=where,
            as_of={"true_at": in_days(-9.5), "known_at": ground.before},
            first=100,
        )
        held = ALL_THINGS if viewer in OWNS else set()
        assert (ground.ids(past), past["totalCount"]) == (held, len(held)), (
            "then it was in the bureau's own hands, and nothing was offered"
        )
    for name, numbers in ground.numbers.items():
        for number in numbers:
            found = reads(ground, viewer, "assets", where={"text": number})
            assert (ground.ids(found), found["totalCount"]) == ({name} & expected, len({name} & expected))


def see_asset(ground: Ground, viewer: str) -> None:
    for name, id in ground.things.items():
        assert (reads(ground, viewer, "asset", id=id) is not None) == (name in READS[viewer])
        past = reads(
            ground, viewer, "asset", id=id, as_of={"true_at": in_days(-9.5), "known_at": ground.before}
        )
        assert (past is not None) == (viewer in OWNS)


def see_by_number(ground: Ground, viewer: str) -> None:
    for name, numbers in ground.numbers.items():
        for number in numbers:
            found = reads(ground, viewer, "assetsByNumber", number=number)
            assert ground.ids(found) == {name} & READS[viewer]


def see_history(ground: Ground, viewer: str) -> None:
    for name, id in ground.things.items():
        found = reads(ground, viewer, "history", id=id, first=100)
        newest = reads(ground, viewer, "history", id=id, order="NEWEST_FIRST", first=100)
        known = reads(ground, viewer, "history", id=id, as_of={"known_at": ground.before}, first=100)
        assert found["totalCount"] == len(found["nodes"]) == len(newest["nodes"])
        concerned = {("child", "room's"), ("neighbour", "lent")}
        if viewer in OWNS:
            assert found["nodes"][0]["topic"] == "asset.taken_over"
        elif (viewer, name) in concerned:
            assert {one["topic"] for one in found["nodes"]} >= {
                "asset.issued" if viewer == "child" else "asset.lent"
            }
            assert "asset.taken_over" not in {one["topic"] for one in found["nodes"]}, (
                "what was before them is not theirs"
            )
        else:
            assert found["nodes"] == [], "who sees an offer does not see its past"
        assert (known["totalCount"] > 0) == (viewer in OWNS)


def see_happenings(ground: Ground, viewer: str) -> None:
    told: set[str] = set()
    cursor = None
    while True:
        page = reads(ground, viewer, "happenings", first=100, after=cursor)
        told |= ground.ids(page)
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    concerned = {"child": {"room's"}, "neighbour": {"lent"}}
    assert told == (ALL_THINGS if viewer in OWNS else concerned.get(viewer, set()))


WINDOW = {"start": in_days(1), "end": in_days(2)}


def see_availability(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "availability", assets=list(ground.things.values()), window=WINDOW)
    # What is out is still in the bureau's store as far as promises go: the borrower's own claim is on its paper.
    expected = READS[viewer] - ({"lent"} if viewer == "neighbour" else set())
    assert ground.ids(found) == expected
    assert any(one["claims"] for one in found) == (viewer in KNOWS_THE_LOAN - {"neighbour"})


def see_free(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "freeOfClass", class_code=CLASS.code, window=WINDOW)
    expected = READS[viewer] - ({"lent"} if viewer == "neighbour" else set())
    assert sum(one["assets"] for one in found) == len(expected)
    assert sum(one["free"] for one in found) == len(expected - {"lent"})


def see_coming_free(ground: Ground, viewer: str) -> None:
    steps = reads(ground, viewer, "comesFree", class_code=CLASS.code, window=WINDOW)
    assert max(one["free"] for one in steps) == sum(
        one["free"] for one in reads(ground, viewer, "freeOfClass", class_code=CLASS.code, window=WINDOW)
    )


def see_catalogue(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "catalogue", class_code=CLASS.code, window=WINDOW)
    free = reads(ground, viewer, "freeOfClass", class_code=CLASS.code, window=WINDOW)
    for said in ("assets", "usable", "free"):
        assert sum(one[said] for one in found["nodes"]) == sum(one[said] for one in free)
    assert found["totalCount"] == len(found["nodes"])


def see_figures(ground: Ground, viewer: str) -> None:
    now = datetime.now(UTC)
    period = {"start": now - timedelta(days=30), "end": now}
    groups = reads(ground, viewer, "figures", period=period, by="BODY")
    assert sum((one["late"] or {"due": 0})["due"] for one in groups) == (1 if viewer in KNOWS_THE_LOAN else 0)
    assert sum((one["idle"] or {"assets": 0})["assets"] for one in groups) == (1 if viewer in OWNS else 0)


def see_overdue(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "overdueLoans", first=100)
    assert ground.ids(found) == ({"lent"} if viewer in KNOWS_THE_LOAN else set())


def see_borrowed(ground: Ground, viewer: str) -> None:
    """A line is read by who reads the lender or the borrower, today and in the past."""
    health = ground.town.bodies["health"]
    for said in ({}, {"as_of": {"true_at": in_days(-2)}}):
        found = reads(ground, viewer, "borrowedIn", body=health, first=100, **said)
        assert ground.ids(found) == ({"lent"} if viewer in KNOWS_THE_LOAN else set())
        assert found["totalCount"] == len(found["nodes"])
        assert all(one["overdue"] is not bool(said) for one in found["nodes"])
    nothing = [
        reads(ground, viewer, "borrowedIn", body=health, as_of={"known_at": ground.before}),
        reads(ground, viewer, "borrowedIn", body=health, as_of={"true_at": in_days(-8.5)}),
        reads(ground, viewer, "borrowedIn", body=ground.town.bodies["offices"]),
    ]
    assert [one["totalCount"] for one in nothing] == [0, 0, 0]


def see_loan(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "loan", id=ground.loan)
    assert (found is not None) == (viewer in KNOWS_THE_LOAN)
    assert ground.ids(found) == ({"lent"} if viewer in KNOWS_THE_LOAN else set())


def see_damage_case(ground: Ground, viewer: str) -> None:
    """Nothing here is damaged; who reads a case is in test_loans_api.py."""
    assert reads(ground, viewer, "damageCase", id=ground.loan) is None


def see_papers(ground: Ground, viewer: str) -> None:
    for said in ({}, {"kind": "loan"}, {"body": ground.town.bodies["education"]}, {"open_only": True}):
        found = reads(ground, viewer, "papers", first=100, **said)
        assert (str(ground.loan) in json.dumps(found)) == (viewer in KNOWS_THE_LOAN)
        assert ground.ids(found) <= ({"lent", *ground.kits} if viewer in OWNS else {"lent"})
        assert found["totalCount"] == len(found["nodes"])


def see_paper(ground: Ground, viewer: str) -> None:
    assert (reads(ground, viewer, "paper", id=ground.loan) is not None) == (viewer in KNOWS_THE_LOAN)


def see_requests(ground: Ground, viewer: str) -> None:
    """Nobody has asked for anything here; who reads a request is tried in test_request_rights.py."""
    for said in (
        {},
        {"where": {"needs_my_decision": True}},
        {"where": {"body": ground.town.bodies["health"]}},
    ):
        found = reads(ground, viewer, "requests", first=5, **said)
        assert (found["totalCount"], found["nodes"]) == (0, [])


def see_preview(ground: Ground, viewer: str) -> None:
    """Who may not ask is told only that; who may ask is told of what is offered."""
    body, window = ground.town.bodies["health"], {"start": in_days(1), "end": in_days(2)}
    found = reads(
        ground, viewer, "cartPreview", body=body, lines=[{"asset": ground.things["kept"]}], window=window
    )
    assert not found["accepted"]
    assert found["code"] == ("NOT_LISTED" if viewer == "neighbour" else "NOT_YOURS")
    assert ground.ids(found) <= {"kept"}, "but the id that was asked for"
    assert not any(number in str(found) for number in ground.numbers["kept"])


def see_request(ground: Ground, viewer: str) -> None:
    assert reads(ground, viewer, "request", id=ground.loan) is None, "a loan is none"


def see_demand_papers(ground: Ground, viewer: str) -> None:
    """Nobody waits for anything here, and nothing was checked; who reads what of it is tried in test_demand_rights.py."""
    assert reads(ground, viewer, "demands", first=5)["nodes"] == []
    for name in ("demand", "poolCheck", "emergency"):
        assert reads(ground, viewer, name, id=ground.loan) is None, "a loan is none"
    assert reads(ground, viewer, "verifyCertificate", number="核-X-2026-000001", code="0000000000") is None


def see_list_hash(ground: Ground, viewer: str) -> None:
    """It is worked out from what is asked alone."""
    assert (
        len(
            reads(
                ground, viewer, "emergencyListHash", lines=[{"quantity": 1, "asset": ground.things["kept"]}]
            )
        )
        == 64
    )


def see_slips(ground: Ground, viewer: str) -> None:
    number = ground.slip["number"]
    for said in ({}, {"number": number}, {"paper": ground.loan}, {"warehouse": ground.town.places["school"]}):
        found = reads(ground, viewer, "slips", first=100, **said)
        assert (number in json.dumps(found)) == (viewer in KNOWS_THE_LOAN)
        assert found["totalCount"] == len(found["nodes"])


def see_organisations(name: str, one: Callable[[Town], UUID]) -> Callable[[Ground, str], None]:
    """Bodies and places are open to everybody who signed in: whom else could one ask?"""

    def see(ground: Ground, viewer: str) -> None:
        assert reads(ground, viewer, name, id=one(ground.town)) is not None
        listed = reads(ground, viewer, {"body": "bodies", "place": "places"}[name], first=100)
        assert str(one(ground.town)) in json.dumps(listed)
        assert ground.ids(listed) == set()

    return see


def see_policies(ground: Ground, viewer: str) -> None:
    """Everybody who signs in may know the rules."""
    rows = reads(ground, viewer, "policies")
    assert {row["kind"] for row in rows} >= {"LOAN_TERMS", "OPENING_HOURS", "SHARING_ROUNDS"}
    assert ground.ids(rows) == set()


def see_policy_in_force(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "policyInForce", kind="LOAN_TERMS", warehouse=ground.town.places["store"])
    assert (found["version"], found["terms"]["mostDays"]) == (0, 180)
    assert reads(ground, viewer, "policyInForce", kind="LOAN_TERMS", warehouse=uuid4()) is None


def see_inbox(ground: Ground, viewer: str) -> None:
    """What is told to those who do the bureau's business is read by them, and by nobody above, below or beside them."""
    found = reads(ground, viewer, "inbox", first=100)
    assert (str(ground.decision) in json.dumps(found)) == (viewer == "own")
    assert found["totalCount"] == len(found["nodes"])
    assert ground.ids(found) <= READS[viewer]


def see_unread(ground: Ground, viewer: str) -> None:
    assert (reads(ground, viewer, "unreadCount") > 0) == (viewer == "own")


def see_kit(ground: Ground, viewer: str) -> None:
    """A kit is read by those who read its members."""
    for name, kit in ground.kits.items():
        found = reads(ground, viewer, "kit", id=kit, window=WINDOW)
        assert (found is not None) == (name in READS[viewer]), (viewer, name)
        assert found is None or found["free"] == 1


READS_LABELS: dict[str, set[str]] = {
    viewer: {"child": {"room's"}, "neighbour": {"lent"}}.get(viewer, things if viewer in OWNS else set())
    for viewer, things in READS.items()
}
"""A label is read by those who hold or keep its thing: what is merely on offer has a token that is nobody else's business."""


def see_labels(ground: Ground, viewer: str) -> None:
    found = reads(ground, viewer, "labels", first=100)
    assert {one["thingId"] for one in found["nodes"]} == {
        str(ground.things[name]) for name in READS_LABELS[viewer]
    }
    assert found["totalCount"] == len(found["nodes"])


def see_label(ground: Ground, viewer: str) -> None:
    for name, id in ground.labels.items():
        assert (reads(ground, viewer, "label", id=id) is not None) == (name in READS_LABELS[viewer]), name


def see_labels_of(ground: Ground, viewer: str) -> None:
    for name, id in ground.things.items():
        assert len(reads(ground, viewer, "labelsOf", thing=id)) == (name in READS_LABELS[viewer]), name


def see_print_job(ground: Ground, viewer: str) -> None:
    assert (reads(ground, viewer, "printJob", id=ground.job) is not None) == (viewer in OWNS)
    assert reads(ground, viewer, "printJob", id=ground.loan) is None, "a loan is none"


def see_rounds(ground: Ground, viewer: str) -> None:
    """Everybody sees the rounds of what is on offer, and of nothing else."""
    for name, id in ground.things.items():
        found = reads(ground, viewer, "rounds", asset=id)
        assert (found is not None) == (name == "offered")
        assert ground.ids(found) == set()
    assert [one["ring"] for one in reads(ground, viewer, "rounds", asset=ground.things["offered"])["rounds"]] == [
        "OWN_DEPARTMENT", "SAME_LEVEL", "OTHER_LEVELS",
    ]  # fmt: skip


def see_scan(ground: Ground, viewer: str) -> None:
    """By any code of a thing only those who read it find it; for all others it is not there."""
    for name, numbers in ground.numbers.items():
        for code in numbers:
            found = scan(ground.town, code, VIEWERS[viewer])
            assert (found["__typename"] == "ScannedThing") == (name in READS[viewer]), (viewer, name, code)
            assert ground.ids({**found, "code": ""}) <= READS[viewer]
    for name, kit in ground.kits.items():
        found = scan(ground.town, f"{name}{MARK}套", VIEWERS[viewer])
        assert (found.get("id") == str(kit)) == (name in READS[viewer]), (viewer, name)


SEE_BODY = see_organisations("body", lambda town: town.bodies["education"])
SEE_PLACE = see_organisations("place", lambda town: town.places["school"])
MATRIX: dict[str, Callable[[Ground, str], None]] = {
    "me": see_me, "assets": see_assets, "asset": see_asset, "assetsByNumber": see_by_number, "history": see_history,
    "happenings": see_happenings, "availability": see_availability, "freeOfClass": see_free,
    "comesFree": see_coming_free, "catalogue": see_catalogue, "figures": see_figures, "overdueLoans": see_overdue,
    "borrowedIn": see_borrowed, "loan": see_loan, "damageCase": see_damage_case,
    "papers": see_papers, "paper": see_paper, "slips": see_slips,
    "demands": see_demand_papers, "demand": see_demand_papers, "poolCheck": see_demand_papers, "emergency": see_demand_papers,
    "verifyCertificate": see_demand_papers, "emergencyListHash": see_list_hash, "kit": see_kit,
    "requests": see_requests, "request": see_request, "cartPreview": see_preview,
    "bodies": SEE_BODY, "body": SEE_BODY, "places": SEE_PLACE,
    "place": SEE_PLACE, "inbox": see_inbox, "unreadCount": see_unread, "policies": see_policies, "policyInForce": see_policy_in_force,
    "rounds": see_rounds, "scan": see_scan, "labels": see_labels, "label": see_label, "labelsOf": see_labels_of,
    "printJob": see_print_job,
}  # fmt: skip


def test_every_root_field_has_its_row_in_the_matrix() -> None:
    assert root_fields("Query").keys() == MATRIX.keys(), "say who reads a new root field, and try it"


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", MATRIX)
def test_who_reads_what(ground: Ground, name: str, viewer: str) -> None:
    MATRIX[name](ground, viewer)


@pytest.mark.parametrize("name", sorted(root_fields("Query")))
def test_without_signing_in_nothing_is_read(ground: Ground, name: str) -> None:
    required = {
        one: example(arg.type, ground, one)
        for one, arg in root_fields("Query")[name].args.items()
        if isinstance(arg.type, GraphQLNonNull) and arg.default_value is Undefined
    }
    answer = ground.town.as_("").ask(question(name, tuple(required)), **required)
    assert answer.status == 401
    assert "data" not in answer.body


def test_a_token_that_is_none_opens_nothing(ground: Ground) -> None:
    client = ground.town.as_("")
    client.token = "gw_abcdefgh_" + "A" * 43
    assert client.ask("{ assets { totalCount } }").status == 401
    assert client.ask(command("lend"), input={}).status == 401


def test_a_slip_on_paper_is_for_those_who_are_on_it(ground: Ground) -> None:
    addresses = [f"/slips/{ground.slip['series']}/{ground.slip['sequence']}.pdf"]
    for viewer, who in VIEWERS.items():
        for address in addresses:
            answer = ground.town.as_(who).send("GET", address)
            assert answer.status == (200 if viewer in KNOWS_THE_LOAN else 404), viewer
    assert ground.town.as_("").send("GET", addresses[0]).status == 401
    unknown = ground.town.as_("nobody").send("GET", f"/slips/{ground.slip['series']}/999999.pdf")
    hidden = ground.town.as_("nobody").send("GET", addresses[0])
    assert (unknown.status, unknown.raw) == (hidden.status, hidden.raw), "hidden looks like none"


def test_evidence_needs_an_open_account(ground: Ground) -> None:
    town, png = (
        ground.town,
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89" + b"\0" * 40,
    )
    kept = town.as_("education_officer").send("POST", "/evidence", png, Content_Type="image/png")
    if kept.status != 201:
        pytest.fail(str(kept.raw))
    address = f"/evidence/{kept.body['sha256']}"
    assert town.as_("education_officer").send("GET", address).raw == png
    assert town.as_("auditor").send("GET", address).status == 404, "nothing refers to it yet"
    assert town.as_("").send("GET", address).status == 401
    assert town.as_("").send("POST", "/evidence", png, Content_Type="image/png").status == 401
    assert town.as_("auditor").send("GET", f"/evidence/{'0' * 64}").status == 404


def test_a_closed_account_reads_and_does_nothing(ground: Ground) -> None:
    town = ground.town
    town.let_in("leaver", "education", (Role.OFFICER, town.bodies["education"]))
    town.installation.runner.wait_for("organisations", town.installation.recorder.head(), 10)
    leaver = town.as_("leaver")
    assert leaver.query("assets", where={"text": MARK})["totalCount"] == len(ALL_THINGS)
    closed = town.as_("admin").done("close_account", account=town.accounts["leaver"])
    town.installation.runner.wait_for("organisations", int(closed["position"]), 10)
    with town.installation.reader.connection() as connection:
        assert organisations.reach(connection, town.accounts["leaver"]) == (False, ())
    town.installation.reaches._known.clear()  # remembered for two seconds at most
    assert leaver.query("assets", where={"text": MARK})["totalCount"] == 1, "no more than any stranger"
    assert (
        leaver.refused("see_condition", asset=ground.things["kept"], condition=Condition.GOOD) == "NOT_YOURS"
    )


def test_a_role_taken_away_reads_no_more(ground: Ground) -> None:
    town = ground.town
    town.let_in("guest", "jiayuguan", (Role.OFFICER, town.bodies["education"]))
    town.installation.runner.wait_for("organisations", town.installation.recorder.head(), 10)
    guest = town.as_("guest")
    assert guest.query("assets", where={"text": MARK})["totalCount"] == len(ALL_THINGS)
    revoked = town.as_("admin").done(
        "revoke_role", account=town.accounts["guest"], role=Role.OFFICER, scope=town.bodies["education"]
    )
    town.installation.runner.wait_for("organisations", int(revoked["position"]), 10)
    town.installation.reaches._known.clear()
    assert guest.query("assets", where={"text": MARK})["totalCount"] == 1
    assert guest.refused("list_asset", asset=ground.things["kept"]) == "NOT_YOURS"


def example(kind: Any, ground: Ground, name: str) -> Any:
    """A value that every check of form lets through, about the bureau's own things."""
    if isinstance(kind, GraphQLNonNull):
        return example(kind.of_type, ground, name)
    if isinstance(kind, GraphQLList):
        return [example(kind.of_type, ground, name)]
    if isinstance(kind, GraphQLEnumType):
        return "ACCOUNT" if "ACCOUNT" in kind.values else min(kind.values)
    if isinstance(kind, GraphQLInputObjectType):
        return {
            one: example(shown.type, ground, one)
            for one, shown in kind.fields.items()
            if isinstance(shown.type, GraphQLNonNull) and shown.default_value is Undefined
        }
    town = ground.town
    body, school = town.bodies["education"], town.places["school"]
    ids = {
        **dict.fromkeys(
            ("body", "holder", "owner", "operator", "scope", "receiver", "authority", "into", "workshop"),
            body,
        ),
        **dict.fromkeys(("place", "warehouse", "parent"), school),
        "borrower": town.bodies["finance"],
        **dict.fromkeys(("person", "buyer", "custodian", "witnesses"), town.people["education_officer"]),
        "loan": ground.loan,
        "account": town.accounts["education_officer"],
    }
    return {
        "UUID": str(ids.get(name, ground.things["kept"])),
        "String": {
            "currency": "CNY", "listHash": "0" * 64, "scan": town.paper("凭证"), "timeZone": "Asia/Shanghai", "opens": "09:00",
            "closes": "17:00",
        }.get(name, "X1"),
        "Int": 1, "Boolean": True, "Decimal": "1.00", "Date": "2026-03-02",
        "DateTime": (in_days(3) if name == "end" else in_days(2)).isoformat(),
    }.get(kind.name)  # fmt: skip


def asked(ground: Ground, who: str, name: str) -> Answer:
    said = example(input_of(name), ground, "") | {
        "commandId": str(uuid4()),
        "reason": "缘由",
    }
    return ground.town.as_(who).ask(command(name), input=said)


@pytest.mark.parametrize("name", sorted(root_fields("Mutation")))
def test_without_a_role_nothing_is_done(ground: Ground, name: str) -> None:
    before = ground.town.installation.recorder.head()
    answer = asked(ground, "nobody", name)
    found = answer.body["data"][name]
    assert (found["__typename"], found["code"]) == ("Forbidden", "NOT_YOURS"), found
    assert ground.ids(answer.body) == set(), "and nothing is told"
    assert ground.town.installation.recorder.head() == before


@pytest.mark.parametrize("name", sorted(root_fields("Mutation")))
def test_with_every_role_elsewhere_nothing_of_others_is_touched(ground: Ground, name: str) -> None:
    town = ground.town
    if "everybody elsewhere" not in town.tokens:
        town.let_in(
            "everybody elsewhere", "jiayuguan", *((role, town.bodies["jiayuguan"]) for role in PEOPLES_ROLES)
        )
    before = town.installation.recorder.head()
    answer = asked(ground, "everybody elsewhere", name)
    found = answer.body["data"][name]
    assert found["__typename"] in ("Forbidden", "Refused", "NotFound", "InvalidInput"), found
    assert MARK not in answer.raw.decode(), "a refusal does not describe what one may not read"
    assert town.installation.recorder.head() == before


def test_what_a_payload_shows_is_what_the_account_may_read(ground: Ground) -> None:
    """The keeper of a store puts away whatever is carried in; whose it is, he sees, as it is in his hands then."""
    [asset] = ground.town.take_over("education", "送来的钟")
    shown = ground.town.as_("keeper").done("put_away", asset=asset, place=ground.town.places["store"])
    assert shown["asset"]["name"] == "送来的钟"
    manager = ground.town.as_("education_second")
    [uncarded] = ground.town.take_over("education", "估值钟")
    answer = manager.do("value_asset", asset=uncarded, book=Book(cny(5), ValueType.ORIGINAL), basis="评估")
    assert "asset" not in answer or answer["asset"]["id"] == str(uncarded)
