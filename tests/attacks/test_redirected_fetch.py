"""A public host sends git on to one inside the platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.git_hosts import listening

from market.adapters.repository import FetchLimits, Source, check_out
from market.errors import MarketError

LIMITS = FetchLimits(wall_seconds=20)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirection_is_not_followed(tmp_path: Path, status: int) -> None:
    with listening("127.0.0.1") as inside:
        elsewhere = f"http://127.0.0.1:{inside.port}/latest/meta-data"
        with listening("127.0.0.2", status=status, location=elsewhere) as outside:
            where = f"git.example.org:{outside.port}"
            source = Source(f"http://{where}/job", f"{where}:127.0.0.2")
            with pytest.raises(MarketError) as refused:
                check_out(source, "1" * 40, tmp_path / "fetched", LIMITS)
    assert refused.value.code == "repository-unreachable"
    assert (inside.requests, bool(outside.requests)) == ([], True)
