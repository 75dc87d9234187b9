"""The architecture as rules that can fail: who may import whom, how long a file may be, and what no file may hold."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("domain", "projections", "labels", "api")
CHECKED_IN = (*PACKAGES, "tests", "benchmarks", "docs", ".ci")
MADE = {"__pycache__", "results.json"}

LONGEST_CODE, LONGEST_STORIES = 400, 800
LONGER = {
    "api/demo/play.py": "a play is read from its first act to its last",
    "domain/body.py": "a body with its divisions, relations, decrees and standing is one thing; in two files nobody would find the rule",
}
"""Files of code over the limit, each with its reason. A file of stories is a list of sentences and may be longer."""

COMES_WITH = {"starlette": "fastapi", "graphql-core": "strawberry-graphql"}
"""What a dependency of ours is made of and shows in its own interface."""
BY_HAND = {"labels/fonts/make.py": {"fonttools"}}
"""What only developers run may need what only developers have."""

SAYS_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "manager",
    "managers",
    "service",
    "services",
}
CLASS_SAYS_NOTHING = re.compile(r"(Manager|Service|Handler|Helper|Util|Utils|DTO|Dto|Impl)$")

HOSTS = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "docker" + ".io",
    "proxy.golang" + ".org",
    "mirrors" + ".",
)
MACHINE = re.compile("(?<![\\w.])(/" + "work|/" + "root|/" + "home/(?!x\\b)\\w+|C:\\\\" + "Users)/")
ABOUT_LEAKS = {"tests/town.py": "it lists what no answer may hold, also such paths"}


def files(*endings: str) -> Iterator[Path]:
    """What is checked in: our folders, and the files at the top."""
    found = [file for folder in CHECKED_IN for file in sorted((ROOT / folder).rglob("*"))]
    for file in (*found, *sorted(ROOT.iterdir())):
        if file.is_file() and not MADE & {*file.parts} and (not endings or file.suffix in endings):
            yield file


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def lint(*more: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command as check; check()"
    chosen = ["--config", str(config)] if config else []
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", *chosen, *more], cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_contracts_of_the_architecture_hold() -> None:
    checked = lint()
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.slow
def test_a_broken_contract_would_be_noticed(tmp_path: Path) -> None:
    config = tmp_path / "upside_down.toml"
    config.write_text(
        '[tool.importlinter]\nroot_packages = ["domain", "api"]\n'
        '[[tool.importlinter.contracts]]\nname = "the wrong way round"\ntype = "layers"\nlayers = ["domain", "api"]\n'
    )
    checked = lint(config=config)
    assert checked.returncode != 0
    assert "the wrong way round" in checked.stdout
    assert "domain" in checked.stdout


def test_every_module_of_the_domain_has_its_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [inner] = [
        one for one in settings["tool"]["importlinter"]["contracts"] if one.get("containers") == ["domain"]
    ]
    assert inner["exhaustive"] is True
    layers = {name.strip() for layer in inner["layers"] for name in layer.split("|")}
    there = {file.stem for file in (ROOT / "domain").glob("*.py")} - {"__init__"}
    there |= {file.parent.name for file in (ROOT / "domain").glob("*/__init__.py")}
    assert layers == there


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_else_ships_a_package_of_our_name(package: str) -> None:
    assert {*packages_distributions().get(package, ["gongwu"])} == {"gongwu"}


def test_no_file_is_longer_than_people_read_unless_it_says_why() -> None:
    long = {}
    for file in files(".py"):
        lines = len(file.read_text("utf-8").splitlines())
        most = LONGEST_STORIES if named(file).startswith("tests/") else LONGEST_CODE
        if lines > most:
            long[named(file)] = lines
    assert {*long} <= {*LONGER}, {name: long[name] for name in {*long} - {*LONGER}}
    assert {*LONGER} <= {*long}, "a reason for a file that is short by now"


@pytest.mark.slow
def test_files_and_classes_are_called_after_what_they_do() -> None:
    for file in files(".py"):
        assert file.stem not in SAYS_NOTHING, named(file)
        if file.parts[len(ROOT.parts)] in PACKAGES:
            for node in ast.walk(parsed(file)):
                if isinstance(node, ast.ClassDef):
                    assert not CLASS_SAYS_NOTHING.search(node.name), f"{named(file)}: {node.name}"


@pytest.mark.slow
def test_every_module_says_which_question_it_answers() -> None:
    silent = [
        named(file)
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
        if file.stem not in ("__init__", "__main__") and not ast.get_docstring(parsed(file))
    ]
    assert silent == []


@pytest.mark.slow
def test_no_file_names_a_registry_or_a_machine() -> None:
    looked_at = 0
    for file in files():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        looked_at += 1
        for host in HOSTS:
            assert host not in text, (
                f"{named(file)} names {host}: where packages come from is the machine's own setting"
            )
        if named(file) not in ABOUT_LEAKS:
            found = MACHINE.findall(text)
            assert found == [], f"{named(file)} names a place on somebody's machine"
    assert looked_at > 200


@pytest.mark.slow
def test_the_domain_reads_no_clock_and_makes_no_id() -> None:
    """Both are handed in, so that a decision can be made again and a story is the same in every run."""
    forbidden = {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("date", "today"),
        ("time", "time"),
        ("uuid", "uuid4"),
    }
    for file in sorted((ROOT / "domain").rglob("*.py")):
        if file.stem == "ids":
            continue
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in forbidden, f"{named(file)}:{node.lineno}"
            if isinstance(node, ast.ImportFrom) and node.module in ("uuid", "random", "secrets", "time"):
                names = {one.name for one in node.names}
                assert not names & {"uuid4", "uuid1", "random", "token_hex", "time", "monotonic"}, named(file)


EXCEPTION = re.compile(r"# (?:noqa(?:: [A-Z0-9, ]*[A-Z0-9])?|type: ignore(?:\[[^\]]*\])?)(.*)$", re.MULTILINE)


def without_a_reason(text: str) -> list[str]:
    return [found[0] for found in EXCEPTION.finditer(text) if not re.search(r"\w", found[1])]


@pytest.mark.slow
def test_every_exception_to_a_check_says_why() -> None:
    silent = {
        named(file): missing
        for file in files(".py")
        if (missing := without_a_reason(file.read_text("utf-8"))) and file != Path(__file__)
    }
    assert silent == {}


def test_an_exception_without_a_reason_is_noticed() -> None:
    assert without_a_reason("x = 1  # noqa: S101\ny = 2  # noqa: E501, S101  # because\n") == ["# noqa: S101"]
    assert without_a_reason("z = a()  # type: ignore[arg-type]") == ["# type: ignore[arg-type]"]
    assert without_a_reason("import a  # noqa: F401 - all facts") == []


@pytest.mark.slow
def test_whatever_the_program_imports_is_among_its_own_dependencies() -> None:
    """The wheel runs without what only developers have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {_plain(re.split(r"[\[<>=]", one)[0]) for one in project["dependencies"]} | {
        "gongwu",
        *COMES_WITH,
    }
    giving = packages_distributions()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            where = str(path.relative_to(ROOT))
            needed = {_plain(giving[one][0]) for one in imported(path) if one in giving}
            assert needed <= declared | BY_HAND.get(where, set()), where


def imported(path: Path) -> set[str]:
    """The packages a file names, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")
