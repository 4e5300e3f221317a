"""End a dataset for ever: without its keys no share of it can be computed again.

The keys and the constants are overwritten and removed, and a marker says why they are gone; the
ledger, the receipts and the lineages stay, since what was spent about these people was spent. Old
backups and file systems that keep old blocks may still hold a copy: the text says so.
"""

from __future__ import annotations

from crypto.identity import SigningKey
from market.adapters.private_files import erase_private, write_private
from market.client.http.api import PortalClient
from market.errors import NotFound
from market.owner.word.standing import change_standing
from market.vault.home import AgentHome
from market.vault.layout import dataset_path

REMAINS = (
    "Backups made before hold a wrapped copy of the key, and a disk may keep old blocks: destroy "
    "the backups, or the unlock secret they are under."
)


def destroy_key(
    portal: PortalClient, identity: SigningKey, home: AgentHome, dataset: str, *, now: int
) -> None:
    """Destroy the keys of a dataset and withdraw it, by the owner's signature.

    The keys go first; if the portal does not answer, run it again to tell it of the withdrawal.

    Raises:
        NotFound: this agent has no such dataset.
    """
    path = dataset_path(home, dataset)
    if not path.exists():
        raise NotFound(
            "not-held", f"This agent does not hold {dataset}.", "Look at `market agent status`."
        )
    write_private(path / "destroyed", str(now).encode())
    for found in (path / "ckks.key", path / "noise.key", *sorted(path.glob("*/constants.bin"))):
        erase_private(found)
        home.forget_secret(found)
    change_standing(portal, identity, home, dataset, state="withdrawn", now=now)
