"""A process that sets an agent up and kills itself at its n-th write (see `crashes`)."""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import Engine

from crypto.identity import SigningKey
from crypto.secret import Secret
from market.vault.home import AgentHome
from market.vault.set_up import set_up_agent
from market.vault.settings import AgentSettings
from world.crashes import Countdown, count_database, count_files, serve
from world.unlocking import entropy_of_a_home

SETTINGS = AgentSettings(
    "http://127.0.0.1:9", "mkt_token", SigningKey.generate().public.hex, user="olga"
)


def set_up(path: Path, passphrase: Secret | None = None) -> AgentHome:
    return set_up_agent(
        path, SETTINGS, entropy=entropy_of_a_home(), passphrase=passphrase, is_first=True
    )


def counted(path: Path, fatal: int) -> int:
    countdown = Countdown(fatal)
    count_database(Engine, countdown)
    count_files(countdown)
    set_up(path)
    return countdown.seen


def rehearse(words: list[str]) -> None:
    set_up(Path(words[0]))


if __name__ == "__main__":
    # In this process, too, what opens a home is stretched once.
    importlib.import_module("stretching")
    serve(lambda words: counted(Path(words[0]), int(words[1])), rehearse)
