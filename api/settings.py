"""Every setting of an installation: read from the environment once, checked, documented here and nowhere else.

`python -m api.settings` prints the table that docs/settings.md shows.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

PREFIX = "GONGWU_"


class Unsettled(Exception):
    """A setting that cannot be used; the message names it."""


def default_data_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where a user's programs keep their data (XDG)."""
    environ = os.environ if environ is None else environ
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else Path("~/.local/share").expanduser()) / "gongwu"


def _whole(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links stay as the administrator set them


LONGEST_ADDRESS = 31
"""Characters of an address that codes begin with: with `/A/` and thirteen letters 47, what a code of version 3 holds at level Q."""
_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9./-]*)?", re.IGNORECASE)


def _address(url: str) -> str:
    """As it stands in the codes of labels, which have capital letters, digits and a few marks."""
    url = url.rstrip("/")
    if url and (_ADDRESS.fullmatch(url) is None or len(url) > LONGEST_ADDRESS):
        raise ValueError(
            f"an address such as https://gongwu.example.cn of at most {LONGEST_ADDRESS} characters: labels carry it"
        )
    return url


class Settings(BaseModel):
    """What an installation can be told. Times in seconds (s), sizes in bytes (B)."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    data_dir: Annotated[Path, AfterValidator(_whole)] = Field(
        default_factory=default_data_dir,
        description="Folder of everything: the embedded database, the evidence. Default: ~/.local/share/gongwu.",
    )
    database_url: str | None = Field(
        default=None,
        description="A PostgreSQL of your own (15 or newer), as the database's owner. Without it, the embedded one in the data folder.",
    )
    evidence_dir: Path | None = Field(
        default=None,
        description="Folder of photos and signed papers. Default: `evidence` in the data folder.",
    )
    host: Annotated[str, Field(min_length=1, max_length=253)] = Field(
        default="127.0.0.1",
        description="Address the server listens on; put a proxy with TLS in front before opening it.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8000, description="Port the server listens on; 0: any free one."
    )
    base_url: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Address people reach the server under: https://gongwu.example.cn, at most 31 characters. The codes of"
        " labels lead there; without it, only a server that nobody but this machine reaches prints labels.",
    )
    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="本级人民政府",
        description="Name of the root body that `init` enters: the administration itself.",
    )
    query_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=8, description="Queries answered at once."
    )
    command_threads: Annotated[int, Field(ge=1, le=256)] = Field(
        default=40,
        description="Commands decided at once; they share commits, so more than processors make sense.",
    )
    read_connections: Annotated[int, Field(ge=1, le=64)] = Field(
        default=8, description="Database connections of queries."
    )
    body_limit: Annotated[int, Field(ge=1_000, le=10_000_000)] = Field(
        default=1_000_000, description="Largest GraphQL request (B)."
    )
    evidence_limit: Annotated[int, Field(ge=1_000, le=2_000_000_000)] = Field(
        default=20_000_000, description="Largest photo or scan (B)."
    )
    deadline_s: Annotated[float, Field(gt=0, le=120)] = Field(
        default=10.0,
        description="How long a command may take before the answer is: unknown, ask again with the same id (s).",
    )
    clerk: bool = Field(
        default=True,
        description="Whether this server does what is due (holds, offers, reminders …); `off` where `gongwu clerk` runs.",
    )
    clerk_interval_s: Annotated[float, Field(ge=0.1, le=3600)] = Field(
        default=5.0, description="How long the clerk waits between two rounds (s)."
    )
    shutdown_s: Annotated[int, Field(ge=1, le=600)] = Field(
        default=10, description="How long running requests may finish when the server is stopped (s)."
    )
    introspection: bool = Field(default=True, description="Whether the GraphQL schema can be asked for.")

    @property
    def label_url(self) -> str:
        """What the codes of labels begin with. Without `base_url` only a server that nobody else reaches has one: its own; else empty."""
        if self.base_url or self.host not in ("127.0.0.1", "localhost", "::1"):
            return self.base_url
        return (
            f"http://{'localhost' if ':' in self.host else self.host}:{self.port}"  # a code holds no brackets
        )

    @property
    def evidence_folder(self) -> Path:
        return self.evidence_dir or self.data_dir / "evidence"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """The settings; `given` (from the command line) goes before the environment. Raises `Unsettled`."""
        environ = os.environ if environ is None else environ
        told: dict[str, Any] = {
            name: environ[PREFIX + name.upper()]
            for name in cls.model_fields
            if environ.get(PREFIX + name.upper())
        }
        told |= {name: value for name, value in given.items() if value is not None}
        if "data_dir" in told and "database_url" in told:
            raise Unsettled(
                "a data folder and a database URL were both given: the data folder is the embedded database's; "
                "with a database of your own, GONGWU_EVIDENCE_DIR says where photos and papers lie"
            )
        told.setdefault("data_dir", default_data_dir(environ))
        try:
            return cls(**told)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = PREFIX + str(first["loc"][0] if first["loc"] else "").upper()
            raise Unsettled(f"{name}: {first['msg']}") from None


def table() -> str:
    """The settings as a Markdown table."""
    rows = ["| variable | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default in (None, "") else f"`{field.default}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201  # a program that prints the table of settings
