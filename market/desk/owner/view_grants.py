"""Grants as an owner reads them: pure functions of what they signed and who the portal names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market.policy.listing.entitlement import GrantState, grant_states
from market.pricing.loss import epsilon_text
from market.vault.holdings import Holding


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant; `name` is the portal's word for whose key it is, empty where it has none."""

    grant: str
    dataset: str
    key: str
    name: str
    epsilon: str
    expires_at: int
    state: GrantState


def names_by_key(requests: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Who asks with which key, by the portal's word."""
    return {one["buyer"]: f"{one['user']} of {one['organisation']}" for one in requests}


def asker_in(requests: Sequence[dict[str, Any]], user: str) -> dict[str, Any] | None:
    """The request of a user for access that waits."""
    return next(
        (one for one in requests if one["user"] == user and one["state"] == "waiting"), None
    )


def grant_rows(holding: Holding, names: Mapping[str, str], *, now: int) -> list[GrantRow]:
    """Every grant on a dataset, newest first."""
    states = grant_states(holding.grants, holding.revoked_grants, now=now)
    delta = holding.policy.delta
    return [
        GrantRow(
            grant.grant,
            grant.dataset,
            grant.buyer,
            names.get(grant.buyer, ""),
            epsilon_text(grant.rho_units, delta),
            grant.expires_at,
            states[grant.grant],
        )
        for grant in sorted(holding.grants, key=lambda one: (-one.issued_at, one.grant))
    ]
