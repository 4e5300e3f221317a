"""End an older version for good: its ciphertext at the platform, and what the agent has of it.

The platform has the word first: it knows whether a job is about the version. Said again after a
crash, or when the answer was not heard, the rest is done. What is destroyed here are both constants
of every ciphertext, by which a share is made; of columns that are only summed they are one-time
pads, and nothing is left of those. The dataset's key stays, since newer versions are under it.
"""

from __future__ import annotations

from crypto.identity import SigningKey
from market.adapters.private_files import erase_private, write_private
from market.client.http.api import PortalClient
from market.owner.word.standing import require_owner
from market.policy.listing.retention import require_needless
from market.records.signed import sign_record
from market.records.version_drop import VersionDrop
from market.vault.holdings import read_holding
from market.vault.home import AgentHome
from market.vault.layout import version_path

REMAINS = (
    "What newer versions name again stays with them, and so does the dataset's key: it opens a "
    "copy of the ciphertext that somebody kept. Backups made before hold what was destroyed here."
)


def drop_version(
    portal: PortalClient,
    identity: SigningKey,
    home: AgentHome,
    dataset: str,
    version: int,
    *,
    now: int,
) -> None:
    """Have a version's ciphertext deleted, and destroy its constants here.

    Raises:
        NotFound: this agent does not hold it, or the portal does not list it.
        Refused: `owner-key`; `version-answered`: it is the newest, or served.
        Conflict: `version-asked`: a job under way is about it. Nothing is destroyed.
        Unavailable: the portal does not answer; nothing is destroyed.
    """
    holding = read_holding(home, dataset, version)
    holding.require_published()
    require_owner(identity, holding.owner_key)
    require_needless(version, holding.newest, holding.serving.standing)
    word = sign_record(identity, VersionDrop(dataset, version, holding.manifest_hash, now))
    portal.post(f"datasets/{dataset}/drops", {"word": word.encode().decode()})
    path = version_path(home, dataset, version)
    write_private(path / "dropped.json", word.encode())
    for name in ("constants.bin", "rows.json"):
        erase_private(path / name)
