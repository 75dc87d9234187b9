"""The real record of transfers (nine years of US excess property) through the command line, as somebody would take it over.

All files of a folder go in by one `gongwu import transfers`; then `gongwu status` must account for every row of every file.
"""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Row, row
from benchmarks.serving import ROOT, SERVE


def run(data_dir: Path, folder: Path) -> list[Row]:
    """Rows transfers.{rows,events,unaccounted}. `folder` has *-shipments.csv and *-cancellations.csv."""
    shipments, cancellations = (
        sorted(folder.resolve().glob(f"*-{kind}.csv")) for kind in ("shipments", "cancellations")
    )
    if not shipments:
        raise SystemExit(f"no *-shipments.csv in {folder}")
    gongwu(data_dir, "init")
    before = gongwu(data_dir, "status")["events"]
    began = time.perf_counter()
    others = [part for one in cancellations for part in ("--cancellations", str(one))]
    said = gongwu(data_dir, "import", "transfers", *map(str, shipments), *others, "--yes", fine=(0, 3))
    took = time.perf_counter() - began
    status = gongwu(data_dir, "status")
    unaccounted = _unaccounted(said, status, [*shipments, *cancellations])
    return [
        row("transfers.rows", said["rows"] / took, "rows/s"),
        row("transfers.events", (status["events"] - before) / took, "events/s"),
        row("transfers.unaccounted", unaccounted, "rows", better="lower", target=0, target_of="value"),
    ]


def gongwu(data_dir: Path, *command: str, fine: tuple[int, ...] = (0,)) -> Any:
    """One command of the command line; what it answers. `fine`: the exit codes expected (3: some rows have errors)."""
    program = [sys.executable, "-c", SERVE, "--json", "--data-dir", str(data_dir), *command]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in fine:
        raise RuntimeError(
            f"gongwu {' '.join(command[:2])} ended with {done.returncode}: {done.stderr[-2000:]}"
        )
    return json.loads(done.stdout)


def _unaccounted(said: dict[str, Any], status: dict[str, Any], files: list[Path]) -> int:
    """Rows of the files that neither the import nor the status has a verdict for."""
    missing: int = 0
    known = {Path(one["file"]).name: one for one in status["imports"]}
    wrong: dict[str, set[int]] = {}
    for one in said["errors"]:
        wrong.setdefault(Path(one["file"]).name, set()).add(one["row"])
    for file in files:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = sum(1 for _ in csv.reader(stream)) - 1
        one = known.get(file.name)
        counted: int = (
            0
            if one is None
            else one["created"] + one["updated"] + one["skipped"] + len(wrong.get(file.name, ()))
        )
        missing += abs(rows - counted)
    told: int = said["created"] + said["updated"] + said["skipped"] + sum(map(len, wrong.values()))
    return missing + abs(int(said["rows"]) - told)
