"""List a dataset version: the owner's signed listing and manifest, the chunks already stored."""

from __future__ import annotations

from crypto import parameters
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market.entities.people import User
from market.entities.retention import Upload
from market.errors import NotFound, Refused
from market.policy.budget.budget import told_in_epsilon
from market.policy.budget.people import terms_of
from market.policy.listing.appointment import check_appointed
from market.policy.listing.counted_chunks import chunks_named_again
from market.policy.operation.limits import refuse_more_storage
from market.records.first_difference import first_difference
from market.records.listing import Listing
from market.records.manifest import Chunk, Manifest, chunk_prefix
from market.records.signed import Signed, open_signed, record_hash
from market.services.access.appoint_agent import appointed
from market.services.access.limits import limits_of, stored_bytes
from market.services.access.refresh_forms import refresh_forms
from market.services.authorize import require_free_name, require_owner
from market.services.platform import Platform
from market.services.publish.change_standing import end_unanswered
from market.services.publish.owned_tables import caps_beside_others, claim_lineages


def publish_dataset(
    platform: Platform, user: User, listing_text: str, manifest_text: str, *, now: int
) -> None:
    """Check the two documents against each other and the store, then list the version.

    Listing it and setting the caps of its people is one step: a refused publication changes none.
    Jobs that wait on the version before end: the owner's agent answers the newest.

    Raises:
        NotPermitted: the user is not an owner or has not registered an identity key.
        Refused: a signature, hash or column does not fit, a chunk is missing, the agent is not the
            one its owner has appointed, its organisation may store no more, the table neither
            shares its owner's lineages nor says why, or a cap would fall below what is spent.
        Conflict: the dataset or a lineage is somebody else's, or the version is not the next one.
        Unavailable: `upload-dropping`: what was sent of it is being deleted.
    """
    require_owner(user, "publish")
    listing, manifest = _read(user, listing_text, manifest_text)
    _check_fit(listing.record, manifest.record)
    check_appointed(manifest.record.agent, appointed(platform, user.user))
    require_free_name(platform, user, listing.record.dataset)
    upload = Upload(user.user, user.organisation, manifest.record.dataset, manifest.record.version)
    # From here on nothing of it is deleted, so that what is looked for now is there when it counts.
    announced = platform.uploads.go_on(upload, now=now)
    _check_stored(platform, user, manifest.record)
    _check_space(platform, user, manifest.record, announced=announced)
    claim_lineages(platform, user.user, manifest.record.lineages)
    table = terms_of(listing.record, manifest.record)
    with told_in_epsilon(listing.record.policy.delta):
        platform.catalogue.publish(
            listing,
            manifest,
            owner=user.user,
            organisation=user.organisation,
            caps=caps_beside_others(platform, user.user, table, listing.record.population),
            now=now,
        )
    end_unanswered(platform, listing.record.dataset, now=now)
    refresh_forms(platform, now=now)


def _read(
    user: User, listing_text: str, manifest_text: str
) -> tuple[Signed[Listing], Signed[Manifest]]:
    try:
        return (
            open_signed(Listing, listing_text.encode(), signer=user.identity_key),
            open_signed(Manifest, manifest_text.encode(), signer=user.identity_key),
        )
    except CryptoError as error:
        raise Refused(
            "publication-invalid",
            f"The listing or manifest was not accepted: {error}.",
            "Publish again with the installed client and the registered identity key.",
        ) from error


def _check_fit(listing: Listing, manifest: Manifest) -> None:
    expected = {
        "dataset": (manifest.dataset, listing.dataset),
        "version": (manifest.version, listing.version),
        "manifest hash": (record_hash(manifest), listing.manifest_hash),
        "schema digest": (manifest.schema_digest, listing.schema.digest()),
        "parameters": (
            manifest.parameters_digest,
            parameters.by_name(manifest.parameters).digest(),
        ),
        "columns": (
            tuple(column.name for column in manifest.columns),
            listing.schema.encoded_columns,
        ),
        "columns without chunks": (manifest.without_chunks, listing.schema.only_summed),
    }
    if found := first_difference(expected):
        raise Refused(
            "publication-invalid",
            f"The manifest's {found.what} is {found.seen}, the listing's {found.wanted}.",
            "Publish again with the installed client.",
        )


def _check_space(platform: Platform, user: User, manifest: Manifest, *, announced: int) -> None:
    most = limits_of(platform, user.organisation).storage_bytes
    taken = stored_bytes(platform, user.organisation) - announced
    again = sum(chunk.size_bytes for chunk in chunks_named_again(manifest))
    more = manifest.stored_bytes - again
    refuse_more_storage(user.organisation, most, taken=taken, more=more)


def _check_stored(platform: Platform, user: User, manifest: Manifest) -> None:
    owner = PublicKey.parse(user.identity_key).fingerprint()
    prefix = chunk_prefix(manifest.dataset, owner, manifest.version)
    before = _chunks_before(platform, manifest)
    for column in manifest.columns:
        for chunk in column.chunks:
            if not chunk.key.startswith(prefix) and (column.name, chunk) not in before:
                raise Refused(
                    "publication-invalid",
                    f"Chunk {chunk.key} lies outside {prefix}, and the version before does not "
                    "name it so.",
                    "Publish again with the installed client.",
                )
            head = platform.objects.head(chunk.key)
            if head is None or head.sha256 != chunk.sha256 or head.size_bytes != chunk.size_bytes:
                raise _missing(chunk, is_new=chunk.key.startswith(prefix))


def _missing(chunk: Chunk, *, is_new: bool) -> Refused:
    return Refused(
        "chunk-missing",
        f"Chunk {chunk.key} is not stored as the manifest says.",
        "Run the publication again: it sends what is missing."
        if is_new
        else "The platform has lost it. Discard this version, and publish it without --append.",
    )


def _chunks_before(platform: Platform, manifest: Manifest) -> set[tuple[str, Chunk]]:
    """What the version before names, by column: stored, and kept while this one names it too. It
    is the newest until this one is listed, and nothing of the newest is ever being deleted."""
    if manifest.version == 1:
        return set()
    try:
        listed = platform.catalogue.version(manifest.dataset, manifest.version - 1)
    except NotFound:
        return set()
    columns = listed.manifest.record.columns
    return {(column.name, chunk) for column in columns for chunk in column.chunks}
