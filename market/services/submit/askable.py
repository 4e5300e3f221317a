"""What a submission asks for: datasets by a buyer, or a consortium by one of its members."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from crypto.identity import PublicKey
from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.engines import Engine
from market.entities.job import NO_VERSION, AskedDataset
from market.entities.people import User
from market.errors import NotFound, Refused
from market.policy.consortia.membership import recipient_rule
from market.policy.consortia.readiness import ready_agreement
from market.policy.decision import Denied
from market.policy.listing.retention import require_stored
from market.policy.submission.submission import Submission
from market.services.access.appoint_agent import require_appointed
from market.services.access.read_entitlement import read_entitlement
from market.services.authorize import require_asker, require_buyer
from market.services.members_agents import require_members_appointed
from market.services.platform import Platform
from market.services.publish.change_standing import serving_of
from market.services.sources import encrypted_source


@dataclass(frozen=True, slots=True)
class Askable:
    """What a job asks, of whom, and for whom.

    Attributes:
        parties: public keys (hex) of the agents whose word it needs, in order.
        recipient: whose the answer will be, and the signature under the request.
    """

    engine: Engine
    datasets: tuple[AskedDataset, ...]
    parties: tuple[str, ...]
    recipient: User
    is_verified: bool


def askable(platform: Platform, user: User, asked: Submission, *, now: int) -> Askable:
    """What a submission in normal form asks for, where the user may ask it now.

    Raises:
        NotPermitted: the user may not ask, or has not registered an identity key.
        Refused: what is asked takes no jobs now, or not this one's.
        NotFound: there is no such dataset, or consortium of theirs.
    """
    consortium = own_consortium(platform, user, asked.datasets)
    if consortium is not None:
        return _of_consortium(platform, user, consortium, asked)
    if asked.recipient not in ("", user.user) or asked.verified == "yes":
        raise Refused(
            "submission-not-for-members",
            f"{asked.dataset} is no consortium of yours: no recipient is named, nothing verified.",
            "Leave recipient and verified out.",
        )
    require_buyer(user, "submit")
    datasets = [platform.catalogue.dataset(name) for name in asked.datasets]
    for dataset in datasets:
        _require_served(platform, user, dataset, now=now)
    encrypted_source(datasets)
    return _of_datasets(user, asked.datasets, datasets)


def _require_served(platform: Platform, user: User, dataset: Dataset, *, now: int) -> None:
    """That a dataset takes questions, and of this user (raises Refused)."""
    require_appointed(platform, dataset)
    version = dataset.listing.record.version
    if denied := serving_of(platform, dataset.dataset).refusal(dataset.dataset, version):
        raise denied.error()
    require_stored(dataset)
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    if isinstance(decision, Denied):
        raise decision.error()


def own_consortium(platform: Platform, user: User, names: Sequence[str]) -> Consortium | None:
    """The newest agreement of a consortium in which the user's organisation has a seat; None where
    there is none: to others a consortium's name is one that nobody has."""
    if len(names) != 1:
        return None
    try:
        newest = platform.consortia.newest(names[0])
    except NotFound:
        return None
    return newest if user.organisation in newest.organisations else None


def turned_away(platform: Platform, user: User, asked: Submission) -> Askable:
    """The same of a submission that was refused, as far as what it names is there."""
    try:
        names = asked.datasets
    except Refused:
        # The job keeps what was typed.
        names = (asked.dataset,)
    consortium = own_consortium(platform, user, names)
    if consortium is not None and consortium.agreement is not None:
        return _askable(user, consortium, asked)
    found = []
    for name in names:
        # The refusal says which there is not.
        with suppress(NotFound):
            found.append(platform.catalogue.dataset(name))
    return _of_datasets(user, names, found)


def _of_datasets(user: User, names: Sequence[str], found: Sequence[Dataset]) -> Askable:
    """Of the datasets with these names, of which there are those `found`."""
    listings = {dataset.dataset: dataset.listing.record for dataset in found}
    datasets = tuple(
        AskedDataset(name, listings[name].version, listings[name].edition)
        if name in listings
        else AskedDataset(name, NO_VERSION)
        for name in names
    )
    parties = tuple(sorted({dataset.manifest.record.agent for dataset in found}))
    return Askable("ciphertext", datasets, parties, user, False)


def _of_consortium(
    platform: Platform, user: User, consortium: Consortium, asked: Submission
) -> Askable:
    require_asker(user)
    agreement = ready_agreement(consortium)
    require_members_appointed(platform, agreement)
    recipient = _recipient(platform, user, asked)
    fingerprint = PublicKey.parse(recipient.identity_key).fingerprint()
    decision = recipient_rule(agreement, agreement.proposal.policy, fingerprint)
    if isinstance(decision, Denied):
        raise decision.error()
    return _askable(recipient, consortium, asked)


def _askable(recipient: User, consortium: Consortium, asked: Submission) -> Askable:
    agreement = consortium.agreement
    return Askable(
        engine="members",
        datasets=(AskedDataset(consortium.consortium, consortium.number),),
        parties=agreement.parties if agreement else (),
        recipient=recipient,
        is_verified=asked.verified == "yes",
    )


def _recipient(platform: Platform, user: User, asked: Submission) -> User:
    if asked.recipient in ("", user.user):
        found = user
    else:
        try:
            found = platform.people.user(asked.recipient)
        except NotFound as error:
            raise _no_recipient(asked.recipient) from error
    if not found.identity_key or not found.is_active:
        raise _no_recipient(found.user)
    return found


def _no_recipient(user: str) -> Refused:
    return Refused(
        "no-such-recipient",
        f"There is no active user {user:.60} with a registered key to seal to.",
        "Choose one of the recipients in the consortium's form.",
    )
