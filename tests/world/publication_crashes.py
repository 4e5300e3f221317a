"""A process that publishes a table and kills itself at its n-th write (see `crashes`)."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path

from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey
from market.client.http.api import PortalClient
from market.owner.owner import Owner
from market.owner.publish.publish import publish
from market.owner.publish.settle_table import Files, OwnersWord
from market.vault.home import AgentHome, open_home
from market.vault.store.opening import open_store
from world.crashes import Countdown, CountedPortal, count_database, count_files, serve
from world.people import a_key

# Loads the kernels once, in the process from which the others are forked.
CkksSecretKey.generate(PRODUCTS)


def one_run(home: AgentHome, token: str, files: Files, fatal: int, *, appends: bool) -> int:
    """Publish as the command does; the number of writes, if the process lives to count them."""
    countdown = Countdown(fatal)
    store = open_store(home.database_path)
    count_database(store.database.engine, countdown)
    count_files(countdown)
    portal = CountedPortal(home.settings().url, token)
    portal.countdown = countdown
    publish(
        portal,
        Owner(a_key("olga"), home, store),
        files,
        word=OwnersWord(lambda _meaning: True),
        now=int(time.time()),
        entropy=secrets.token_bytes,
        progress=lambda _what, _done, _total: None,
        appends=appends,
    )
    return countdown.seen


def unlocked(path: Path) -> AgentHome:
    """The home with the agent's own keys in memory: stretching what opens them is most of the work
    of a run. Those of the dataset each run reads from the disk."""
    home = open_home(path)
    home.signing_key()
    home.lineage_key()
    # The certificates are read once too.
    PortalClient("").close()
    return home


if __name__ == "__main__":
    home, token = unlocked(Path(sys.argv[1])), sys.argv[2]
    serve(
        lambda words: one_run(
            home,
            token,
            Files(Path(words[0]), Path(words[1])),
            int(words[2]),
            appends="appends" in words[3:],
        )
    )
