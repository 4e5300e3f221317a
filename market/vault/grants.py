"""The grants an owner has signed on a dataset, and those they took back."""

from __future__ import annotations

from market.adapters.private_files import write_private
from market.errors import Refused
from market.records.grant import Grant, Revocation
from market.records.signed import Signed, open_signed
from market.vault.home import AgentHome
from market.vault.layout import dataset_path


def read_grants(home: AgentHome, dataset: str, owner: str) -> tuple[Grant, ...]:
    """Every grant on a dataset, also those that ended, were replaced or revoked.

    Raises:
        CryptoError: a document is not signed by `owner` (a key in hex).
    """
    return tuple(
        open_signed(Grant, found.read_bytes(), signer=owner).record
        for found in sorted(dataset_path(home, dataset).glob("grants/*.json"))
    )


def read_revoked(home: AgentHome, dataset: str, owner: str) -> frozenset[str]:
    """The ids of the grants that were taken back (raises as `read_grants`)."""
    return frozenset(
        open_signed(Revocation, found.read_bytes(), signer=owner).record.grant
        for found in dataset_path(home, dataset).glob("revocations/*.json")
    )


def keep_grant(home: AgentHome, grant: Signed[Grant]) -> None:
    """Keep a grant; from here on it counts.

    Raises:
        Refused: `grant-malformed`: its id cannot name a file.
    """
    name = _document_name(grant.record.grant)
    write_private(dataset_path(home, grant.record.dataset) / "grants" / name, grant.encode())


def keep_revocation(home: AgentHome, revocation: Signed[Revocation]) -> None:
    """Keep the end of a grant, whether or not the grant itself is here (raises as `keep_grant`)."""
    name = _document_name(revocation.record.grant)
    directory = dataset_path(home, revocation.record.dataset) / "revocations"
    write_private(directory / name, revocation.encode())


def _document_name(identifier: str) -> str:
    if not identifier.isascii() or not identifier.replace("-", "").isalnum():
        raise Refused(
            "grant-malformed", f"{identifier!r:.80} is not a grant id.", "Look at the list."
        )
    return f"{identifier}.json"
