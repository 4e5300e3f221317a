"""Who pays for a release, of which parts may have been released before.

    people   what it adds to all that was released of their data, to whomever
    key      likewise
    buyer    what it adds to what they have

To its buyer everything that they have not had is new: its price, what is held for it of the
people's budget too, why it is refused, what its receipt says. Otherwise the price would tell what
somebody else has asked. The people are charged what they lose, which is never more than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.entities.account import Charge
from market.policy.budget.accounts import NamesPeople, buyer_accounts, people_accounts
from market.pricing.opening import Had, New, Opening, newly


@dataclass(frozen=True, slots=True)
class Cost:
    """Charges of one release."""

    people: tuple[Charge, ...]
    buyer: tuple[Charge, ...]
    key: tuple[Charge, ...] = ()

    @property
    def whole(self) -> tuple[Charge, ...]:
        """All of them that charge anything."""
        return tuple(one for one in (*self.people, *self.buyer, *self.key) if one.units)


FREE = Cost((), ())


@dataclass(frozen=True, slots=True)
class Payers:
    """The accounts that a release of some tables to a buyer is charged to.

    The people of an account that k tables name may have a row in each: what is told of a row of any
    then tells k^2 times as much of them, by zCDP's group privacy (Bun and Steinke 2016,
    https://arxiv.org/abs/1605.02065, proposition 1.9). So each account stands with its k^2.
    """

    people: tuple[tuple[str, int], ...]
    buyer: tuple[tuple[str, int], ...]
    keys: tuple[str, ...] = ()

    def owe(self, *, people_rho_units: int, buyer_rho_units: int, key_units: int = 0) -> Cost:
        """The charges for what a release tells about one row, in rho units, and about the keys."""
        return Cost(
            tuple(Charge(account, times * people_rho_units) for account, times in self.people),
            tuple(Charge(account, times * buyer_rho_units) for account, times in self.buyer),
            tuple(Charge(account, key_units) for account in self.keys),
        )

    def hold(self, opening: Opening, had: Had) -> Cost:
        """What is held until the release and has to be there: all that is new to the buyer."""
        return self._owe(newly(opening, had.own), newly(opening, had.own))

    def due(self, opening: Opening, had: Had) -> Cost:
        """What the release takes in the end."""
        return self._owe(newly(opening, had.anybody), newly(opening, had.own))

    def due_by_receipt(self, opening: Opening, had: Had, rho_units: int) -> Cost:
        """What a release took whose receipt charges its buyer `rho_units`.

        The people lost no more than the buyer was charged, and nothing where that is nothing. An
        agent that charged its buyer more than is new to them by what is known here has lost what it
        knew, and counted without it.
        """
        if not rho_units:
            return FREE
        knew_of = had.anybody if rho_units <= newly(opening, had.own).rho_units else {}
        new = newly(opening, knew_of)
        return self.owe(
            people_rho_units=min(new.rho_units, rho_units),
            buyer_rho_units=rho_units,
            key_units=new.key_units,
        )

    def _owe(self, everybody: New, buyer: New) -> Cost:
        return self.owe(
            people_rho_units=everybody.rho_units,
            buyer_rho_units=buyer.rho_units,
            key_units=everybody.key_units,
        )


def payers(tables: Sequence[NamesPeople], buyer: str, keys: Sequence[str] = ()) -> Payers:
    """Every account of the people in the tables a release opens together, and the buyer's part of
    each; `keys` are accounts of what is opened under them."""
    return Payers(
        _counted(account for table in tables for account in people_accounts(table)),
        _counted(account for table in tables for account in buyer_accounts(table, buyer)),
        tuple(keys),
    )


def _counted(accounts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple((account, count**2) for account, count in Counter(accounts).items())
