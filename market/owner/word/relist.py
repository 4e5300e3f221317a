"""Say other terms for a listed dataset: a new signed listing over the same ciphertext, in seconds.

The agent has the listing first: from the moment it is written the agent obeys it, whether or not
the portal answers. Said again, a listing that the portal has not taken is sent as it was. Only the
newest version is listed anew; older ones that are served obey its policy, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from market.client.http.api import PortalClient
from market.entities.account import Balance, CapTooLow
from market.errors import Conflict, MarketError, NotFound, Refused, Unavailable
from market.owner.outgoing import Outgoing, next_version
from market.owner.owner import Owner
from market.owner.word.grants import newest_holding
from market.policy.budget.budget import cap_too_low, told_in_epsilon
from market.policy.budget.contradictions import unanswerable
from market.policy.budget.people import terms_of
from market.policy.listing.editions import Change, changes_between, check_same_data
from market.records.listing import Description, Listing, Policy
from market.records.signed import Signed, sign_record
from market.records.union import Together
from market.vault.editions import keep_listing, read_listing
from market.vault.holdings import Holding
from market.vault.layout import dataset_path
from market.vault.standings import newest_published
from market.vault.store.amend import Amended, amend, amendment


@dataclass(frozen=True, slots=True)
class Terms:
    """What an owner may say anew of a dataset.

    `edition` is that of the listing which they had before them: of two who change one listing the
    second hears of the first.
    """

    edition: int
    description: Description
    policy: Policy
    together: Together

    def over(self, listing: Listing) -> Listing:
        """The listing that says this of the same data, under the next number."""
        return replace(
            listing,
            edition=self.edition + 1,
            description=self.description,
            policy=self.policy,
            together=self.together,
        )


@dataclass(frozen=True, slots=True)
class Relisting:
    """What listing a dataset anew does, in words before it is done.

    Attributes:
        listing: the one to be signed; the newest kept, where that only waits for the portal.
        changes: none where it only waits.
        amended: what becomes of the budget, and of that of other tables.
        unanswerable: what the policy sells and cannot answer (market.policy.budget.contradictions).
    """

    listing: Listing
    changes: tuple[Change, ...]
    amended: Amended
    unanswerable: tuple[str, ...]


def terms_in_force(owner: Owner, dataset: str) -> Terms:
    """What the newest listing here says, to be changed (raises NotFound)."""
    listing = newest_holding(owner.home, dataset).listing.record
    return Terms(listing.edition, listing.description, listing.policy, listing.together)


def proposed_changes(old: Listing, new: Listing) -> list[str]:
    """What the later of two listings says otherwise, a line for each."""
    return [change.sentence for change in changes_between(old, new)]


def propose_relisting(portal: PortalClient, owner: Owner, dataset: str, terms: Terms) -> Relisting:
    """What it would mean to list a dataset under these terms. Nothing is signed or changed.

    A portal that is away does not stop the owner's word; what it has is then not compared.

    Raises:
        NotFound: this agent does not hold the dataset, or not as it is listed (`edition-not-held`).
        Refused: `owner-key`, `agent-unreconciled`, `key-destroyed`, `publication-pending`,
            `listing-fixed`, `cap-below-spending`; `nothing-changed`, where the portal has it too.
        Conflict: `standing-final`; `edition-outdated`: it was changed meanwhile.
    """
    holding = newest_holding(owner.home, dataset)
    _check_owner(owner, holding)
    shown = _shown(portal, dataset)
    _check_newest(owner, holding, shown)
    kept, new = holding.listing.record, terms.over(holding.listing.record)
    if terms.edition != kept.edition:
        raise _changed_meanwhile(kept, terms.edition)
    check_same_data(kept, new, parameters=holding.manifest.record.parameters)
    changes = changes_between(kept, new)
    if not changes:
        _check_waits(kept, shown)
    listing = new if changes else kept
    with told_in_epsilon(listing.policy.delta):
        amended = amendment(owner.store, terms_of(listing, holding.manifest.record))
    if amended.cap_after < amended.cap_before:
        _check_portal_spent(dataset, shown, amended.cap_after, listing.policy.delta)
    told = tuple(one.sentence for one in unanswerable(listing.policy, listing.schema))
    return Relisting(listing, changes, amended, told)


def relist(portal: PortalClient, owner: Owner, dataset: str, terms: Terms) -> Relisting:
    """List a dataset under these terms: the agent obeys them, then the portal is told.

    Raises:
        Unavailable: `listing-waits`: the agent obeys already; say it again to tell the portal.
        MarketError: as `propose_relisting`, before anything is done; what the portal refuses after.
    """
    done = propose_relisting(portal, owner, dataset, terms)
    signed = _keep(owner, done)
    try:
        portal.post(f"datasets/{dataset}/listings", {"listing": signed.encode().decode()})
    except Unavailable as error:
        raise Unavailable(
            "listing-waits",
            f"Edition {signed.record.edition} of the listing of {dataset} is signed, and your "
            f"agent obeys it; the portal does not have it yet: {error.message}",
            "Say the same again once the portal answers: it is sent as it is signed.",
        ) from error
    return done


def _keep(owner: Owner, done: Relisting) -> Signed[Listing]:
    """The listing, signed and kept by the agent, with its caps; the one that waits as it is."""
    listing, home = done.listing, owner.home
    holding = newest_holding(home, listing.dataset)
    signed = sign_record(owner.identity, listing) if done.changes else holding.listing

    def keep() -> None:
        # Asked again in here, where nobody else can keep one: two may have begun at once.
        newest = read_listing(home, listing.dataset, listing.version, signed.signer).record
        if newest.edition != (listing.edition - 1 if done.changes else listing.edition):
            raise _changed_meanwhile(newest, listing.edition - 1)
        if done.changes:
            keep_listing(home, signed)

    with told_in_epsilon(listing.policy.delta):
        amend(owner.store, terms_of(listing, holding.manifest.record), keep)
    return signed


def _check_owner(owner: Owner, holding: Holding) -> None:
    owner.store.check_reconciled()
    if owner.identity.public.hex != holding.owner_key:
        raise Refused(
            "owner-key",
            "The identity here is not the one that published the dataset.",
            "Use the client home the dataset was published from.",
        )


def _check_newest(owner: Owner, holding: Holding, shown: Any) -> None:
    """That it is the listing of the newest version, of a dataset that is there to be asked."""
    record, home = holding.listing.record, owner.home
    dataset = record.dataset
    if (dataset_path(home, dataset) / "destroyed").exists():
        raise Refused(
            "key-destroyed",
            f"The key of {dataset} was destroyed.",
            "Publish the table under another dataset id.",
        )
    standing = holding.serving.standing
    if standing is not None and standing.state == "withdrawn":
        raise Conflict(
            "standing-final",
            f"Dataset {dataset} was withdrawn for good.",
            "Publish it as a new dataset; the budget of its people stays what it was.",
        )
    version = next_version(home, owner.store, dataset)
    if Outgoing(home, dataset, version).is_complete:
        raise Refused(
            "publication-pending",
            f"Version {version} of {dataset} is encrypted and signed, and not listed yet: it would "
            "bring back what its declaration says.",
            f"Publish it with the same files first, or discard it: market dataset discard "
            f"{dataset}.",
        )
    there = (int(shown["version"]), int(shown["edition"])) if shown else (0, 0)
    newest = max(newest_published(home, dataset) or 0, there[0])
    if record.version < newest or there > (record.version, record.edition):
        raise NotFound(
            "edition-not-held",
            f"This agent holds {_named((record.version, record.edition))} of the listing of "
            f"{dataset}, and has missed {_named(max(there, (newest, 1)))}.",
            "Take in what this agent has missed: market agent reconcile. A version whose documents "
            "are lost is followed by another: market dataset publish.",
        )


def _named(which: tuple[int, int]) -> str:
    version, edition = which
    return f"version {version} in edition {edition}"


def _check_waits(kept: Listing, shown: Any) -> None:
    """That the newest listing here is one that the portal may not have."""
    if int(shown["edition"]) >= kept.edition if shown else kept.edition == 1:
        raise Refused(
            "nothing-changed",
            f"Dataset {kept.dataset} is listed so already (edition {kept.edition}).",
            "Say what is to be other than it is.",
        )


def _check_portal_spent(dataset: str, shown: Any, cap_units: int, delta: str) -> None:
    # Before the agent has the listing: the portal also counts jobs that the agent has not seen.
    balance = shown["balance"] if shown else None
    if balance is None or balance["whose"] != "people":
        return
    spent, reserved = int(balance["spent_units"]), int(balance["reserved_units"])
    if cap_units < spent + reserved:
        held = Balance(f"of the people in {dataset}", cap_units, spent, reserved)
        raise cap_too_low(CapTooLow(held, cap_units), delta).error()


def _shown(portal: PortalClient, dataset: str) -> Any:
    try:
        return portal.get(f"datasets/{dataset}")
    except MarketError:
        return None


def _changed_meanwhile(kept: Listing, seen: int) -> Conflict:
    return Conflict(
        "edition-outdated",
        f"The listing of {kept.dataset} was changed meanwhile: edition {kept.edition} is kept, and "
        f"this change was made of edition {seen}.",
        f"Look at it as it is now, and change it again: market dataset show {kept.dataset}.",
    )
