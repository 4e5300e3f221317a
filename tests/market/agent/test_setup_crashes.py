"""An agent that is killed while it is made is finished by the next try, or is whole already."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from world.crashes import ForkServer
from world.setup_crashes import set_up

from crypto.secret import Secret
from market.errors import Conflict
from market.vault.home import open_home, sole_agent
from market.vault.store.opening import open_store

pytestmark = pytest.mark.crashes

NEVER = 10**9


@pytest.fixture
def setups(tmp_path: Path) -> Iterator[ForkServer]:
    server = ForkServer("world.setup_crashes")
    server.ask("rehearse", tmp_path / "rehearsed")
    yield server
    server.close()


def test_death_at_any_write_leaves_what_the_next_try_finishes(
    setups: ForkServer, tmp_path: Path
) -> None:
    _, writes = setups.ask(tmp_path / "lived", NEVER)
    assert writes > 20
    for fatal in range(1, writes + 1):
        path = tmp_path / str(fatal)
        assert setups.ask(path, fatal) == ("died", signal.SIGKILL)
        if not (path / "agent.key").exists():
            set_up(path)
        home = open_home(path)
        assert home.signing_key()
        assert home.lineage_key()
        store = open_store(home.database_path)
        store.check_reconciled()
        store.close()


def test_two_that_make_an_agent_at_once_do_not_mix_their_keys(tmp_path: Path) -> None:
    with sole_agent(tmp_path), pytest.raises(Conflict, match="agent-running"):
        set_up(tmp_path)
    assert not (tmp_path / "agent.key").exists()


def test_key_file_of_an_earlier_try_does_not_stand_for_the_passphrase(tmp_path: Path) -> None:
    set_up(tmp_path)
    (tmp_path / "agent.key").unlink()
    passphrase = Secret(b"several words")
    set_up(tmp_path, passphrase)
    assert not (tmp_path / "unlock").exists()
    assert open_home(tmp_path, passphrase=passphrase).signing_key()
