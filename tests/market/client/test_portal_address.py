"""What is no portal's address is refused before anything is asked or sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from market.cli.main import main
from market.client.http.portal_address import portal_address
from market.errors import Refused

WRONG = {
    "ftp://x": "neither https:// nor http://",
    "market.example.org": "neither https:// nor http://",
    "": "neither https:// nor http://",
    "http://": "no host",
    "http://a b": "no host",
    "http://[::1": "does not read as one",
    "http://127.0.0.1:99999": "no port 99999",
    "http://127.0.0.1:0": "no port 0",
    "https://ada:hunter2@market.example.org/": "password stands in it",
    "https://market.example.org/?next=x": "behind ? or #",
    "https://market.example.org/#top": "behind ? or #",
}


@pytest.mark.parametrize("typed", WRONG)
def test_no_portal_is_at_it(typed: str) -> None:
    with pytest.raises(Refused, match="address-malformed") as refused:
        portal_address(typed)
    assert WRONG[typed] in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8420", "https://market.example.org", "https://example.org:8443/market"],
)
def test_address_is_as_it_was_typed_without_the_slashes_at_its_end(address: str) -> None:
    assert portal_address(f" {address}//") == address


def test_it_is_refused_before_a_password_is_asked_for(tmp_path: Path) -> None:
    home = {"MARKET_CLIENT_HOME": str(tmp_path / "client")}
    done = CliRunner().invoke(main, ["login", "ftp://x", "--user", "ada"], env=home, input="")
    assert done.exit_code == 1
    assert "address-malformed" in done.stderr
    assert "secret-missing" not in done.stderr
    pinned = CliRunner().invoke(main, ["pin", "platform", "ftp://x"], env=home, input="")
    assert "address-malformed" in pinned.stderr
    assert not (tmp_path / "client").exists()
