"""What is left of a budget, to those who may know it.

How much is left of the budget of the people in the data would tell a buyer whether an answer was a
new one, which is whether somebody else had asked for it. Buyers see their own allocation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from crypto.identity import PublicKey
from market.entities.account import Balance
from market.entities.dataset import Dataset
from market.entities.people import User
from market.errors import NotFound
from market.policy.accounts import buyer_accounts, people_accounts
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Budget:
    """A balance, and whose it is: of the people in the data, or the reader's own allocation.

    `in_all_units` is what all buyers together may spend for ever, as the owner's documents say.
    """

    whose: Literal["people", "own"]
    balance: Balance
    in_all_units: int


def read_budget(platform: Platform, dataset: Dataset, user: User, *, now: int) -> Budget:
    """The account that has least left, since it decides: the people's for the owner alone."""
    people = [platform.ledger.balance(a) for a in people_accounts(dataset.manifest.record)]
    in_all_units = min(balance.cap_units for balance in people)
    if dataset.owner == user.user:
        return Budget("people", _least(people), in_all_units)
    return Budget("own", _least(_own(platform, dataset, user, now=now)), in_all_units)


def _own(platform: Platform, dataset: Dataset, user: User, *, now: int) -> list[Balance]:
    allocation = dataset.listing.record.policy.buyer_rho_units
    buyer = PublicKey.parse(user.identity_key).fingerprint() if user.identity_key else ""
    grant = platform.catalogue.live_grant(dataset.dataset, buyer, now=now)
    if grant is not None:
        allocation = grant.record.rho_units
    balances = []
    for account in buyer_accounts(dataset.manifest.record, buyer):
        try:
            balances.append(replace(platform.ledger.balance(account), cap_units=allocation))
        except NotFound:
            # It is opened by the buyer's first job.
            balances.append(Balance(account, allocation, 0, 0))
    return balances


def _least(balances: list[Balance]) -> Balance:
    return min(balances, key=lambda balance: balance.available_units)
