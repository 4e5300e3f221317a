"""relay: the relay of consortium members, in the foreground."""

from __future__ import annotations

import sys

import click
import uvicorn
from prometheus_client import CollectorRegistry

from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, pass_session
from market.database.platform import open_platform_database
from market.log import configure_logging
from market.portal.relays.app import RelayServer, create_relay
from market.portal.relays.measures import RelayCollector
from market.portal.relays.routes import SERVER_OPTIONS
from market.portal.timely_heads import TimelyHeads
from market.processes.measures import serving_metrics

_CLOSING_SECONDS = 3
"""How long connections may take to close once their links were cut."""


@click.command("relay", cls=Leaf, epilog="Example: market relay --home ./platform")
@pass_session
def relay(session: Session) -> None:
    """Join the lines of consortium members until told to stop: one process for all portals.

    It needs the platform's database and no secret. Portals send members here where relay_public_url
    is set; without it each portal relays by itself, and members have to meet at the same one.
    """
    configure_logging(sys.stderr)
    settings = load_settings(session)
    database = open_platform_database(settings.platform_database_url)
    app = create_relay(database, settings, at_end=database.database.close)
    config = uvicorn.Config(
        app,
        http=TimelyHeads,
        **SERVER_OPTIONS,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
        log_config=None,
        host=settings.relay_host,
        port=settings.relay_port,
    )
    registry = CollectorRegistry()
    registry.register(RelayCollector(app.state.relay))
    with serving_metrics(
        settings,
        registry,
        database.database,
        port=settings.relay_metrics_port,
        public=settings.relay_port,
    ):
        RelayServer(config, app.state.relay, settings.relay_grace_seconds).run()
