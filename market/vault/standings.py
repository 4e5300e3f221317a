"""What is answered, by the agent's own files: the newest published version, unless the owner's
newest standing says otherwise (market.policy.listing.serving). The platform has no say in it.
"""

from __future__ import annotations

from typing import Any

from crypto.errors import CryptoError, FormatError
from market.adapters.private_files import write_private
from market.errors import Conflict
from market.policy.listing.serving import Serving
from market.records.signed import Signed, open_signed
from market.records.standing import Standing
from market.vault.home import AgentHome
from market.vault.layout import dataset_path


def read_serving(home: AgentHome, dataset: str, owner: str) -> Serving:
    """Which versions are answered, by what `owner` signed.

    Raises:
        CryptoError: a standing does not verify.
    """
    standing = read_standing(home, dataset, owner)
    return Serving(
        newest_published(home, dataset) or 0, standing.record if standing is not None else None
    )


def newest_published(home: AgentHome, dataset: str) -> int | None:
    """The newest version whose publication finished; one that is on its way does not count."""
    published = dataset_path(home, dataset).glob("*/published")
    return max((int(path.parent.name) for path in published), default=None)


def read_standing(home: AgentHome, dataset: str, owner: str) -> Signed[Standing] | None:
    """The owner's newest word on a dataset; a withdrawal is the last one.

    Raises:
        CryptoError: a document is not the owner's, or stands under another name.
    """
    kept: list[Signed[Standing]] = []
    for found in sorted(dataset_path(home, dataset).glob("standings/*.json")):
        signed = open_signed(Standing, found.read_bytes(), signer=owner)
        if (signed.record.dataset, f"{signed.record.number}.json") != (dataset, found.name):
            raise FormatError(f"standing {found.name} is about {signed.record.dataset:.80}")
        kept.append(signed)
    final = [signed for signed in kept if signed.record.state == "withdrawn"]
    return max(final or kept, key=lambda signed: signed.record.number, default=None)


def keep_standing(home: AgentHome, standing: Signed[Standing]) -> bool:
    """Keep the owner's word on a dataset: whether it is news.

    Raises:
        Conflict: `standing-outdated`, or `standing-final` after a withdrawal.
    """
    record = standing.record
    kept = read_standing(home, record.dataset, standing.signer)
    if kept == standing:
        return False
    if kept is not None and kept.record.state == "withdrawn":
        raise Conflict(
            "standing-final",
            f"Dataset {record.dataset} was withdrawn for good.",
            "Publish it as a new dataset; the budget of its people stays what it was.",
        )
    if kept is not None and record.number <= kept.record.number:
        raise Conflict(
            "standing-outdated",
            f"Standing {record.number} of {record.dataset} came after {kept.record.number}.",
            "Say it again: the client takes the next number.",
        )
    directory = dataset_path(home, record.dataset) / "standings"
    write_private(directory / f"{record.number}.json", standing.encode())
    return True


def take_standing(home: AgentHome, dataset: str, shown: Any, *, owner: str) -> bool:
    """Keep the owner's word in what the portal shows of a dataset, where it is newer than what is
    kept; whether it was. Nothing else of the answer counts."""
    document = shown.get("signed_standing") if isinstance(shown, dict) else None
    if not isinstance(document, str):
        return False
    try:
        signed: Signed[Standing] = open_signed(Standing, document.encode(), signer=owner)
        return signed.record.dataset == dataset and keep_standing(home, signed)
    except (CryptoError, Conflict):
        # Nobody's word, or an older one: the portal lags behind, or hides the newest.
        return False
