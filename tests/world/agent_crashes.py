"""A process that runs one round of an agent and kills itself at its n-th write (see `crashes`)."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path

import structlog

from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey
from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.client.http.api import PortalClient
from market.vault.holdings import read_holding
from market.vault.home import AgentHome, open_home
from market.vault.keys import read_keys
from market.vault.store.opening import open_store
from world.crashes import Countdown, CountedPortal, count_database, count_files, serve

# Loads the kernels once, in the process from which the others are forked.
CkksSecretKey.generate(PRODUCTS)


def one_round(home: AgentHome, fatal: int) -> int:
    """Run one round; the number of writes, if the process lives to count them."""
    countdown = Countdown(fatal)
    store = open_store(home.database_path)
    count_database(store.database.engine, countdown)
    count_files(countdown)
    settings = home.settings()
    portal = CountedPortal(settings.url, settings.token)
    portal.countdown = countdown
    agent = Agent(home, store, portal, secrets.token_bytes)
    send(agent, collect(agent, now=int(time.time())))
    return countdown.seen


def unlocked(path: Path) -> AgentHome:
    """The home with its keys in memory: stretching what opens them is most of a round's work."""
    home = open_home(path)
    for manifest in sorted(home.datasets_path.glob("*/*/manifest.json")):
        dataset, version = manifest.parts[-3:-1]
        read_keys(home, read_holding(home, dataset, int(version)).manifest.record)
    # The certificates are read once too.
    PortalClient("").close()
    return home


if __name__ == "__main__":
    # Standard output carries the answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    home = unlocked(Path(sys.argv[1]))
    serve(lambda words: one_round(home, int(words[0])))
