"""`gongwu init` and `gongwu serve`."""

import gc
import logging
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click
import uvicorn

from api.clerk import Clerk
from api.commands.opening import opened
from api.installation import Installation
from api.print_room import PrintRoom
from api.served import served_at
from api.settings import Settings
from api.terminal import USAGE, Failed, Terminal


@click.command()
@click.option("--name", help="Name of the root body: the administration itself [GONGWU_NAME].")
@click.pass_obj
def init(terminal: Terminal, name: str | None) -> None:
    """Make the database, the root body and the first administrator. Does nothing to what is there."""
    settings = terminal.settings.model_copy(update={"name": name}) if name else terminal.settings
    with opened(terminal, settings) as installation:
        first = installation.first
        if first is None:
            terminal.say("Already initialised.")
        shown = {"account": first.account, "person": first.person, "token": first.token} if first else None
        terminal.result({"initialised": first is not None, "administrator": shown})


@click.command()
@click.option("--host", help="Address to listen on [GONGWU_HOST, 127.0.0.1].")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0: any free one [GONGWU_PORT, 8000]."
)
@click.pass_obj
def serve(terminal: Terminal, host: str | None, port: int | None) -> None:
    """Serve GraphQL, evidence and slips over HTTP, keep the projections up to date, and do what is due."""
    with (
        listening(terminal, host, port) as sock,
        opened(terminal, served(terminal.settings, sock, host), follow=True) as installation,
    ):
        address = address_of(sock)
        terminal.say(f"Gongwu listens on {address}  (GraphQL: {address}/graphql)")
        terminal.result({"address": address})
        run_server(installation, sock)


def listening(terminal: Terminal, host: str | None, port: int | None) -> "closing[socket.socket]":
    """The server's socket, before anything long is begun."""
    wanted = (host or terminal.settings.host, terminal.settings.port if port is None else port)
    try:
        family = socket.getaddrinfo(*wanted, type=socket.SOCK_STREAM)[0][0]
        return closing(socket.create_server(wanted, family=family, backlog=2048))
    except OSError as error:
        raise Failed(
            USAGE, "USAGE", f"cannot listen on {wanted[0]}:{wanted[1]}: {error.strerror or error}"
        ) from None


def served(settings: Settings, sock: socket.socket, host: str | None) -> Settings:
    """The settings with where it really listens: the codes of labels lead there, unless `base_url` says where else."""
    return served_at(settings, host or settings.host, int(sock.getsockname()[1]))


def address_of(sock: socket.socket) -> str:
    """As a browser wants it."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(installation: Installation, sock: socket.socket) -> None:
    """Serves until it is told to stop; then running requests finish first."""
    from api.app import make_app  # noqa: PLC0415 - takes a second; only a server needs it

    logging.getLogger("gongwu").setLevel(logging.INFO)
    app = make_app(installation)
    # What the server is made of stays: the collector need not go over it again and again (docs/decisions/0011-performance.md).
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", lifespan="on", log_config=None, access_log=False,
        server_header=False, timeout_graceful_shutdown=installation.settings.shutdown_s,
    )  # fmt: skip
    with clerk_of(installation), print_room_of(installation):
        uvicorn.Server(config).run(sockets=[sock])


@contextmanager
def clerk_of(installation: Installation) -> Iterator[None]:
    """The clerk does its rounds meanwhile, unless this server is told to leave that to others."""
    if not installation.settings.clerk:
        yield
        return
    clerk = Clerk.of(installation).start()
    try:
        yield
    finally:
        clerk.close()


@contextmanager
def print_room_of(installation: Installation) -> Iterator[None]:
    """Print jobs are carried on meanwhile."""
    room = PrintRoom(installation).start()
    try:
        yield
    finally:
        room.close()
