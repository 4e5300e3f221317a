"""A manifest names people by identifiers that are safe in an account's name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import a_manifest

from crypto.errors import FormatError
from market import wire
from market.policy.budget.accounts import buyer_accounts, people_accounts
from market.records.manifest import Manifest


@pytest.mark.parametrize(
    "lineage", ["", "a/1", "a/1/buyer/f", "a/total", "A", "\u202eabc", "a\n", "a" * 65]
)
def test_lineage_that_reads_like_an_account_is_no_identifier(lineage: str) -> None:
    honest = a_manifest()
    with pytest.raises(ValueError, match="lineage"):
        replace(honest, lineages=(lineage,))
    text = wire.encode(honest).decode()
    forged = text.replace(f'"{honest.lineages[0]}"', f'"{lineage}"')
    with pytest.raises(FormatError):
        wire.decode(Manifest, forged.encode())


@pytest.mark.parametrize("epoch", [0, -1])
def test_period_counts_from_one(epoch: int) -> None:
    with pytest.raises(ValueError, match="epoch"):
        replace(a_manifest(), epoch=epoch)


def test_accounts_of_one_lineage_never_meet_those_of_another() -> None:
    honest = a_manifest()
    one, other = (replace(honest, lineages=(name,)) for name in ("a", "a-1"))
    accounts = [{*people_accounts(m), *buyer_accounts(m, "f")} for m in (one, other)]
    assert not accounts[0] & accounts[1]
