"""How many assets per second does an import bring in, from the file to caught-up projections, against COPY of as many rows?

`run(data_dir)` takes an empty folder. An old register is imported as `gongwu import register --yes` does it: read, decided by the same
rules as people, written with events and receipts, and folded into all projections by a second process. With `transfers`, the real
files of that folder are imported too.
"""

import csv
import random
import time
from datetime import date
from pathlib import Path

from api.imports.files import open_table
from api.imports.follower import Follower, calm_gc
from api.imports.mapping import Mapping
from api.imports.plan import make_plan
from api.imports.record import import_transfers
from api.imports.register import import_register
from api.installation import Installation
from api.settings import Settings
from benchmarks.figures import Row, in_turn, row
from benchmarks.rebuild import copy_rate
from domain.values import ROOT

FLOOR = 5_000
TODAY = date(2026, 11, 23)
HEADING = (
    "资产编号,资产名称,资产分类代码,数量,计量单位,原值,财政拨款,非财政拨款,累计折旧,净值,取得日期,使用状况,使用部门,保管人,存放地点,"
    "备注"
)
NAMES = (
    "台式计算机",
    "便携式计算机",
    "打印机",
    "投影仪",
    "办公桌",
    "会议椅",
    "文件柜",
    "空调机",
    "碎纸机",
    "复印机",
)


def run(data_dir: Path, *, assets: int = 30_000, rounds: int = 3, transfers: Path | None = None) -> list[Row]:
    """Rows: import, and import.transfers where the real files are at hand."""
    rows: list[Row] = []
    with Installation.open(Settings.from_environment({}, data_dir=data_dir)) as installation:
        calm_gc()
        done = 0

        def imported() -> float:
            nonlocal done
            done += 1
            return _register(installation, data_dir / f"register-{done}.csv", assets, f"R{done}")

        ours, copied = in_turn(rounds, imported, lambda: copy_rate(installation.logins.owner))
        rows.append(row("import", ours, "assets/s", limit=copied, target=FLOOR, target_of="value"))
        if transfers is not None:
            rows.append(row("import.transfers", _transfers(installation, transfers), "rows/s", limit=copied))
    return rows


def _register(installation: Installation, path: Path, assets: int, prefix: str) -> float:
    write_register(path, assets, prefix)
    began = time.perf_counter()
    mapping = Mapping.model_validate({"constants": {"class_edition": "2022"}})
    plan = make_plan(open_table(path), today=TODAY, mapping=mapping)
    with Follower(installation.logins.projector, installation.runner):
        tally = import_register(installation, plan, ROOT, "zh")
    took = time.perf_counter() - began
    if tally.created != assets:
        raise RuntimeError(f"{tally.created} of {assets} were created: {tally.errors[:3]}")
    _must_be_there(installation)
    return assets / took


def _transfers(installation: Installation, folder: Path) -> float:
    shipments, cancellations = (
        [open_table(one) for one in sorted(folder.glob(f"*-{kind}.csv"))]
        for kind in ("shipments", "cancellations")
    )
    began = time.perf_counter()
    with Follower(installation.logins.projector, installation.runner):
        tally = import_transfers(installation, shipments, cancellations, today=TODAY, language="en")
    took = time.perf_counter() - began
    if tally.rows != tally.created + tally.updated + tally.skipped + tally.wrong:
        raise RuntimeError("rows are not accounted for")
    _must_be_there(installation)
    return tally.rows / took


def _must_be_there(installation: Installation) -> None:
    behind = [name for name, one in installation.runner.status().items() if one["lag"]]
    if behind:
        raise RuntimeError(f"{behind} have not caught up")


def write_register(path: Path, assets: int, prefix: str) -> None:
    """An old register as offices keep them: 16 columns, prices that add up, people, places, remarks."""
    dice = random.Random(5)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADING.split(","))
        for n in range(assets):
            price = dice.randint(100, 20_000)
            worn = price * 3 // 10
            writer.writerow(
                [
                    f"{prefix}-{n:07}", f"{dice.choice(NAMES)}{n % 50}型", "A02010105", 1, "台", price, price, 0, worn, price - worn,
                    f"20{10 + n % 15}-0{1 + n % 9}-1{n % 9}", "在用", "办公室", f"职工{n % 300}", f"{n % 9}0{n % 8}室",
                    "" if n % 5 else "年度盘点已贴标签",
                ]
            )  # fmt: skip
