"""The command line `gongwu`."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

from api.commands import LAZY
from api.settings import Settings, Unsettled
from api.terminal import (
    BUG,
    NO_DATABASE,
    OK,
    REFUSED,
    ROWS_WITH_ERRORS,
    USAGE,
    Failed,
    Stopped,
    Terminal,
    language_of,
    stop_cleanly,
)
from domain.texts import LANGUAGES

__all__ = ["BUG", "NO_DATABASE", "OK", "REFUSED", "ROWS_WITH_ERRORS", "USAGE", "main"]


class Commands(click.Group):
    """Loads a command's file when it is asked for: `gongwu --help` needs no database driver."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(LAZY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return LAZY[cmd_name]() if cmd_name in LAZY else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON document on standard output, everything else on standard error.",
)
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the embedded database and the evidence [GONGWU_DATA_DIR].",
)  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of messages [from LANG].")
@click.version_option(package_name="gongwu")
@click.pass_context
def cli(context: click.Context, as_json: bool, data_dir: Path | None, lang: Any) -> None:
    """Register, warehouse and sharing of public goods.

    Without GONGWU_DATABASE_URL (a PostgreSQL of your own, as its owner) an embedded PostgreSQL in the data folder is used.
    """
    try:
        settings = Settings.from_environment(data_dir=data_dir)
    except Unsettled as error:
        raise Failed(USAGE, "USAGE", str(error)) from None
    context.obj = Terminal(settings, as_json, lang or language_of(os.environ))


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and ends the process with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Runs one command; its exit code. What was foreseen is a sentence, what was not is a stack trace and a 1."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    stop_cleanly()
    arguments = global_first(arguments)
    as_json = "--json" in arguments
    try:
        code = cli.main(arguments, prog_name="gongwu", standalone_mode=False)
    except Failed as failed:
        return _told(as_json, failed.exit_code, failed.code, failed.message, **failed.more)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        if not as_json:
            error.show()
        return _told(as_json, USAGE, "USAGE", error.format_message(), quiet=True)
    except KeyboardInterrupt:
        return 130
    except Stopped:
        return 143
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except Exception as error:
        return _foreseen(as_json, error)
    return code if isinstance(code, int) else OK


def global_first(arguments: list[str]) -> list[str]:
    """What every command knows may also be said after it: `gongwu status --json`. Behind `labels`, `--lang` is the labels' language."""
    moved: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for one in left:
        if one == "--":
            rest += [one, *left]
        elif "labels" in rest and (one == "--lang" or one.startswith("--lang=")):
            rest.append(one)
        elif one == "--json" or one.startswith(("--data-dir=", "--lang=")):
            moved.append(one)
        elif one in ("--data-dir", "--lang"):
            moved += [one, *([value] if (value := next(left, None)) is not None else [])]
        else:
            rest.append(one)
    return [*moved, *rest]


def _foreseen(as_json: bool, error: Exception) -> int:
    from projections.store.contract import DatabaseAway, OutcomeUnknown  # noqa: PLC0415 - only now does the database matter
    from projections.store.schema import UnusableDatabase  # noqa: PLC0415  # PostgreSQL is not loaded for --help
    from projections.store.unavailable import DatabaseUnavailable  # noqa: PLC0415  # PostgreSQL is not loaded for --help

    if isinstance(error, DatabaseUnavailable | DatabaseAway | UnusableDatabase):
        return _told(as_json, NO_DATABASE, "NO_DATABASE", str(error))
    if isinstance(error, OutcomeUnknown):
        return _told(
            as_json,
            NO_DATABASE,
            "OUTCOME_UNKNOWN",
            f"{error}: run the same command again, nothing is done twice",
        )
    if isinstance(error, OSError):
        return _told(as_json, USAGE, "USAGE", str(error))
    logging.getLogger("gongwu").error("a fault of ours", exc_info=error)
    return _told(as_json, BUG, "BUG", f"{type(error).__name__}: {error}", quiet=True)


def _told(as_json: bool, exit_code: int, code: str, message: str, *, quiet: bool = False, **more: Any) -> int:
    if as_json:
        sys.stdout.write(
            json.dumps({"error": {"code": code, "message": message, **more}}, ensure_ascii=False, default=str)
            + "\n"
        )
    if not quiet:
        sys.stderr.write(f"gongwu: {message}\n")
    return exit_code
