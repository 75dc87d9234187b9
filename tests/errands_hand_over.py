"""At the counter: who may sign for a borrower, codes that sign once, kits, and a request handed over unit by unit."""

from uuid import UUID

from domain.values import Signature, SignedBy
from tests.town import Town


def somebody_without_an_account_signs(town: Town) -> None:
    health = town.bodies["health"]
    entered = town.as_("health_administrator").done("enter_person", body=health, name="值班员老周")
    person = UUID(entered["personId"])
    assert town.installation.directory.names([person]) == {person: "值班员老周"}
    manager, keeper = town.as_("health_asset_manager"), town.as_("keeper")
    manager.done("name_duty_person", body=health, person=person)
    [asset] = town.in_store("education", "值班用的电筒")
    lines = [{"asset": asset, "quantity": 1, "accessories": ["充电器"]}]
    asked = manager.done("issue_code", body=health, person=person, lines=lines)
    assert len(asked["digits"]) == 8
    said = keeper.done("enter_code", person=person, digits=asked["digits"], lines=lines)
    signed = Signature(person, SignedBy.ONE_TIME_CODE, code=UUID(said["codeId"]))
    keeper.done("lend", lines=lines, borrower=health, receiver=signed, due=in_days(3))
    manager.done("end_duty_person", body=health, person=person)


HAND_OVERS = [somebody_without_an_account_signs]
