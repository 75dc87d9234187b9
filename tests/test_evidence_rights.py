"""A photo or paper is read by whoever reads something that refers to it, and by who handed it in; a hash alone opens nothing."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.aggregate import Fact, Meta, Recorded
from domain.papers.file_import import ImportStarted
from domain.papers.loan import LoanLine, LoanOpened
from domain.values import Signature, SignedBy
from projections.catalogue import ALL
from projections.history_fold import files_of
from projections.rebuild import rebuild
from projections.verify import verify
from tests.errands import in_days
from tests.story import MONDAY
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def brought(town: Town, who: str, what: str) -> str:
    """Handed in over HTTP, as a person does; its hash."""
    paper = f"%PDF-1.4\n% {what}\n%%EOF\n".encode()
    answer = town.as_(who).send("POST", "/evidence", paper, Content_Type="application/pdf")
    assert answer.status == 201, answer.raw
    return str(answer.body["sha256"])


def readers(town: Town, sha256: str) -> set[str]:
    town.installation.runner.wait_for("history", town.installation.recorder.head(), 30)
    town.installation.runner.wait_for("papers", town.installation.recorder.head(), 30)
    town.installation.runner.wait_for("register", town.installation.recorder.head(), 30)
    answers = {who: town.as_(who).send("GET", f"/evidence/{sha256}").status for who in EVERYBODY}
    assert {*answers.values()} <= {200, 404}, answers
    return {who for who, status in answers.items() if status == 200}


EVERYBODY = (
    "keeper", "school_keeper", "auditor", "auditor_elsewhere", "nobody", "education_officer", "education_asset_manager", "health_officer",
    "finance_officer", "offices_officer", "jiayuguan_manager",
)  # fmt: skip


def lend(town: Town, who: str, asset: UUID, scan: str, *evidence: str) -> dict[str, Any]:
    signed = Signature(town.people["health_officer"], SignedBy.PAPER, scan)
    said = {"lines": [{"asset": asset, "quantity": 1}], "borrower": town.bodies["health"], "due": in_days(7)}
    return town.as_(who).do("lend", **said, receiver=signed, evidence=list(evidence))


def test_what_nothing_refers_to_is_read_by_who_handed_it_in_only(town: Town) -> None:
    assert readers(town, brought(town, "education_officer", "还没有用上的照片")) == {"education_officer"}


def test_the_same_file_handed_in_twice_is_read_by_both(town: Town) -> None:
    first, second = (brought(town, who, "同一份文件") for who in ("education_officer", "nobody"))
    assert first == second
    assert readers(town, first) == {"education_officer", "nobody"}


def test_the_papers_of_a_loan_are_read_by_its_parties_and_the_auditor_of_the_region_and_by_nobody_else(
    town: Town,
) -> None:
    [asset] = town.take_over("offices", "凭证投影", place="store")
    scan, photo = brought(town, "keeper", "借用单签字件"), brought(town, "keeper", "出库照片")
    assert lend(town, "keeper", asset, scan, photo)["__typename"] == "LendPayload"
    for file in (scan, photo):
        may = readers(town, file)
        assert {"keeper", "health_officer", "offices_officer", "auditor"} <= may
        assert not may & {
            "school_keeper",
            "nobody",
            "auditor_elsewhere",
            "education_officer",
            "jiayuguan_manager",
        }


def test_the_decision_from_outside_is_read_by_body_and_authority(town: Town) -> None:
    scan = brought(town, "education_officer", "批复扫描件")
    town.as_("education_officer").done(
        "record_decision", matter="TRANSFER", body=town.bodies["education"], authority=town.bodies["finance"],
        number="兰财资〔2026〕81号", dated=date(2026, 11, 2), list_hash="0" * 64, scan=scan,
    )  # fmt: skip
    may = readers(town, scan)
    assert {"education_officer", "education_asset_manager", "finance_officer", "auditor"} <= may
    assert not may & {"health_officer", "nobody", "auditor_elsewhere", "jiayuguan_manager"}


def test_naming_somebody_elses_paper_in_a_command_of_ones_own_is_no_way_to_read_it(town: Town) -> None:
    scan = brought(town, "jiayuguan_manager", "别家的文件")
    [asset] = town.take_over("offices", "套取货", place="store")
    refused = lend(town, "keeper", asset, town.paper("自家的签字件"), scan)
    never = lend(town, "keeper", asset, town.paper("自家的签字件"), "0c" * 32)
    for answer in (refused, never):
        assert (answer["code"], answer["path"]) == ("INVALID_VALUE", ["evidence", "0"]), "it looks like none"
    assert readers(town, scan) == {"jiayuguan_manager"}


def test_a_colleague_may_use_what_somebody_of_the_same_body_handed_in(town: Town) -> None:
    [asset] = town.take_over("offices", "同事拍照货", place="store")
    photo = brought(town, "offices_officer", "同事拍的照片")
    assert lend(town, "keeper", asset, town.paper("同事的签字件"), photo)["__typename"] == "LendPayload"


def recorded_with(fact: Fact, *evidence: str) -> Recorded:
    meta = Meta(
        account=uuid4(), person=uuid4(), body=uuid4(), command=uuid4(), use_case="x", evidence=evidence
    )
    return Recorded(1, uuid4(), 1, fact, meta, MONDAY, MONDAY)


def test_a_hash_inside_a_line_or_a_signature_counts_and_a_hash_that_is_no_file_does_not() -> None:
    paper, scan, proof = "ab" * 32, "cd" * 32, "ef" * 32
    opened = LoanOpened(
        lines=(LoanLine(uuid4(), 1, papers=(paper,)),), lender=uuid4(), borrower=uuid4(),
        giver=Signature(uuid4(), SignedBy.PAPER, scan),
    )  # fmt: skip
    assert files_of(recorded_with(opened, proof, "no hash")) == [paper, scan, proof]
    started = ImportStarted(
        file="01" * 32, name="a.csv", kind="register", reading="x", cut_off=date(2026, 11, 2)
    )
    assert files_of(recorded_with(started)) == [], (
        "the hash of a register that was never handed in as evidence"
    )


def test_which_evidence_a_fact_names_is_the_same_when_the_history_is_made_anew(town: Town) -> None:
    town.installation.runner.wait_for("history", town.installation.recorder.head(), 30)
    before = town.sql("SELECT sha256, position FROM history.evidence ORDER BY 1, 2")
    assert before
    [live] = [one for one in ALL if one.name == "history"]
    [made] = rebuild(town.installation.logins.projector, [live])
    assert made.same
    assert town.sql("SELECT sha256, position FROM history.evidence ORDER BY 1, 2") == before
    assert not any(one.wrong for one in verify(town.installation.logins.projector, [live]))
