"""`gongwu clerk`."""

import time

import click

from api.clerk import Clerk, Done
from api.commands.opening import opened
from api.terminal import ROWS_WITH_ERRORS, Terminal


@click.command()
@click.option("--once", is_flag=True, help="Do what is due by now, and end.")
@click.pass_obj
def clerk(terminal: Terminal, once: bool) -> None:
    """Do what is due: offers, holds and decisions that ran out, reminders, the next in line. Safe beside a server that does the same."""
    with opened(terminal, follow=not once) as installation:
        if not once:
            rounds = Clerk.of(installation).start()
            try:
                terminal.say("The clerk does its rounds. Stop with Ctrl-C.")
                while rounds.running:
                    time.sleep(0.5)
            finally:
                rounds.close()
            return
        one = Clerk(installation.desk, installation.reader, alone=False, settle=installation.runner.catch_up)
        done = Done()
        while True:  # what was done may make something else due
            installation.runner.catch_up()
            last = one.once()
            done = done.plus(last)
            if not last.fired:
                break
        installation.runner.catch_up()
        late = installation.lateness()
    terminal.say(
        f"{done.fired} deadlines fired, {done.refused} refused, {done.failed} failed; {late['waiting']} left"
    )
    terminal.result({**done._asdict(), "waiting": late["waiting"], "next": late["next"]})
    if done.failed:
        click.get_current_context().exit(ROWS_WITH_ERRORS)
