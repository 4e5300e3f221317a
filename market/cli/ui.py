"""ui: pages for whoever holds keys, on this machine, for one browser."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import click
import uvicorn

from market.cli.lazy import Leaf
from market.cli.owner.own_home import agent_home_option
from market.cli.session import Session, pass_session
from market.desk.admission import Admission
from market.desk.app import create_desk
from market.desk.desk import Desk
from market.desk.listening import has_screen, listen, open_browser, way_from_afar
from market.log import configure_logging

PORT = 8425


@click.command("ui", cls=Leaf, epilog="Example: market ui")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1_024, 65_535))
@click.option("--open/--no-open", "is_opened", default=True, help="Open the page in a browser.")
@agent_home_option
@pass_session
def ui_command(session: Session, port: int, is_opened: bool, agent_home: Path | None) -> None:
    """Serve your own pages on this machine until you press Ctrl-C.

    Declare, encrypt and publish; approve and grant; rehearse, quote, submit, sign and open: all
    that needs your keys, in a browser. The keys stay in this process. The pages are for the
    browser that opens the link, which is good once; Enter shows another.
    """
    configure_logging(sys.stderr)
    with listen(port) as listening:
        desk = Desk(session.client_home.path, session.agent_home_path(agent_home))
        admission = Admission(port)
        session.output.line(f"Your pages: {admission.new_link()}")
        session.output.note("The link is good once. Enter shows another one, Ctrl-C ends.")
        if way := way_from_afar(os.environ, port):
            session.output.note(f"For a browser on the machine you sit at, type there first: {way}")
        config = uvicorn.Config(create_desk(desk, admission), log_config=None, log_level="warning")
        if is_opened and sys.stdin.isatty() and has_screen(os.environ):
            # It waits at the socket, which listens, for the little while until it is answered.
            Thread(target=_open, args=(session, admission), daemon=True).start()
        Thread(target=_show_links, args=(session, admission), daemon=True).start()
        # The server ends as it is told to, and then tells its process the same.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def _open(session: Session, admission: Admission) -> None:
    if not open_browser(admission.new_link()):
        session.output.note("No browser was found here: open the link above in one.")


def _show_links(session: Session, admission: Admission) -> None:
    """Another link at every line of standard input, until that ends."""
    for _ in sys.stdin:
        session.output.line(f"Your pages: {admission.new_link()}")
