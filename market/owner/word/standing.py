"""Say whether a dataset is answered, and in which versions: signed, kept by the agent, then posted.

The agent gets the word first: from the moment it is written nothing more is released against it,
whether or not the portal answers. Said again, a word the portal has not taken is sent as it was.
"""

from __future__ import annotations

from typing import Any

from crypto.identity import SigningKey
from market.client.http.api import PortalClient
from market.errors import MarketError, Refused
from market.owner.word.grants import newest_holding
from market.policy.listing.retention import version_dropped
from market.records.signed import sign_record
from market.records.standing import Standing, StandingWord
from market.vault.home import AgentHome
from market.vault.layout import version_path
from market.vault.standings import keep_standing, read_standing, take_standing


def change_standing(
    portal: PortalClient,
    identity: SigningKey,
    home: AgentHome,
    dataset: str,
    *,
    state: StandingWord | None = None,
    served_versions: tuple[int, ...] | None = None,
    now: int,
) -> Standing:
    """Sign the owner's next word on a dataset; what is None stays as it was.

    Args:
        served_versions: published versions that stay answered beside the newest.

    Raises:
        NotFound: this agent does not hold the dataset.
        Refused: `owner-key` when another identity published it; `version-unknown`;
            `version-dropped`: the platform has deleted the ciphertext of one that was to be served.
        Conflict: `standing-final`: a withdrawal is for good.
        Unavailable: the agent obeys already; say it again to tell the portal.
    """
    require_owner(identity, newest_holding(home, dataset).owner_key)
    shown = _take_shown(portal, home, dataset, owner=identity.public.hex)
    _require_stored(dataset, served_versions or (), shown)
    kept = read_standing(home, dataset, identity.public.hex)
    before = kept.record if kept else Standing(dataset, 1, "listed", (), now)
    wanted = (
        state or before.state,
        before.served_versions if served_versions is None else tuple(sorted(set(served_versions))),
    )
    _require_published(home, dataset, wanted[1])
    if kept is None or wanted != (before.state, before.served_versions):
        number = kept.record.number + 1 if kept else 1
        kept = sign_record(identity, Standing(dataset, number, *wanted, now))
        # The agent obeys from here on, whatever becomes of the word on its way to the portal.
        keep_standing(home, kept)
    portal.post(f"datasets/{dataset}/standing", {"standing": kept.encode().decode()})
    return kept.record


def _take_shown(portal: PortalClient, home: AgentHome, dataset: str, *, owner: str) -> Any:
    # Numbers go on from what the portal has: the agent may have been restored from a backup. A
    # portal that is away, or talks nonsense, does not stop the owner's word.
    try:
        shown = portal.get(f"datasets/{dataset}")
        take_standing(home, dataset, shown, owner=owner)
    except (MarketError, ValueError):
        return None
    return shown


def _require_stored(dataset: str, versions: tuple[int, ...], shown: Any) -> None:
    # Before the agent has the word, which it would obey for a version that nothing is left of.
    stored = {one["version"]: one["is_stored"] for one in shown["versions"]} if shown else {}
    for version in versions:
        if not stored.get(version, True):
            raise version_dropped(dataset, version).error()


def require_owner(identity: SigningKey, owner_key: str) -> None:
    """That whoever says it published the dataset (raises Refused, `owner-key`)."""
    if identity.public.hex != owner_key:
        raise Refused(
            "owner-key",
            "The identity here is not the one that published the dataset.",
            "Use the client home the dataset was published from.",
        )


def _require_published(home: AgentHome, dataset: str, versions: tuple[int, ...]) -> None:
    for version in versions:
        if not (version_path(home, dataset, version) / "published").exists():
            raise Refused(
                "version-unknown",
                f"{dataset} has no published version {version}.",
                "Look at its versions: market agent status.",
            )
        if (version_path(home, dataset, version) / "dropped.json").exists():
            raise version_dropped(dataset, version).error()
