"""What the agent keeps is checked each time it is read: an altered file releases nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_market import LiveMarket

from crypto.errors import FormatError
from crypto.secret_key import CkksSecretKey
from market.errors import NotFound, Refused
from market.vault.constants import decode_constants
from market.vault.holdings import read_holding, version_path
from market.vault.keys import read_constants, read_keys
from market.vault.store.replies import find_replies


@pytest.fixture
def constants(market: LiveMarket) -> Iterator[Path]:
    """The table's file, put back as it was after the test."""
    path = version_path(market.home, "visits", 1) / "constants.bin"
    whole = path.read_bytes()
    yield path
    path.write_bytes(whole)


@pytest.mark.parametrize("place", [0, 10, 40, -1])
def test_altered_table_is_refused(market: LiveMarket, constants: Path, place: int) -> None:
    data = bytearray(constants.read_bytes())
    data[place] ^= 1
    constants.write_bytes(data)
    manifest = read_holding(market.home, "visits", 1).manifest.record
    with pytest.raises(Refused, match="holding-damaged"):
        read_constants(market.home, manifest, ["#valid"])


def test_table_cut_short_is_refused(market: LiveMarket, constants: Path) -> None:
    manifest = read_holding(market.home, "visits", 1).manifest.record
    with pytest.raises(FormatError, match="bytes"):
        decode_constants(manifest, constants.read_bytes()[:-4], ["#valid"])


def test_job_on_a_damaged_table_waits_and_costs_nothing(
    market: LiveMarket, constants: Path
) -> None:
    job = market.evaluated(COUNT)
    whole = constants.read_bytes()
    constants.write_bytes(whole[:-1])
    market.step()
    assert market.job(job).state == "evaluated"
    assert "release" not in find_replies(market.store, job.job)
    constants.write_bytes(whole)
    market.step()
    assert market.job(job).state == "released"


def test_keys_print_nothing_of_themselves(market: LiveMarket) -> None:
    keys = read_keys(market.home, read_holding(market.home, "visits", 1).manifest.record)
    assert isinstance(keys.ckks, CkksSecretKey)
    assert repr(keys) == "Keys(ckks=<secret>, noise=<secret>)"


def test_version_that_is_not_here_is_said(market: LiveMarket) -> None:
    with pytest.raises(NotFound, match="not-held"):
        read_holding(market.home, "visits", 7)
    with pytest.raises(Refused, match="dataset-malformed"):
        read_holding(market.home, "../visits", 1)
