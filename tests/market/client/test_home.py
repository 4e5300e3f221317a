"""What a person's home says of where they are signed in."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.client.kept.home import Account, ClientHome
from market.errors import Refused

HERE = Account("https://market.example.org", "bob", "mkt_token", "ab" * 32, "CHF")


def test_account_is_read_as_it_was_written(tmp_path: Path) -> None:
    home = ClientHome(tmp_path / "home")
    home.save_account(HERE)
    assert home.account() == HERE


def test_account_of_before_prices_had_a_currency_is_read(tmp_path: Path) -> None:
    home = ClientHome(tmp_path / "home")
    home.save_account(HERE)
    path = home.path / "client.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("currency")]
    path.write_text("\n".join(lines))
    assert home.account().currency == ""
    assert home.account().token == HERE.token


@pytest.mark.parametrize("added", ["currency = 7", 'more = "x"', "="])
def test_account_that_was_altered_is_refused(tmp_path: Path, added: str) -> None:
    home = ClientHome(tmp_path / "home")
    home.save_account(Account(HERE.url, HERE.user, HERE.token, HERE.platform_key))
    path = home.path / "client.toml"
    kept = path.read_text().replace('currency = ""\n', "")
    path.write_text(f"{kept}{added}\n")
    with pytest.raises(Refused, match="account-damaged"):
        home.account()
