"""What a submission asks for: a dataset by a buyer, or a consortium by one of its members."""

from __future__ import annotations

from dataclasses import dataclass

from crypto.identity import PublicKey
from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.engines import Engine
from market.entities.job import NO_VERSION, AskedDataset
from market.entities.people import User
from market.errors import NotFound, Refused
from market.policy.decision import Denied
from market.policy.membership import recipient_rule
from market.policy.readiness import ready_agreement
from market.policy.submission import Submission
from market.services.appoint_agent import require_appointed
from market.services.authorize import require_asker, require_buyer
from market.services.change_standing import serving_of
from market.services.members_agents import require_members_appointed
from market.services.platform import Platform
from market.services.read_entitlement import read_entitlement


@dataclass(frozen=True, slots=True)
class Askable:
    """What a job asks, of whom, and for whom.

    Attributes:
        parties: public keys (hex) of the agents whose word it needs, in order.
        recipient: whose the answer will be, and the signature under the request.
    """

    engine: Engine
    asked: AskedDataset
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
    consortium = own_consortium(platform, user, asked.dataset)
    if consortium is not None:
        return _of_consortium(platform, user, consortium, asked)
    if asked.recipient not in ("", user.user) or asked.verified == "yes":
        raise Refused(
            "submission-not-for-members",
            f"{asked.dataset} is no consortium of yours: no recipient is named, nothing verified.",
            "Leave recipient and verified out.",
        )
    require_buyer(user, "submit")
    dataset = platform.catalogue.dataset(asked.dataset)
    require_appointed(platform, dataset)
    version = dataset.listing.record.version
    if denied := serving_of(platform, dataset.dataset).refusal(dataset.dataset, version):
        raise denied.error()
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    if isinstance(decision, Denied):
        raise decision.error()
    return of_dataset(user, asked, dataset)


def own_consortium(platform: Platform, user: User, name: str) -> Consortium | None:
    """The newest agreement of a consortium in which the user's organisation has a seat; None where
    there is none: to others a consortium's name is one that nobody has."""
    try:
        newest = platform.consortia.newest(name)
    except NotFound:
        return None
    return newest if user.organisation in newest.organisations else None


def turned_away(platform: Platform, user: User, asked: Submission) -> Askable:
    """The same of a submission that was refused, as far as what it names is there."""
    consortium = own_consortium(platform, user, asked.dataset)
    if consortium is not None and consortium.agreement is not None:
        return _askable(user, consortium, asked)
    try:
        return of_dataset(user, asked, platform.catalogue.dataset(asked.dataset))
    except NotFound:
        # The refusal says so; the job keeps what was asked for.
        return of_dataset(user, asked, None)


def of_dataset(user: User, asked: Submission, dataset: Dataset | None) -> Askable:
    """Of a dataset; None where there is no such."""
    version = dataset.listing.record.version if dataset else NO_VERSION
    parties = (dataset.manifest.record.agent,) if dataset else ()
    return Askable("ciphertext", AskedDataset(asked.dataset, version), parties, user, False)


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
        asked=AskedDataset(consortium.consortium, consortium.number),
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
