"""Under which address does the server of this data folder answer? Its codes must lead there, whichever process prints them.

A server notes it when it begins; what the administrator has set for a command goes before.
"""

import os
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from api.settings import Settings

NOTE = "served.json"


class _Served(BaseModel):
    """What the last server of this folder was told."""

    model_config = ConfigDict(extra="ignore")

    host: str
    port: int
    base_url: str = ""


def served_at(settings: Settings, host: str, port: int) -> Settings:
    """The settings of a server that listens there; other commands will know it."""
    served = settings.model_copy(update={"host": host, "port": port})
    said = _Served(host=host, port=port, base_url=settings.base_url).model_dump_json()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = settings.data_dir / f".{NOTE}.{os.getpid()}"
    beside.write_text(said, encoding="utf-8")
    beside.replace(settings.data_dir / NOTE)
    return served


def as_served(settings: Settings) -> Settings:
    """The settings with the address of the server of this folder, where the administrator did not set one."""
    try:
        served = _Served.model_validate_json((settings.data_dir / NOTE).read_bytes())
    except (OSError, ValidationError):
        return settings
    given: dict[str, Any] = served.model_dump(exclude=settings.model_fields_set)
    return settings.model_copy(update=given)
