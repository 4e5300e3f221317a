"""Whose agents answered for a consortium in results opened here: by these their receipts are known.

Kept with every result that is opened, under the members' keys as this home pins them.
"""

from __future__ import annotations

from crypto import canonical
from crypto.identity import PublicKey
from market import wire
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.client.kept.pins import find_pin, member_name
from market.plan.dataset_ids import DATASET_ID
from market.policy.consortia.consortium_documents import read_consortium_documents
from market.records.consortium_documents import ConsortiumDocuments


def keep_agents(home: ClientHome, documents: ConsortiumDocuments) -> None:
    """Keep what a consortium's members signed of one agreement."""
    consortium = read_consortium_documents(documents)
    path = home.agreement_path(consortium.consortium, consortium.number)
    write_private(path, wire.encode(documents))


def kept_agents(home: ClientHome, consortium: str) -> frozenset[str]:
    """Keys (hex) of the agents of every agreement kept of a consortium, whose members' keys are all
    those this home pins; none where nothing is kept.

    Raises:
        CryptoError: a file was altered.
    """
    if not DATASET_ID.fullmatch(consortium):
        return frozenset()
    agents: set[str] = set()
    for path in sorted(home.agreement_path(consortium, 1).parent.glob(f"{consortium}.*.json")):
        documents = wire.from_json(ConsortiumDocuments, canonical.loads(path.read_bytes()))
        agreement = read_consortium_documents(documents).agreement
        members = agreement.members if agreement else ()
        if all(_is_pinned(home, consortium, one.organisation, one.owner_key) for one in members):
            agents.update(member.agent for member in members)
    return frozenset(agents)


def _is_pinned(home: ClientHome, consortium: str, organisation: str, key: str) -> bool:
    pin = find_pin(home, "member", member_name(consortium, organisation))
    return pin is not None and pin.fingerprint == PublicKey.parse(key).fingerprint()
