"""What the API answers about drafts (market.portal.replies.reply)."""

from __future__ import annotations

from typing import Any, Self

from market.portal.replies.reply import Reply
from market.services.publish.read_drafts import ReadDraft, Step


class DraftLine(Reply):
    """A draft in a list; times are unix seconds, `taken_by` and `taken_at` of whoever took it up.

    `dataset` and `title` are as typed so far. `step` is how far it has come on its way; `gaps`
    counts what it lacks, and `version` is the one that was listed of it.
    """

    number: int
    dataset: str
    title: str
    revision: int
    saved_by: str
    saved_at: int
    taken_by: str | None
    taken_at: int | None
    taken_revision: int | None
    gaps: int
    step: Step
    version: int | None

    @classmethod
    def of(cls, read: ReadDraft, **beside: Any) -> Self:
        """A draft, with what a longer reply has beside it."""
        draft, taken = read.draft, read.draft.taken
        return cls(
            number=draft.number,
            dataset=draft.content.dataset,
            title=draft.content.title,
            revision=draft.revision,
            saved_by=draft.saved_by,
            saved_at=draft.saved_at,
            taken_by=taken.by if taken else None,
            taken_at=taken.at if taken else None,
            taken_revision=taken.revision if taken else None,
            gaps=len(read.gaps),
            step=read.step,
            version=read.listed.listing.record.version if read.listed else None,
            **beside,
        )


class Lack(Reply):
    """What one field lacks, in words; a column's fields are named `columns.3.low`, from 0."""

    field: str
    sentence: str


class WholeDraft(DraftLine):
    """A draft with its document (market.entities.draft) and what it lacks."""

    draft: str
    lacks: list[Lack]

    @classmethod
    def of_whole(cls, read: ReadDraft) -> Self:
        """All of it."""
        lacks = [Lack(field=gap.field, sentence=gap.sentence) for gap in read.gaps]
        return cls.of(read, draft=read.draft.content.document(), lacks=lacks)
