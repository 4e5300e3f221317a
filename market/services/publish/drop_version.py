"""The owner's signed word that a version goes: keep it, and delete its ciphertext at once.

From then on it is as any that nobody needs (market.services.publish.drop_ciphertext): the portal
that leads deletes what no version that stays names. Listing, manifest, budget and receipts stay.
"""

from __future__ import annotations

from crypto.errors import CryptoError
from market.entities.dataset import Dataset
from market.entities.people import Operator, User
from market.errors import Conflict, Refused
from market.policy.listing.retention import require_needless
from market.records.first_difference import first_difference
from market.records.signed import Signed, open_signed, record_hash
from market.records.version_drop import VersionDrop
from market.services.audit_trail import Deed, audited
from market.services.authorize import own_dataset
from market.services.platform import Platform
from market.services.publish.drop_ciphertext import versions_asked


def drop_version(
    platform: Platform, user: User, dataset_id: str, word_text: str, *, now: int
) -> VersionDrop:
    """Begin to delete a version; said again, nothing changes.

    Raises:
        NotFound: there is no such version. NotPermitted: the user does not own the dataset.
        Refused: `drop-invalid`: it is not the owner's word on this version. `version-answered`: it
            is the newest, or served beside it.
        Conflict: `version-asked`: a job under way is about it. `version-needed`: it was made
            answered at the same moment.
    """
    dataset = own_dataset(platform, user, dataset_id)
    word = _read(dataset, word_text)
    version = word.record.version
    found = platform.catalogue.version(dataset_id, version)
    expected = {
        "dataset": (word.record.dataset, dataset_id),
        "manifest": (word.record.manifest_hash, record_hash(found.manifest.record)),
    }
    if difference := first_difference(expected):
        raise _invalid(f"its {difference}")
    if found.is_stored:
        _check_not_needed(platform, dataset, version)
        deed = Deed("ciphertext-dropped", f"{dataset_id}/{version}", "dropped by its owner", "")
        with audited(platform, Operator(), deed, now=now):
            platform.retention.drop(word, now=now)
    else:
        platform.retention.drop(word, now=now)
    return word.record


def _check_not_needed(platform: Platform, dataset: Dataset, version: int) -> None:
    signed = dataset.signed_standing
    require_needless(version, dataset.listing.record, signed.record if signed else None)
    if (dataset.dataset, version) in versions_asked(platform, {dataset.dataset}):
        raise Conflict(
            "version-asked",
            f"A job under way is about version {version} of {dataset.dataset}.",
            "Nothing was deleted. Say it again when the job has ended: market inbox.",
        )


def _read(dataset: Dataset, word_text: str) -> Signed[VersionDrop]:
    try:
        return open_signed(VersionDrop, word_text.encode(), signer=dataset.owner_key)
    except CryptoError as error:
        raise _invalid(str(error)) from error


def _invalid(reason: str) -> Refused:
    return Refused(
        "drop-invalid",
        f"The word was not accepted: {reason}.",
        "Say it again with the owner's installed client.",
    )
