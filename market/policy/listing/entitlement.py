"""Who may ask: everybody under an open policy, else the holder of a live grant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from market.policy.decision import Decision, Denied, Granted
from market.records.grant import Grant
from market.records.listing import Policy

GrantState = Literal["live", "replaced", "revoked", "expired"]


def grant_states(
    grants: Iterable[Grant], revoked: Collection[str], *, now: int
) -> dict[str, GrantState]:
    """How each grant on one dataset stands, by its id; the order given does not matter.

    A buyer's newest grant stands in place of all before it. An owner who gives less than before
    means less, and one who takes that back means that nothing is left.
    """
    by_age = sorted(grants, key=lambda grant: (grant.issued_at, grant.grant))
    newest = {grant.buyer: grant.grant for grant in by_age}
    states: dict[str, GrantState] = {}
    for grant in by_age:
        if grant.grant in revoked:
            states[grant.grant] = "revoked"
        elif grant.grant != newest[grant.buyer]:
            states[grant.grant] = "replaced"
        else:
            states[grant.grant] = "expired" if now >= grant.expires_at else "live"
    return states


def grant_in_force(
    grants: Collection[Grant], revoked: Collection[str], buyer: str, *, now: int
) -> Grant | None:
    """The live grant of `buyer` (an identity fingerprint) among all grants on one dataset."""
    own = [grant for grant in grants if grant.buyer == buyer]
    states = grant_states(own, revoked, now=now)
    return next((grant for grant in own if states[grant.grant] == "live"), None)


def entitlement(
    policy: Policy,
    grant: Grant | None,
    *,
    dataset: str,
    lineages: tuple[str, ...],
    buyer: str,
    now: int,
) -> Decision:
    """Decide whether `buyer` (an identity fingerprint) may ask, and up to how much rho.

    A grant's allocation replaces the policy's; the lineage's own cap holds above both.
    """
    if grant is None:
        if policy.access == "open":
            return Granted(policy.buyer_rho_units)
        how = "Ask for access" if policy.access == "request" else "Ask the owner for an invitation"
        return Denied(
            "no-grant",
            f"Dataset {dataset} is open to holders of a grant only.",
            f"{how} on the dataset's page; submit again when the grant is there.",
        )
    if grant.buyer != buyer:
        return Denied(
            "grant-of-another",
            f"The grant was made for buyer {grant.buyer}, not for {buyer}.",
            "Ask the owner for a grant to your own identity key.",
        )
    if grant.dataset != dataset or grant.lineages != lineages:
        return Denied(
            "grant-of-another",
            f"The grant was made for dataset {grant.dataset}, not for {dataset}.",
            "Ask the owner for a grant on this dataset.",
        )
    if now >= grant.expires_at:
        return Denied(
            "grant-expired",
            f"The grant ended at {grant.expires_at}; it is {now}.",
            "Ask the owner to renew it.",
        )
    return Granted(grant.rho_units)
