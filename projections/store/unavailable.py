"""There is no database to work with, and why: the one way in which the store says so."""

from typing import Literal

Reason = Literal[
    "foreign_version",  # the data folder was made by another major version of PostgreSQL
    "not_ours",  # a folder on the way belongs to somebody else, or holds something else
    "gone",  # the data folder names a database that is no longer on this machine
    "no_programs",  # the PostgreSQL programs are missing or cannot run here
    "no_user",  # no operating-system user to run the server as
    "busy",  # another process has been starting or stopping the server for too long
    "not_started",  # the server was asked for something before it was started
    "failed",  # PostgreSQL itself refused; its own words are in the text
    "unreachable",  # nothing answers at the address of the database
]


class DatabaseUnavailable(Exception):
    """No database: `reason` is a stable word for programs and catalogues, the text is for the log."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason
        self.text = text
