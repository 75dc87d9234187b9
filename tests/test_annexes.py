"""The annexes name code that exists and stories that exist: a rule whose test is gone is not kept by anybody."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
ANNEXES = sorted((HERE / "docs" / "annexes").glob("rules-*.md"))
QUOTED = re.compile(r"`([^`]+)`")
TEST_FILE = re.compile(r"(?:tests/)?(test_\w+\.py)")


def rows(annex: Path) -> Iterator[tuple[str, str, str]]:
    """The three cells of every rule in the tables of an annex."""
    for line in annex.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if len(cells) == 3 and cells[0] != "Rule" and not set(cells[0]) <= {"-"}:
            yield cells[0], cells[1], cells[2]


@cache
def names_in(file: Path) -> set[str]:
    """What a module defines, `Class.method` too."""
    found = set[str]()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
            found |= {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                found |= {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}
    return found


def module(path: str) -> Path:
    """The file a cell means: written from the top, or from `domain/`."""
    return next(
        (one for one in (HERE / path, HERE / "domain" / path) if one.exists()), HERE / "missing" / path
    )


def missing_code(cell: str) -> Iterator[str]:
    file: Path | None = None
    for quoted in QUOTED.findall(cell):
        path, _, name = quoted.partition(":") if ".py" in quoted else ("", "", quoted)
        file = module(path) if path else file
        if file is None or not file.exists() or (name and name not in names_in(file)):
            yield quoted


def missing_tests(cell: str) -> Iterator[str]:
    file: Path | None = None
    for quoted in QUOTED.findall(cell):
        if named := TEST_FILE.match(quoted):
            file = HERE / "tests" / named[1]
        name = quoted.partition(":")[2].strip() if ":" in quoted else quoted
        if TEST_FILE.fullmatch(name):
            continue
        if file is None or not file.exists() or name not in names_in(file):
            elsewhere = any(
                name in one.read_text("utf-8") and name in names_in(one)
                for one in (HERE / "tests").glob("test_*.py")
            )
            if ":" in quoted or not elsewhere:
                yield quoted


@pytest.mark.slow
@pytest.mark.parametrize("annex", ANNEXES, ids=lambda annex: annex.stem)
def test_every_rule_of_an_annex_names_code_and_stories_that_exist(annex: Path) -> None:
    kept = list(rows(annex))
    assert kept, f"{annex.name} has no table"
    wrong = []
    for rule, code, stories in kept:
        wrong += [f"{rule}: {name}" for name in (*missing_code(code), *missing_tests(stories))]
        wrong += [f"{rule}: no code"] * (not QUOTED.search(code))
        wrong += [f"{rule}: no test"] * ("test_" not in stories)
    assert not wrong


@pytest.mark.parametrize("annex", ANNEXES, ids=lambda annex: annex.stem)
def test_every_annex_says_what_is_left_to_later_issues(annex: Path) -> None:
    said = annex.read_text("utf-8").partition("## Left to later issues")[2]
    assert said.strip()


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert list(missing_code("`domain/cards.py:must_add_up`, `must_subtract`")) == ["must_subtract"]
    assert list(missing_tests("`test_annexes.py: test_nobody_wrote`")) == [
        "test_annexes.py: test_nobody_wrote"
    ]
