"""sandbox: where buyers' programs run that no bubblewrap can confine, in the foreground."""

from __future__ import annotations

import sys

import click

from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, pass_session
from market.log import configure_logging
from market.processes.one_shot import build_again, build_once


@click.command("sandbox", cls=Leaf, epilog="Example: market sandbox --again")
@click.option("--again", is_flag=True, help="Start the next one once a build is answered.")
@pass_session
def sandbox(session: Session, again: bool) -> None:
    """Take ONE build of a buyer's program over HTTP, answer it, and end.

    For a pod without network and without any secret, under an account without rights: steps send
    programs there where sandbox_url is set. It listens at sandbox_host and sandbox_port.
    """
    configure_logging(sys.stderr)
    settings = load_settings(session)
    if again:
        build_again(settings)
    else:
        build_once(settings)
