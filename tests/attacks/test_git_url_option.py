"""A buyer's repository address is an option to git, and runs a command on the platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.adapters.repository import FetchLimits, fetch_commit
from market.errors import MarketError

COMMIT = "1" * 40


@pytest.mark.parametrize("form", ["--upload-pack=touch {mark}", "ext::touch {mark}"])
def test_address_runs_no_command(tmp_path: Path, form: str) -> None:
    mark = tmp_path / "ran"
    limits = FetchLimits(wall_seconds=20, allow_file=True)
    with pytest.raises(MarketError) as caught:
        fetch_commit(form.format(mark=mark), COMMIT, tmp_path / "fetched", limits)
    assert not mark.exists()
    assert caught.value.code == "repository-address"
