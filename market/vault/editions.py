"""A version's listing in the agent's directory: every edition that the owner signed of it.

The first comes with the version, later ones from the owner's client, or from the portal to an agent
that has missed them. The one with the highest number counts: an earlier one, whoever shows it, is
history.

    datasets/<dataset>/<version>/listing.json           the first
    datasets/<dataset>/<version>/editions/<number>.json the later ones
"""

from __future__ import annotations

from pathlib import Path

from crypto.errors import CryptoError, FormatError
from market.adapters.private_files import write_private
from market.errors import NotFound
from market.records.listing import Listing
from market.records.signed import Signed, open_signed
from market.vault.home import AgentHome
from market.vault.layout import version_path


def read_listing(
    home: AgentHome, dataset: str, version: int, owner: str, *, edition: int | None = None
) -> Signed[Listing]:
    """One edition of a version's listing; the newest for None.

    Raises:
        NotFound: `edition-not-held`.
        CryptoError: it is not signed by `owner` (a key in hex), or stands under another name.
    """
    held = held_editions(home, dataset, version)
    wanted = max(held, default=0) if edition is None else edition
    if wanted not in held:
        raise NotFound(
            "edition-not-held",
            f"This agent does not hold edition {wanted} of the listing of {dataset} version "
            f"{version}.",
            "Nothing is spent. Have the agent take in what it has missed: market agent reconcile. "
            "Where that brings none, its owner never signed it.",
        )
    path = _path(home, dataset, version, wanted)
    signed = open_signed(Listing, path.read_bytes(), signer=owner)
    record = signed.record
    if (record.dataset, record.version, record.edition) != (dataset, version, wanted):
        raise FormatError(
            f"listing {wanted} is edition {record.edition} of {record.dataset} version "
            f"{record.version}"
        )
    return signed


def held_editions(home: AgentHome, dataset: str, version: int) -> list[int]:
    """The numbers of the editions kept here of a version's listing, in order."""
    path = version_path(home, dataset, version)
    stems = (found.stem for found in path.glob("editions/*.json"))
    later = sorted(int(stem) for stem in stems if stem.isdecimal())
    return ([1] if (path / "listing.json").exists() else []) + later


def shown_listing(text: str, owner: str) -> Signed[Listing] | None:
    """A listing that somebody shows, if it is the word of `owner` (a key in hex)."""
    try:
        return open_signed(Listing, text.encode(), signer=owner)
    except CryptoError:
        return None


def keep_listing(home: AgentHome, listing: Signed[Listing]) -> None:
    """Keep an edition; from here on it counts, unless there is a later one."""
    record = listing.record
    path = _path(home, record.dataset, record.version, record.edition)
    write_private(path, listing.encode())


def _path(home: AgentHome, dataset: str, version: int, edition: int) -> Path:
    path = version_path(home, dataset, version)
    return path / "listing.json" if edition == 1 else path / "editions" / f"{edition}.json"
