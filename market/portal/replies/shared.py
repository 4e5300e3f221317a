"""What the API answers about reader keys and shared results (market.portal.replies.reply)."""

from __future__ import annotations

from typing import Self

from market.entities.shared_result import SharedWith
from market.portal.replies.reply import Reply
from market.services.people.register_reader_key import Reader


class ColleagueLine(Reply):
    """Somebody to share with; `reader_key` is their signed `market/reader-key/1`."""

    user: str
    name: str
    identity_key: str
    reader_key: str

    @classmethod
    def of(cls, reader: Reader) -> Self:
        """A colleague with a reader key."""
        user = reader.user
        return cls(
            user=user.user,
            name=user.name,
            identity_key=user.identity_key,
            reader_key=reader.document,
        )


class SharedLine(Reply):
    """A result that is shared; times in unix seconds, `withdrawn_at` 0 while it can be opened."""

    job: str
    sharer: str
    recipient: str
    shared_at: int
    withdrawn_at: int

    @classmethod
    def of(cls, shared: SharedWith) -> Self:
        """Who shared what with whom."""
        return cls(
            job=shared.job,
            sharer=shared.sharer,
            recipient=shared.recipient,
            shared_at=shared.shared_at,
            withdrawn_at=shared.withdrawn_at,
        )


class WholeShared(SharedLine):
    """With the signed `market/shared-result/1`."""

    document: str

    @classmethod
    def of_whole(cls, shared: SharedWith) -> Self:
        """All of it."""
        return cls(**dict(SharedLine.of(shared)), document=shared.document)
