"""serve: the portal in the foreground."""

from __future__ import annotations

import sys

import click
import uvicorn

from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, pass_session
from market.database.platform import open_platform_database
from market.log import configure_logging
from market.portal.app import create_app
from market.portal.relays.routes import SERVER_OPTIONS
from market.portal.timely_heads import TimelyHeads
from market.processes.child import STOP_SECONDS
from market.processes.measures import StoreMeasures, serving_metrics
from market.wiring import platform_over

_GRACE_SECONDS = STOP_SECONDS - 3
"""Told to stop, the portal lets requests come to their end for so long; then it has to close its
database before it is killed."""

_SWITCH_SECONDS = 0.0005
"""How long a thread that reads documents may keep the interpreter while the one that talks to the
network waits for it: with Python's 5 ms, most of a busy portal's answers wait for their turn."""


@click.command("serve", cls=Leaf, epilog="Example: market serve --home ./platform")
@pass_session
def serve(session: Session) -> None:
    """Serve the portal until it is told to stop; `market up` runs this in the background."""
    configure_logging(sys.stderr)
    sys.setswitchinterval(_SWITCH_SECONDS)
    settings = load_settings(session)
    database = open_platform_database(settings.platform_database_url)
    # At the end of its lifespan: told to stop, the server ends this process by the same signal.
    store = StoreMeasures()
    platform = platform_over(database, settings, store)
    app = create_app(platform, settings, at_end=database.database.close)
    app.state.measures.registry.register(store.registry)
    with serving_metrics(
        settings,
        app.state.measures.registry,
        database.database,
        port=settings.metrics_port,
        public=settings.portal_port,
    ):
        uvicorn.run(
            app,
            http=TimelyHeads,
            **SERVER_OPTIONS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            log_config=None,
            host=settings.portal_host,
            port=settings.portal_port,
        )
