"""`gongwu account add`."""

from uuid import UUID

import click

from api.accounts import NotOpened
from api.commands.opening import opened
from api.graphql.problems import sentence
from api.lookup import Ambiguous, body_of, scope_of
from api.terminal import REFUSED, USAGE, Failed, Terminal
from api.wording import refusal
from domain.ids import uuid7
from domain.refusals import InvalidValue
from domain.values import PEOPLES_ROLES, Role, named


@click.group()
def account() -> None:
    """Who may sign in."""


@account.command()
@click.option(
    "--name", required=True, help="The person's name. It goes into the directory, never into the log."
)
@click.option("--body", "body_said", required=True, help="The body the account is for: id, code or name.")
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE[@SCOPE]",
    help=f"{', '.join(role.value for role in PEOPLES_ROLES)}; scope: a body or warehouse by id, code or name [the body].",
)  # fmt: skip
@click.option("--person", type=click.UUID, help="Who it is, if the person is known already.")
@click.option("--label", default="", help="What the token is for; history shows it as the device.")
@click.pass_obj
def add(
    terminal: Terminal, name: str, body_said: str, roles: tuple[str, ...], person: UUID | None, label: str
) -> None:
    """Enter a person, open an account with roles, and print its token once."""
    who = person or uuid7()
    try:
        name = named(name)
    except InvalidValue as no:
        raise Failed(USAGE, "USAGE", f"--name: {sentence(no.code, no.values, terminal.language)}") from None
    with opened(terminal) as installation:
        installation.runner.catch_up()
        try:
            with installation.reader.connection() as connection:
                body = body_of(connection, body_said)
                granted = [_role(connection, one, body) for one in roles]
        except (Ambiguous, ValueError) as error:
            raise Failed(USAGE, "USAGE", str(error)) from None
        try:
            access = installation.accounts.open(
                name, body, granted, installation.envelope, name=f"{who}/{body}", person=who, label=label
            )
        except NotOpened as no:
            raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
        installation.runner.catch_up()
    terminal.say(f"{access.name}: account {access.account}\ntoken (shown once): {access.token}")
    terminal.result({"account": access.account, "person": access.person, "token": access.token})


def _role(connection: object, said: str, body: UUID) -> tuple[Role, UUID]:
    role, _, scope = said.partition("@")
    try:
        return Role(role.strip()), scope_of(connection, scope) if scope else body  # type: ignore[arg-type]  # a connection
    except ValueError as error:
        if isinstance(error, Ambiguous):
            raise
        raise Ambiguous(f"{role} is no role: {', '.join(one.value for one in PEOPLES_ROLES)}") from None
