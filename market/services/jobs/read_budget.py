"""What is left of a budget, to those who may know it.

How much is left of the budget of the people in the data would tell a buyer whether an answer was a
new one, which is whether somebody else had asked for it. Buyers see their own allocation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crypto.identity import PublicKey
from market.entities.account import Balance
from market.entities.dataset import Dataset
from market.entities.offer import Offer
from market.entities.people import User
from market.policy.budget.accounts import buyer_accounts, people_accounts
from market.policy.decision import Denied
from market.policy.listing.entitlement import entitlement
from market.records.grant import Grant
from market.records.signed import Signed
from market.services.authorize import owns
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Budget:
    """A balance, and whose it is: of the people in the data, the reader's own allocation, or
    nobody's (of no units) for a reader who has no access.

    `in_all_units` is what all buyers together may spend for ever, as the owner's documents say.
    """

    whose: Literal["people", "own", "nobody"]
    balance: Balance
    in_all_units: int


def read_budget(platform: Platform, dataset: Dataset | Offer, user: User, *, now: int) -> Budget:
    """The account that has least left, since it decides: the people's for the owner alone.

    Args:
        now: unix seconds; a grant that ended gives no allocation.
    """
    return read_budgets(platform, [dataset], user, now=now)[0]


def read_budgets(
    platform: Platform, datasets: Sequence[Dataset | Offer], user: User, *, now: int
) -> list[Budget]:
    """The same of several datasets, in two looks whatever their number."""
    buyer = PublicKey.parse(user.identity_key).fingerprint() if user.identity_key else ""
    people = {account for one in datasets for account in people_accounts(one)}
    own = {account for one in datasets if buyer for account in buyer_accounts(one, buyer)}
    kept = platform.ledger.balances(people | own)
    grants = (
        platform.catalogue.live_grants([one.dataset for one in datasets], buyer, now=now)
        if buyer
        else {}
    )
    return [_budget(one, user, buyer, kept, grants.get(one.dataset), now=now) for one in datasets]


def _budget(
    dataset: Dataset | Offer,
    user: User,
    buyer: str,
    kept: Mapping[str, Balance],
    grant: Signed[Grant] | None,
    *,
    now: int,
) -> Budget:
    people = [kept[account] for account in people_accounts(dataset)]
    in_all_units = min(balance.cap_units for balance in people)
    if owns(user, dataset):
        return Budget("people", _least(people), in_all_units)
    allowed = entitlement(
        dataset.listing.record.policy,
        grant.record if grant else None,
        dataset=dataset.dataset,
        lineages=dataset.lineages,
        buyer=buyer,
        now=now,
    )
    if not buyer or isinstance(allowed, Denied):
        return Budget("nobody", Balance("", 0, 0, 0), in_all_units)
    # An account is opened by the buyer's first job.
    own = [kept.get(name, Balance(name, 0, 0, 0)) for name in buyer_accounts(dataset, buyer)]
    allotted = [replace(balance, cap_units=allowed.rho_units) for balance in own]
    return Budget("own", _least(allotted), in_all_units)


def _least(balances: list[Balance]) -> Balance:
    return min(balances, key=lambda balance: balance.available_units)
