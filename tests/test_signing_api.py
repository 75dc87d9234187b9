"""What is said once is nowhere afterwards: not in the log, not in a receipt, not in an answer that is given again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.values import Signature, SignedBy
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres

KEPT = (
    "SELECT convert_from(body, 'UTF8') || convert_from(meta, 'UTF8') FROM gongwu.event"
    " UNION ALL SELECT convert_from(answer, 'UTF8') FROM gongwu.receipt"
)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def kept(town: Town) -> str:
    """All that the log and its receipts hold."""
    return "\n".join(row[0] for row in town.sql(KEPT))


def lines_of(town: Town, name: str) -> list[dict[str, Any]]:
    [asset] = town.in_store("education", name)
    return [{"asset": asset, "quantity": 1}]


def test_a_code_is_shown_once_and_kept_nowhere(town: Town) -> None:
    officer, keeper, lines = town.as_("health_officer"), town.as_("keeper"), lines_of(town, "要签收的投影")
    said = {"lines": lines, "command_id": uuid4()}
    first = officer.done("issue_code", **said)
    again = officer.done("issue_code", **said)
    assert (again["replayed"], again["digits"], again["signingId"]) == (True, None, first["signingId"])
    person = town.people["health_officer"]
    wrong = f"{(int(first['digits']) + 1) % 10**8:08}"
    tried = keeper.done("enter_code", person=person, digits=wrong, lines=lines)
    assert (tried["codeId"], tried["triesLeft"]) == (None, 4)
    right = keeper.done("enter_code", person=person, digits=first["digits"], lines=lines)
    signed = Signature(person, SignedBy.ONE_TIME_CODE, code=UUID(right["codeId"]))
    due = datetime.now(UTC) + timedelta(days=3)
    keeper.done("lend", lines=lines, borrower=town.bodies["health"], receiver=signed, due=due)
    everything = kept(town)
    assert first["signingId"] in everything
    assert first["digits"] not in everything
    assert wrong not in everything


def test_a_try_sent_again_is_no_further_try_whatever_its_digits(town: Town) -> None:
    officer, keeper, lines = town.as_("health_officer"), town.as_("keeper"), lines_of(town, "另一台投影")
    digits = officer.done("issue_code", lines=lines)["digits"]
    said = {"person": town.people["health_officer"], "lines": lines, "command_id": uuid4()}
    first = keeper.done("enter_code", digits="00000000" if digits != "00000000" else "11111111", **said)
    again = keeper.done("enter_code", digits=digits, **said)
    assert (first["codeId"], again["codeId"], again["replayed"]) == (None, None, True)


def test_a_name_is_in_the_directory_and_nowhere_in_the_log(town: Town) -> None:
    admin, said = town.as_("health_administrator"), {"body": town.bodies["health"], "command_id": uuid4()}
    made = admin.done("enter_person", name="欧阳守夜", **said)
    again = admin.done("enter_person", name="改名的人", **said)
    person = UUID(made["personId"])
    assert again["personId"] == made["personId"]
    assert town.installation.directory.names([person]) == {person: "欧阳守夜"}
    assert "欧阳守夜" not in kept(town)
    assert admin.refused("enter_person", body=town.bodies["health"], name=" ") == "INVALID_VALUE"
    assert admin.refused("enter_person", body=town.bodies["education"], name="别家的人") == "NOT_YOURS"
    assert "别家的人" not in kept(town)


def test_papers_of_a_line_must_have_been_handed_in(town: Town) -> None:
    [line] = lines_of(town, "带纸的投影")
    ask = {"borrower": town.bodies["health"], "receiver": town.signature("health_officer")}
    due = datetime.now(UTC) + timedelta(days=3)
    keeper = town.as_("keeper")
    assert keeper.refused("lend", lines=[line | {"papers": ["ab" * 32]}], due=due, **ask) == "INVALID_VALUE"
    keeper.done("lend", lines=[line | {"papers": [town.paper("交接单")]}], due=due, **ask)
