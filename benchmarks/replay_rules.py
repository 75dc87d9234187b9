"""The reasons that cannot arise later, because a rule of the process stops the request first: each is really tried once.

Raises when a rule does not stop what it is said to stop: then no row may be counted as impossible.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from benchmarks.replay_ground import LONG_BEFORE, Ground
from benchmarks.replay_record import Agency, Kind
from domain.terms import Form
from domain.usecases.requesting import CartLine
from domain.values import Window

CAREFUL, CARELESS = Agency("XX", "careful"), Agency("XX", "careless")
UNSIGNED, OFFERED, PROHIBITED = (
    Kind("7110", f"00000000{n}", what, "EA") for n, what in enumerate(("chair", "desk", "rifle"))
)


def try_each(ground: Ground) -> dict[str, str]:
    """Reason class -> the code of the rule that stopped it."""
    ground.clock.now = LONG_BEFORE + timedelta(days=365)
    ground.enter((CAREFUL, CARELESS), (CAREFUL,))
    _, lots = ground.stocked("rules", dict.fromkeys((UNSIGNED, OFFERED, PROHIBITED), 5))
    ends = ground.clock.now + timedelta(days=10)
    ground.must("keeper", "list_asset", asset=lots[UNSIGNED], loan=True, transfer=True)
    ground.must("keeper", "list_asset", asset=lots[OFFERED], loan=False, transfer=True, until=ends)
    _send_without_receipt(ground, lots[UNSIGNED])
    ground.clock.now += timedelta(days=9)
    pending = ground.must("asker", "submit_requests", **_wish(ground, CARELESS, lots[UNSIGNED]))["requests"][
        0
    ]
    ground.clock.now += timedelta(days=2)
    stopped = ground.by("state", "approve_request", request=UUID(pending)).refused
    found = {"overdue_receipts, of a request that was made before": _expected(stopped, "RECEIPTS_UNSIGNED")}
    ground.clock.now = ends - timedelta(days=1)
    _wants(ground, CAREFUL, lots[OFFERED], stopped="")
    found["prohibited_item"] = _wants(ground, CAREFUL, lots[PROHIBITED], stopped="NOT_LISTED")
    found["paperwork_missing, justification_insufficient (no purpose at all)"] = _wants(
        ground, CAREFUL, lots[OFFERED], stopped="REASON_MISSING", purpose=""
    )
    ground.clock.now = ends + timedelta(days=20)
    found["screening_cycle_passed"] = _wants(ground, CAREFUL, lots[OFFERED], stopped="NOT_LISTED")
    found["overdue_receipts"] = _wants(ground, CARELESS, lots[UNSIGNED], stopped="RECEIPTS_UNSIGNED")
    _wants(ground, CAREFUL, lots[UNSIGNED], stopped="")
    return found


def _wants(ground: Ground, agency: Agency, asset: UUID, *, stopped: str, purpose: str = "duty") -> str:
    return _expected(
        ground.by("asker", "submit_requests", **_wish(ground, agency, asset, purpose)).refused, stopped
    )


def _wish(ground: Ground, agency: Agency, asset: UUID, purpose: str = "duty") -> dict[str, Any]:
    line = CartLine(asset=asset)
    return {"body": ground.bodies[agency.key], "purpose": purpose, "form": Form.TRANSFER, "lines": (line,)}


def _expected(code: str, wanted: str) -> str:
    if code != wanted:
        raise RuntimeError(f"expected {wanted or 'to be accepted'}, got {code or 'accepted'}")
    return code


def _send_without_receipt(ground: Ground, asset: UUID) -> None:
    """A loan goes out by carrier, and whoever gets it never signs."""
    start = ground.clock.now + timedelta(minutes=1)
    asked = ground.must(
        "asker", "submit_requests", body=ground.bodies[CARELESS.key], purpose="duty", form=Form.LOAN,
        window=Window(start, start + timedelta(days=90)), lines=(CartLine(asset=asset),),
    )  # fmt: skip
    request = UUID(asked["requests"][0])
    ground.must("pool", "approve_request", request=request)
    ground.must("keeper", "pick_unit", request=request, asset=asset)
    ground.must("keeper", "hand_over_request", request=request, carrier="freight")
    ground.installation.runner.catch_up()  # who is blocked is looked up in the read models
