"""A process started under a keyring of its own possesses no key of the one who started it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from world.keyring_holder import READ, SECRET, holding_a_key

from market.adapters.sandbox.keyring import with_own_keyring

pytestmark = pytest.mark.processes


def read_key() -> str:
    command = [sys.executable, "-c", f"{READ}\nprint(found)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_process_with_the_inherited_keyring_reads_its_key() -> None:
    assert holding_a_key(read_key) == SECRET.decode()


def test_process_with_a_keyring_of_its_own_reads_nothing() -> None:
    assert holding_a_key(lambda: with_own_keyring(read_key)) == "nothing"


def test_the_one_who_starts_it_keeps_the_key() -> None:
    def around() -> tuple[str, str]:
        return with_own_keyring(read_key), read_key()

    assert holding_a_key(around) == ("nothing", SECRET.decode())
