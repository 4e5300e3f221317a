"""What the API answers about datasets (market.portal.replies.reply)."""

from __future__ import annotations

from typing import Any, Literal, Self

from market.entities.dataset import AccessRequest, Dataset
from market.entities.offer import Offer
from market.policy.listing.encrypted_for import EncryptedFor, encrypted_for
from market.portal.replies.reply import Reply
from market.records.standing import StandingWord


class DatasetLine(Reply):
    """What the catalogue shows of a dataset; `changed_at` is when the newest edition of its listing
    came (unix seconds), null while that is the first."""

    dataset: str
    version: int
    title: str
    summary: str
    organisation: str
    standing: StandingWord
    access: Literal["open", "request", "invitation"]
    price_cents: int
    encrypted_for: EncryptedFor
    capacity_rows: int
    published_at: int
    edition: int
    changed_at: int | None

    @classmethod
    def of(cls, dataset: Dataset | Offer, **beside: Any) -> Self:
        """A dataset, with what a longer reply has beside it."""
        listing = dataset.listing.record
        return cls(
            dataset=dataset.dataset,
            version=listing.version,
            title=listing.description.title,
            summary=listing.description.summary,
            organisation=dataset.organisation,
            standing=dataset.standing,
            access=listing.policy.access,
            price_cents=listing.policy.price_cents,
            encrypted_for=encrypted_for(dataset.parameters),
            capacity_rows=listing.schema.capacity_rows,
            published_at=dataset.published_at,
            edition=listing.edition,
            changed_at=dataset.changed_at,
            **beside,
        )


class Balance(Reply):
    """In units of 1e-12 rho, of the people in the data, of the reader's own, or of nobody."""

    whose: Literal["people", "own", "nobody"]
    cap_units: int
    spent_units: int
    reserved_units: int
    in_all_units: int


class KeptVersion(Reply):
    """How long a version's ciphertext stays; times are unix seconds."""

    version: int
    published_at: int
    stored_bytes: int
    kept_until: int | None
    is_stored: bool
    dropped_at: int | None


class AccessRequestLine(Reply):
    """`buyer` is the fingerprint of the key of whoever asks; `answer` are the owner's words to a
    refusal, if they gave any."""

    request: str
    organisation: str
    user: str
    buyer: str
    purpose: str
    state: Literal["waiting", "granted", "declined"]
    created_at: int
    answer: str

    @classmethod
    def of(cls, asked: AccessRequest) -> Self:
        """A wish for access, as whoever may see it is told."""
        return cls(
            request=asked.request,
            organisation=asked.organisation,
            user=asked.user,
            buyer=asked.buyer_fingerprint,
            purpose=asked.purpose,
            state=asked.state,
            created_at=asked.created_at,
            answer=asked.answer,
        )


class WholeDataset(DatasetLine):
    """A dataset's newest version as it was signed, and what the caller may still ask of it.

    `asked` are all wishes for access for its owner, those of their organisation for anybody else.
    """

    listing: str
    manifest: str
    appointment: str
    owner_key: str
    signed_standing: str
    balance: Balance
    entitled: bool
    asked: list[AccessRequestLine]
    kept_seconds: int | None
    versions: list[KeptVersion]


class KeptStanding(Reply):
    standing: StandingWord
    number: int


class KeptListing(Reply):
    version: int
    edition: int


class EditionLine(Reply):
    """One listing of a version, as its owner signed it, and when it came (unix seconds)."""

    version: int
    edition: int
    listing: str
    listed_at: int


class UploadAddress(Reply):
    """Where to send a chunk; empty for one that is stored already."""

    stored: bool
    url: str


class ObjectAddress(Reply):
    url: str


class GrantLine(Reply):
    grant: str
    revoked: bool
    revocation: str | None


class MadeRequest(Reply):
    request: str
