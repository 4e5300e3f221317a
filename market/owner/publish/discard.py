"""Throw away a version that is not published yet."""

from __future__ import annotations

import shutil

from market.client.http.api import PortalClient
from market.errors import Conflict
from market.owner.outgoing import Outgoing, next_version
from market.owner.publish.missed_end import finish_if_listed
from market.vault.home import AgentHome
from market.vault.layout import version_path
from market.vault.store.lineages import forget
from market.vault.store.opening import AgentStore
from market.vault.store.publications import listed_versions


def discard(
    portal: PortalClient, home: AgentHome, store: AgentStore, dataset: str, *, now: int
) -> bool:
    """Throw away a version that is not published yet; whether there was one.

    What was sent of it stays in the store under names nobody will use. No budget was changed by it.
    The portal is asked only where all of it may have been sent.

    Raises:
        Conflict: `publication-listed`: the portal lists it; where only the end of it had been
            missed it is finished now.
        MarketError: the portal does not answer; nothing is thrown away.
    """
    attempt = Outgoing(home, dataset, next_version(home, store, dataset))
    if finish_if_listed(portal, home, store, attempt, now=now):
        raise Conflict(
            "publication-listed",
            f"Version {attempt.version} of {dataset} is listed. Only the end of its publication "
            "had been missed, and is done now.",
            f"Nothing is left to discard. To end its answers: market dataset pause {dataset}.",
        )
    if attempt.version in listed_versions(store, dataset):
        raise Conflict(
            "publication-listed",
            f"Version {attempt.version} of {dataset} is listed.",
            "Run its publication again, with the same files, to finish it.",
        )
    forget(store, dataset, attempt.version)
    held = version_path(home, dataset, attempt.version)
    found = attempt.directory.exists() or held.exists()
    # The held manifest goes first: without it the agent no longer answers for the version.
    (held / "manifest.json").unlink(missing_ok=True)
    for directory in (held, attempt.directory):
        if directory.exists():
            shutil.rmtree(directory)
    return found
