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
from market.policy.decision import Denied
from market.services.authorize import owns
from market.services.platform import Platform
from market.services.read_entitlement import read_entitlement


@dataclass(frozen=True, slots=True)
class Budget:
    """A balance, and whose it is: of the people in the data, the reader's own allocation, or
    nobody's (of no units) for a reader who has no access.

    `in_all_units` is what all buyers together may spend for ever, as the owner's documents say.
    """

    whose: Literal["people", "own", "nobody"]
    balance: Balance
    in_all_units: int


def read_budget(platform: Platform, dataset: Dataset, user: User, *, now: int) -> Budget:
    """The account that has least left, since it decides: the people's for the owner alone.

    Args:
        now: unix seconds; a grant that ended gives no allocation.
    """
    people = [platform.ledger.balance(a) for a in people_accounts(dataset.manifest.record)]
    in_all_units = min(balance.cap_units for balance in people)
    if owns(user, dataset):
        return Budget("people", _least(people), in_all_units)
    own = _own(platform, dataset, user, now=now)
    if not own:
        return Budget("nobody", Balance("", 0, 0, 0), in_all_units)
    return Budget("own", _least(own), in_all_units)


def _own(platform: Platform, dataset: Dataset, user: User, *, now: int) -> list[Balance]:
    """The reader's accounts under the allocation they have now; none where they have none."""
    if not user.identity_key:
        return []
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    if isinstance(decision, Denied):
        return []
    buyer = PublicKey.parse(user.identity_key).fingerprint()
    balances = []
    for account in buyer_accounts(dataset.manifest.record, buyer):
        try:
            kept = platform.ledger.balance(account)
            balances.append(replace(kept, cap_units=decision.rho_units))
        except NotFound:
            # It is opened by the buyer's first job.
            balances.append(Balance(account, decision.rho_units, 0, 0))
    return balances


def _least(balances: list[Balance]) -> Balance:
    return min(balances, key=lambda balance: balance.available_units)
