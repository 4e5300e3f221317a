"""Who pays for an opening that was released before.

    new      nobody has it: the people in the data, the buyer's allocation, and the key
    others   released to others only: the buyer's allocation alone
    own      this buyer has it: nobody

To its buyer a job of `others` is a new one in everything: its price, what is held for it, why it is
refused, what its receipt says. Otherwise the price would tell what somebody else has asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from market.entities.account import Charge
from market.policy.accounts import NamesPeople, buyer_accounts, people_accounts

Novelty = Literal["new", "others", "own"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a release costs if it is new: `people` and `key` once, `buyer` from every buyer."""

    people: tuple[Charge, ...]
    buyer: tuple[Charge, ...]
    key: tuple[Charge, ...] = ()

    @property
    def whole(self) -> tuple[Charge, ...]:
        """As if new: what is held until the release, and has to be there."""
        return (*self.people, *self.buyer, *self.key)

    def due(self, novelty: Novelty) -> tuple[Charge, ...]:
        """What the release takes in the end."""
        match novelty:
            case "new":
                return self.whole
            case "others":
                return self.buyer
            case "own":
                return ()

    def due_by_receipt(self, novelty: Novelty) -> tuple[Charge, ...]:
        """What a receipt that charges its buyer took.

        An agent does not charge for what a buyer has: if it did, it knew of no earlier release.
        """
        return self.due("others" if novelty == "others" else "new")


FREE = Cost((), ())


def novelty_of(buyer: str, earlier_buyers: Collection[str]) -> Novelty:
    """What a release is to `buyer`, given the fingerprints of those who have this opening."""
    if buyer in earlier_buyers:
        return "own"
    return "others" if earlier_buyers else "new"


def rho_cost(tables: Sequence[NamesPeople], buyer: str, rho_units: int) -> Cost:
    """Every account of the people in the tables a release opens together, and the buyer's part of
    each.

    `rho_units` is what the release may tell about one row of any of the tables. The people of an
    account that k tables name may have a row in each: by zCDP's group privacy it then tells k^2
    times that of them (Bun and Steinke 2016, https://arxiv.org/abs/1605.02065, Proposition 1.9).
    """
    return Cost(
        people=_charges((a for table in tables for a in people_accounts(table)), rho_units),
        buyer=_charges((a for table in tables for a in buyer_accounts(table, buyer)), rho_units),
    )


def _charges(accounts: Iterable[str], rho_units: int) -> tuple[Charge, ...]:
    return tuple(
        Charge(account, count**2 * rho_units) for account, count in Counter(accounts).items()
    )
