"""People and papers live beside the log: what a command names of them over the API must be there."""

from collections.abc import Iterator
from inspect import signature
from typing import Any, get_args
from uuid import UUID, uuid4

import msgspec
import pytest

import domain.vocabulary  # noqa: F401 - all use cases
from api.schema.inputs import LONGEST_STRING
from api.schema.mutations import TOO_BIG_FOR_A_MUTATION
from api.schema.named import PEOPLE
from domain.usecases import USE_CASES
from domain.values import Signature, SignedBy, Value
from tests.errands import in_days
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def lend(town: Town, asset: UUID, who: str = "keeper", /, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "lines": [{"asset": asset, "quantity": 1}],
        "borrower": town.bodies["health"],
        "receiver": town.signature("health_officer"),
        "due": in_days(7),
        **more,
    }
    return town.as_(who).do("lend", **said)


def wrong(answer: dict[str, Any]) -> list[str]:
    assert (answer["__typename"], answer["code"]) == ("InvalidInput", "INVALID_VALUE"), answer
    path: list[str] = answer["path"]
    return path


def test_nobody_signs_whom_the_directory_does_not_know(town: Town) -> None:
    [asset] = town.in_store("education", "无人认识的投影")
    head = town.installation.recorder.head()
    nobody = {"person": uuid4(), "how": "ONE_TIME_CODE"}
    assert wrong(lend(town, asset, receiver=nobody)) == ["receiver", "person"]
    admin, manager = town.as_("admin"), town.as_("education_asset_manager")
    body = town.bodies["education"]
    assert wrong(admin.do("open_account", person=uuid4(), body=body)) == ["person"]
    signed = {"receiver": town.signature("education_officer"), "witnesses": [town.people["keeper"], uuid4()]}
    assert wrong(manager.do("change_custodian", asset=asset, body=body, **signed)) == ["witnesses", "1"]
    two = {"acquisition": uuid4(), "inspectors": [town.signature("keeper"), nobody]}
    assert wrong(manager.do("refuse_acceptance", **two)) == ["inspectors", "1", "person"]
    assert lend(town, asset, "nobody", receiver=nobody)["code"] == "NOT_YOURS", (
        "who may not ask is told only that"
    )
    assert town.installation.recorder.head() == head


def test_a_stranger_signs_once_entered_and_is_answered_again_when_forgotten(town: Town) -> None:
    [asset] = town.in_store("education", "司机取走的投影")
    driver = town.enter("送货的司机")
    town.as_("health_asset_manager").done("name_duty_person", body=town.bodies["health"], person=driver)
    signed = Signature(driver, SignedBy.PAPER, town.paper("司机签字的借用单"))
    said = {"receiver": signed, "due": in_days(3), "command_id": uuid4()}
    first = lend(town, asset, **said)
    assert first["__typename"] == "LendPayload"
    assert town.installation.directory.forget(driver)
    assert lend(town, asset, **said)["loanId"] == first["loanId"]
    assert wrong(lend(town, asset, **said | {"command_id": uuid4()})) == ["receiver", "person"]


def test_every_id_of_an_input_is_a_person_we_check_or_of_a_stream() -> None:
    """Signatures stand in the open, never inside another value, where the edge would not look."""
    for case in USE_CASES.values():
        if case.name in TOO_BIG_FOR_A_MUTATION:
            continue
        for one in signature(case.function, eval_str=True).parameters.values():
            assert not _hides_a_person(one.annotation), (case.name, one.name)


def _hides_a_person(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Value) and annotation is not Signature:
        return any(
            field.name in PEOPLE or field.type is Signature or Signature in get_args(field.type)
            for field in msgspec.structs.fields(annotation)
        )
    return any(_hides_a_person(one) for one in get_args(annotation))


def test_evidence_is_called_by_the_hash_the_store_gave_it(town: Town) -> None:
    [asset] = town.in_store("education", "无凭证音箱")
    paper, never = town.paper("借用凭证"), "0a" * 32
    assert wrong(lend(town, asset, evidence=[paper, "xyz"])) == ["evidence", "1"]
    assert wrong(lend(town, asset, evidence=[paper, never])) == ["evidence", "1"], "it was never handed in"
    by_hand = {"person": town.people["health_officer"], "how": "PAPER", "scan": never}
    assert wrong(lend(town, asset, receiver=by_hand)) == ["receiver", "scan"]
    said = {"matter": "TRANSFER", "body": town.bodies["education"], "authority": town.bodies["finance"]}
    dated = {"number": "兰财资〔2026〕77号", "dated": in_days(-2).date(), "list_hash": "0" * 64}
    officer = town.as_("education_officer")
    assert wrong(officer.do("record_decision", **said, **dated, scan=never)) == ["scan"]
    assert officer.do("record_decision", **said, **dated, scan=paper)["__typename"] == "RecordDecisionPayload"
    assert (
        lend(town, asset, receiver=by_hand | {"scan": paper}, evidence=[paper])["__typename"] == "LendPayload"
    )


def test_who_names_a_file_that_was_never_handed_in_or_writes_a_book_is_told_what_would_do(town: Town) -> None:
    [asset] = town.in_store("education", "无人上传的投影")
    answer = lend(town, asset, evidence=["ab" * 32])
    assert wrong(answer) == ["evidence", "0"]
    assert answer["message"].startswith(f"No file with the hash “{'ab' * 32}” was handed in")
    answer = lend(town, asset, evidence=["x"])
    assert "hand in the file first" in answer["message"]
    answer = lend(town, asset, reason="长" * 100_000)
    assert wrong(answer) == ["reason"]
    assert f"At most {LONGEST_STRING} characters" in answer["message"]
    nobody = lend(town, asset, receiver={"person": uuid4(), "how": "ONE_TIME_CODE"})
    assert "enter the person first" in nobody["message"]
