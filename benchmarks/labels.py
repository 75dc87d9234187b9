"""How many labels does a processor second print, and is every code on them read?

Each figure is taken in a process of its own: its processor time and its peak memory are the labels' and nobody else's, whatever else the
machine does meanwhile.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q

from api.label_sheets import write
from benchmarks import zbar
from benchmarks.figures import Row, row
from domain.label_code import new_token, payload
from domain.papers.print_job import PrintJobAsked, ToPrint
from domain.values import ROOT as ROOT_BODY
from labels.check import FINE, images, pictures, unread
from labels.label import Field, LabelPaper, Shown
from labels.qr import Symbol, symbol
from labels.sheet_pdf import Sheets, print_sheets
from labels.stocks import STOCKS
from labels.zpl import print_zpl

PDF_FLOOR, JOB_FLOOR, MOST_MB, MOST_MEMORY_MB = 2_000, 500, 4.0, 250
BASE = "https://gw.gansu.gov.cn"
SHEET, THERMAL = STOCKS["L7160"], STOCKS["40x30"]
NAMES = ("便携式计算机", "打印机", "投影仪", "会议椅（蓝色绒面）", "办公桌", "文件柜", "空调机", "碎纸机")
ROOT = Path(__file__).parents[1]


class Taken(NamedTuple):
    """What one process measured: so many pieces, in so many processor seconds."""

    pieces: int
    cpu_s: float
    size: int = 0
    missing: int = 0
    memory_mb: float = 0.0

    @property
    def rate(self) -> float:
        return self.pieces / self.cpu_s


def papers(count: int) -> list[LabelPaper]:
    """A register's labels: every number and code its own, names and places as they come."""
    dice = random.Random(7)
    made = []
    for at in range(count):
        token = new_token(lambda: dice.getrandbits(60))
        made.append(
            LabelPaper(
                payload=payload(BASE, token), token=token, body="甘肃省机关事务管理局", phone="0931-8929123",
                number=f"GW{token[:10]}", name=f"{NAMES[at % 8]} {at % 900}型",
                fields=(Field(Shown.MODEL, f"X-{at % 970}"), Field(Shown.PLACE, f"{at % 9}号楼{at % 90:03}室")),
            )
        )  # fmt: skip
    return made


def pdf(count: int) -> Taken:
    """Sheets, from codes that are there already."""
    return _sheets(count, symbol)


def blank_squares(count: int) -> Taken:
    """The same, but every code is the same white square."""
    white = Symbol(29, bytes(29 * 4))
    return _sheets(count, lambda _: white)


def _sheets(count: int, code: Callable[[str], Symbol]) -> Taken:
    given = [(paper, code(paper.payload)) for paper in papers(count)]
    began = time.process_time()
    sheets = Sheets(SHEET)
    for paper, squares in given:
        sheets.label(paper, squares)
    made = sheets.done()
    return Taken(count, time.process_time() - began, len(made))


def job(count: int) -> Taken:
    """What the runner of print jobs does with its labels: codes, sheets, and every code read again from the pixels of the file."""
    wanted = papers(count)
    asked = PrintJobAsked(what=ToPrint(blanks=count), body=ROOT_BODY, stock=SHEET.name)
    began = time.process_time()
    made = write(wanted, asked, SHEET).file
    missing = unread(made, [paper.payload for paper in wanted])
    return Taken(count, time.process_time() - began, len(made), len(missing))


def thermal(count: int) -> Taken:
    """One bitmap after the other, packed for the printer, taken out of its file again and read."""
    wanted = papers(count)
    began = time.process_time()
    made = print_zpl(wanted, THERMAL)
    missing = unread(made, [paper.payload for paper in wanted])
    return Taken(count, time.process_time() - began, len(made), len(missing))


def second_reader(count: int) -> Taken:
    """The labels of the PDF and of the printer's file that zbar reads from the same pixels."""
    wanted = papers(count)
    began = time.process_time()
    missing = 0
    for pages in (images(print_sheets(wanted, SHEET), FINE), pictures(print_zpl(wanted, THERMAL))):
        missing += len(
            {paper.payload for paper in wanted} - {text for page in pages for text in zbar.read(page)}
        )
    return Taken(2 * count, time.process_time() - began, 0, missing)


def codes(count: int) -> Taken:
    """Codes alone."""
    texts = [paper.payload for paper in papers(count)]
    symbol(texts[0])
    began = time.process_time()
    for text in texts:
        symbol(text)
    return Taken(count, time.process_time() - began)


def searched_codes(count: int) -> Taken:
    """The same codes by `qrcode`, which tries all masks and takes the one it likes best."""
    texts = [paper.payload for paper in papers(count // 10)]
    began = time.process_time()
    for text in texts:
        code = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
        code.add_data(text)
        code.make()
    return Taken(len(texts), time.process_time() - began)


MEASURES = {
    one.__name__: one for one in (pdf, blank_squares, job, thermal, second_reader, codes, searched_codes)
}


def run(*, labels: int = 10_000, rounds: int = 3) -> list[Row]:
    """Rows labels.*; what zbar reads only where it is installed."""

    def in_turn(*names: str) -> list[Taken]:
        taken = [[_in_a_process(name, labels) for name in names] for _ in range(rounds)]
        return [sorted(each, key=lambda one: one.rate)[len(each) // 2] for each in zip(*taken, strict=True)]

    sheets, white = in_turn("pdf", "blank_squares")
    whole, drawn = in_turn("job", "thermal")
    ours, searched = in_turn("codes", "searched_codes")
    rows = [
        row("labels.pdf", sheets.rate, "labels/CPU-s", limit=white.rate, target=PDF_FLOOR, target_of="value"),
        row("labels.pdf.size", sheets.size / 1e6, "MB", better="lower", target=MOST_MB, target_of="value"),
        row(
            "labels.pdf.memory",
            sheets.memory_mb,
            "MB",
            better="lower",
            target=MOST_MEMORY_MB,
            target_of="value",
        ),
        row("labels.job", whole.rate, "labels/CPU-s", target=JOB_FLOOR, target_of="value"),
        row("labels.job.unread", whole.missing, "codes", better="lower", target=0, target_of="value"),
        row("labels.thermal", drawn.rate, "labels/CPU-s"),
        row("labels.thermal.unread", drawn.missing, "codes", better="lower", target=0, target_of="value"),
        row("labels.qr", ours.rate, "codes/CPU-s", limit=searched.rate),
    ]
    if not zbar.why_no_zbar():
        again = _in_a_process("second_reader", labels)
        rows.append(
            row("labels.zbar.unread", again.missing, "codes", better="lower", target=0, target_of="value")
        )
    return rows


def _in_a_process(name: str, count: int) -> Taken:
    command = [sys.executable, "-m", "benchmarks.labels", name, str(count)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    return Taken(*json.loads(said))


def main() -> None:
    """One figure, for the process above: name and how many."""
    taken = MEASURES[sys.argv[1]](int(sys.argv[2]))
    memory_mb = _peak_mb()
    print(json.dumps(taken._replace(memory_mb=memory_mb)))


def _peak_mb() -> float:
    """Of this program alone: `ru_maxrss` also knows how large the process was that started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
