"""What is left of the budget of the people in a dataset."""

from __future__ import annotations

from market.policy.accounts import people_accounts
from market.ports.catalogue import Dataset
from market.ports.ledger import Balance
from market.services.platform import Platform


def read_budget(platform: Platform, dataset: Dataset) -> Balance:
    """The balance of the account of the dataset's people that has least left: it decides."""
    balances = [platform.ledger.balance(a) for a in people_accounts(dataset.manifest.record)]
    return min(balances, key=lambda balance: balance.available_units)
