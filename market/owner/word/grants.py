"""Give a buyer an allocation, or take it back: signed by the owner, kept by their agent, posted.

The agent gets the document first: what the portal shows never runs ahead of what the agent obeys,
and a revocation holds from the moment it is written, whether or not the portal answers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from crypto.gaussian_profile import gaussian_rho_units
from crypto.identity import FINGERPRINT_CHARACTERS, SigningKey
from market.client.http.api import PortalClient
from market.client.kept.pins import key_malformed
from market.errors import NotFound, Refused
from market.plan.decimals import fraction_of
from market.policy.budget.epsilon import read_epsilon
from market.records.fingerprint_words import fingerprint_in_words
from market.records.grant import Grant, Revocation
from market.records.listing import Description, Policy
from market.records.signed import sign_record
from market.vault.grants import keep_grant, keep_revocation
from market.vault.holdings import Holding, held_versions, read_holding
from market.vault.home import AgentHome, Entropy
from market.vault.standings import newest_published

_HEX = frozenset("0123456789abcdef")


def compared_buyer(words: str, named: str | None) -> str:
    """Whom a grant is for: the key whose words the buyer has read out to the owner.

    A portal that names its own key in place of the buyer's does not know what the buyer reads.

    Args:
        words: as the owner typed them; empty when nobody compared anything.
        named: the fingerprint the owner took from elsewhere, or None.

    Raises:
        Refused: `not-compared`, `key-malformed`, or `key-differs`.
    """
    if not words.strip():
        raise Refused(
            "not-compared",
            "No words were given: whose key it is, only the portal says.",
            "Have the buyer read out `market keys show` by another channel, and give --words.",
        )
    try:
        fingerprint = fingerprint_in_words(words)
    except ValueError as error:
        raise key_malformed(error) from error
    if named is not None and named != fingerprint:
        raise Refused(
            "key-differs",
            f"The words are those of key {fingerprint}, not of {named[:60]}.",
            "Trust what the buyer reads out, and ask where the other fingerprint came from.",
        )
    return fingerprint


@dataclass(frozen=True, slots=True)
class Allocation:
    """What an owner lets a buyer have of a dataset.

    Attributes:
        buyer: fingerprint of the buyer's identity key.
        rho_units: up to this much in all.
        expires_at: until then, in Unix seconds.

    Raises:
        Refused: `grant-malformed`: the buyer is not a fingerprint.
    """

    dataset: str
    buyer: str
    rho_units: int
    expires_at: int

    def __post_init__(self) -> None:
        if len(self.buyer) != FINGERPRINT_CHARACTERS or not set(self.buyer) <= _HEX:
            raise Refused(
                "grant-malformed",
                f"The buyer is {self.buyer!r:.60}, expected the {FINGERPRINT_CHARACTERS} hex "
                "characters of a key's fingerprint.",
                "Ask the buyer for `market keys show`, by a channel other than this portal.",
            )


def give_grant(
    portal: PortalClient,
    identity: SigningKey,
    home: AgentHome,
    allocation: Allocation,
    *,
    now: int,
    entropy: Entropy,
) -> Grant:
    """Let a buyer ask, up to an allocation.

    It stands in place of every earlier grant to them on this dataset, and is dated after those even
    when two are given within one second.

    Raises:
        NotFound: this agent does not hold the dataset.
        Refused: `grant-malformed`; what the portal answers.
    """
    try:
        grant = _next_grant(newest_holding(home, allocation.dataset), allocation, now, entropy)
    except ValueError as error:
        raise Refused("grant-malformed", f"{error}.", "Correct the grant.") from error
    signed = sign_record(identity, grant)
    keep_grant(home, signed)
    portal.post("grants", {"grant": signed.encode().decode()})
    return grant


def _next_grant(holding: Holding, allocation: Allocation, now: int, entropy: Entropy) -> Grant:
    earlier = [grant.issued_at for grant in holding.grants if grant.buyer == allocation.buyer]
    return Grant(
        grant=entropy(16).hex(),
        dataset=allocation.dataset,
        lineages=holding.manifest.record.lineages,
        buyer=allocation.buyer,
        rho_units=allocation.rho_units,
        terms_digest=terms_digest(holding.listing.record.description),
        issued_at=max([now, *(at + 1 for at in earlier)]),
        expires_at=allocation.expires_at,
    )


def allocated_rho_units(policy: Policy, epsilon: str) -> int:
    """What a grant is for, in rho units: the epsilon given, or what the policy gives a buyer.

    Args:
        epsilon: of Gaussian noise at the policy's delta; empty for the policy's part of one buyer.

    Raises:
        Refused: `epsilon-malformed`: no plain decimal above 0.
    """
    if not epsilon.strip():
        return policy.buyer_rho_units
    return gaussian_rho_units(fraction_of(read_epsilon(epsilon)), fraction_of(policy.delta))


def revoke_grant(
    portal: PortalClient,
    identity: SigningKey,
    home: AgentHome,
    dataset: str,
    grant: str,
    *,
    now: int,
) -> None:
    """End a grant. Releases already made stay."""
    signed = sign_record(identity, Revocation(grant, dataset, now))
    keep_revocation(home, signed)
    portal.post("revocations", {"revocation": signed.encode().decode()})


def newest_holding(home: AgentHome, dataset: str) -> Holding:
    """The newest published version of a dataset here, else the one on its way (raises NotFound).

    A newer one may have been lost with the agent's machine (market.agent.adopt).
    """
    versions = [version for name, version in held_versions(home) if name == dataset]
    newest = newest_published(home, dataset) or 0
    if published := [version for version in versions if version <= newest]:
        return read_holding(home, dataset, published[-1])
    if not versions:
        raise NotFound(
            "not-held", f"This agent does not hold {dataset}.", "Publish it with this agent first."
        )
    return read_holding(home, dataset, versions[-1])


def terms_digest(description: Description) -> str:
    """SHA-256, in hex, of the terms a buyer accepts."""
    return hashlib.sha256(b"market/terms/1\x00" + description.terms.encode()).hexdigest()
