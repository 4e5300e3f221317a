"""What an agent holds that a question is about: all that the rules ask of it, whoever computes.

Two things are held: a version of an encrypted dataset (market.vault.holdings) and a membership of a
consortium (market.vault.membership). The rules are the same for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from market.entities.job import AskedDataset
from market.plan.lowered import Lowered
from market.plan.schema import Schema
from market.policy.budget.accounts import NamesPeople
from market.policy.decision import Decision, Denied
from market.pricing.lattice import Lattice
from market.records.listing import Policy
from market.records.request import Request


class Held(Protocol):
    """By documents the agent's owner put beside it; the platform has no say in any of this."""

    @property
    def asked(self) -> AskedDataset:
        """How jobs name it."""

    @property
    def agent(self) -> str:
        """The key (hex) of the agent that answers for it."""

    @property
    def owner_key(self) -> str:
        """The key (hex) whose word counts where somebody approves by hand."""

    @property
    def schema(self) -> Schema:
        """What a plan asks."""

    @property
    def policy(self) -> Policy:
        """What the agent enforces."""

    @property
    def is_by_hand(self) -> bool:
        """Whether its owner's hand alone approves, and never the agent itself."""

    def lattice(self, tables: int, /) -> Lattice:
        """What sums over so many tables are opened on, of which this is one."""

    @property
    def named_hashes(self) -> tuple[str, ...]:
        """What an approval names, beside the request."""

    @property
    def charged(self) -> tuple[NamesPeople, ...]:
        """Whose budget a release is charged to."""

    @property
    def key_accounts(self) -> tuple[str, ...]:
        """Accounts of what openings tell about encryption keys."""

    def require_published(self) -> None:
        """That whoever asks may know of it (raises Refused)."""

    def refusal(self) -> Denied | None:
        """Why it is not answered now, whatever is asked."""

    def outdated(self) -> Denied | None:
        """Why it is not approved as it was listed when it was asked."""

    def compared(self, request: Request) -> Mapping[str, tuple[object, object]]:
        """What a request that names it says of it beside what is held, by what that is of."""

    def entitled(self, buyer: str, *, now: int) -> Decision:
        """Whether a buyer (an identity fingerprint) may ask, and up to how much."""

    def unfit(self, lowered: Lowered, request: Request) -> Denied | None:
        """Why a plan must not be computed in the way the request asks for."""

    def entitlement_ends(self, buyer: str) -> tuple[int, ...]:
        """When time alone may change what the buyer may ask, in Unix seconds."""
