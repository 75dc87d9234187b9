"""What was measured, next to its limit: one row per figure, as a table for people and as JSON.

A row's `target` is the floor (or, where lower is better, the ceiling) that the figure must keep; `target_of` says whether it is about
the `value` or about the `ratio` (value to limit). A row without a target is there to be read.
"""

import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Row = dict[str, Any]
COLUMNS = ("name", "value", "unit", "limit", "ratio", "target", "")


def row(
    name: str, value: float, unit: str, *, limit: float | None = None, better: Literal["higher", "lower"] = "higher",
    target: float | None = None, target_of: Literal["value", "ratio"] = "ratio",
) -> Row:  # fmt: skip
    """One figure."""
    return {
        "name": name, "value": _short(value), "unit": unit, "limit": None if limit is None else _short(limit),
        "ratio": None if limit is None else round(value / limit, 3), "better": better, "target": target, "target_of": target_of,
    }  # fmt: skip


def met(one: Row) -> bool | None:
    """Whether the target is kept; None if there is none."""
    if one["target"] is None:
        return None
    measured = one[one.get("target_of", "ratio")]
    return bool(measured >= one["target"] if one["better"] == "higher" else measured <= one["target"])


def in_turn(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure; all are taken in turn, so that what else the machine does falls on all of them alike."""
    found: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, values in zip(measures, found, strict=True):
            values.append(measure())
    return [statistics.median(values) for values in found]


def machine() -> dict[str, Any]:
    """Where and under which load this is measured."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "processors": os.cpu_count(), "machine": platform.platform(),
        "python": platform.python_version(), "load": [round(one, 2) for one in os.getloadavg()],
    }  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
    shown = [COLUMNS, *(_cells(one) for one in rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = [
        "  ".join(_padded(at, cell, widths[at]) for at, cell in enumerate(cells)).rstrip() for cells in shown
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def save(path: Path, before: dict[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """Everything as one JSON document."""
    document = {"before": before, "after": machine(), "rows": list(rows)}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return document


def _cells(one: Row) -> tuple[str, ...]:
    sign = ">=" if one["better"] == "higher" else "<="
    about = "x" if one.get("target_of", "ratio") == "ratio" else ""
    target = "" if one["target"] is None else f"{sign} {one['target']:,}{about}"
    kept = {None: "", True: "ok", False: "MISSED"}[met(one)]
    return (
        one["name"],
        _number(one["value"]),
        one["unit"],
        _number(one["limit"]),
        _number(one["ratio"]),
        target,
        kept,
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def _padded(at: int, cell: str, width: int) -> str:
    return cell.ljust(width) if at in (0, 2, 6) else cell.rjust(width)


def _short(value: float) -> float:
    return round(value) if value >= 100 else round(value, 2)
