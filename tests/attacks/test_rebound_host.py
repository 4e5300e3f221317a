"""A repository's host stands for a public address when it is checked, and for one of the platform's
own when git asks: the second look-up must not be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.git_hosts import listening

from market.adapters.repository import FetchLimits, Source, check_out, parse_address
from market.errors import MarketError

LIMITS = FetchLimits(wall_seconds=20)
COMMIT = "1" * 40


def test_address_that_was_checked_is_the_one_that_is_pinned() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    source = parse_address(
        "https://git.example.org:8443/job", allow_file=False, resolver=lambda _: next(answers)
    )
    assert source.pinned == "git.example.org:8443:93.184.216.34"


def test_connection_goes_to_the_address_that_was_checked(tmp_path: Path) -> None:
    # The system's own word for `localhost` is 127.0.0.1, as a rebound name's second answer is.
    with listening("127.0.0.1") as inside, listening("127.0.0.2", inside.port) as checked:
        where = f"localhost:{inside.port}"
        source = Source(f"http://{where}/job", f"{where}:127.0.0.2")
        with pytest.raises(MarketError) as refused:
            check_out(source, COMMIT, tmp_path / "fetched", LIMITS)
    assert refused.value.code == "repository-unreachable"
    assert (inside.requests, bool(checked.requests)) == ([], True)
