"""The owner's word on their agent, as this client has seen it: the highest number counts for ever.

agents/<fingerprint of the owner's key>     number and keys of the appointed agent
"""

from __future__ import annotations

from pathlib import Path

from crypto import canonical
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market import wire
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.client.verify.publication import Publication
from market.errors import Refused
from market.policy.listing.appointment import check_appointed
from market.records.appointment import AgentAppointment, AgentKeys
from market.records.signed import open_signed


def require_appointed(home: ClientHome, publication: Publication, document: str) -> AgentKeys:
    """Check that a dataset is answered by the agent its owner has appointed, and remember it;
    returns that agent's keys.

    Args:
        document: the owner's newest appointment, as the portal shows it.

    Raises:
        Refused: `appointment-invalid`; `appointment-outdated` for a lower number than was seen,
            or another agent under the same one; `agent-not-appointed`.
    """
    try:
        signed = open_signed(AgentAppointment, document.encode(), signer=publication.owner_key)
    except CryptoError as error:
        raise Refused(
            "appointment-invalid",
            f"The owner's appointment of an agent does not verify: {error}.",
            "Nothing was signed. Tell the dataset's owner by another channel.",
        ) from error
    seen = (signed.record.number, signed.record.keys)
    path = home.path / "agents" / PublicKey.parse(publication.owner_key).fingerprint()
    kept = _kept(path)
    if kept is not None and (seen[0] < kept[0] or (seen[0] == kept[0] and seen[1] != kept[1])):
        raise Refused(
            "appointment-outdated",
            f"The portal shows appointment {seen[0]} of agent {_named(seen[1])}; this client has "
            f"seen appointment {kept[0]} of agent {_named(kept[1])}.",
            "Nothing was signed. The owner has another agent, or two: ask them by another channel.",
        )
    check_appointed(publication.manifest.agent, signed)
    if seen != kept:
        write_private(path, canonical.dumps({"keys": wire.to_json(seen[1]), "number": seen[0]}))
    return signed.record.keys


def _kept(path: Path) -> tuple[int, AgentKeys] | None:
    if not path.exists():
        return None
    value = canonical.loads(path.read_bytes())
    return int(value["number"]), wire.from_json(AgentKeys, value["keys"])


def _named(keys: AgentKeys) -> str:
    return f"{PublicKey.parse(keys.agent).fingerprint()} (mask key {keys.mask_key[:16]})"
