"""Whose word a receipt or a statement is: a key the person gave, or one pinned in this home.

The document's own word for its signer is nobody's: without a known key it shows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from crypto.identity import PublicKey
from market.client.kept.home import ClientHome
from market.client.kept.kept_agents import kept_agents
from market.client.kept.pins import find_pin, pins
from market.client.verify.kept_publication import kept_publication
from market.errors import Refused

Known = Literal["given", "pinned"]
"""How a key is known: the person gave it, or this home pins it."""


def require_platform_key(home: ClientHome, key: str, *, given: str | None) -> Known:
    """How a platform's key (hex) is known.

    Raises:
        Refused: `platform-key-unknown`: the person gave another, or none and none such is pinned.
    """
    fingerprint = PublicKey.parse(key).fingerprint()
    if given == key:
        return "given"
    if given is None and any(pin.fingerprint == fingerprint for pin in pins(home, "platform")):
        return "pinned"
    raise Refused(
        "platform-key-unknown",
        f"It is signed by {fingerprint}, which is not the key of a platform you gave or pinned.",
        "Give --platform-key, or pin the portal (market pin platform), with the key its operator "
        "reads out: not with what stands in the document.",
    )


def require_agent_key(
    home: ClientHome, datasets: Sequence[str], key: str, *, given: str | None
) -> Known:
    """How an agent's key (hex) is known: given, or named by the manifest kept of each dataset,
    under its owner's pinned key, or by a consortium's agreement, under its members'.

    Raises:
        Refused: `agent-key-unknown`: neither, for one of the datasets.
    """
    if given == key:
        return "given"
    unknown = [dataset for dataset in datasets if given or key not in _agents_of(home, dataset)]
    if not unknown:
        return "pinned"
    dataset = unknown[0]
    raise Refused(
        "agent-key-unknown",
        f"It is signed by {PublicKey.parse(key).fingerprint()}, which is not the key of an agent "
        f"of {dataset} that you gave, or that a manifest kept here names.",
        "Give --agent-key, from the manifest the dataset's owner signed; market dataset show "
        f"{dataset} keeps that, and a consortium's agreement is kept with each result opened here.",
    )


def _agents_of(home: ClientHome, dataset: str) -> frozenset[str]:
    publication = kept_publication(home, dataset)
    pin = find_pin(home, "owner", dataset)
    if publication is None or pin is None:
        return kept_agents(home, dataset)
    owner = PublicKey.parse(publication.owner_key).fingerprint()
    return frozenset({publication.manifest.agent} if owner == pin.fingerprint else ())
