"""What may become of a draft: one rule for every place that keeps drafts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from market.entities.draft import Draft, DraftContent, TakenUp
from market.errors import Conflict, NotFound, Refused


def saved(draft: Draft, content: DraftContent, *, revision: int, by: str, now: int) -> Draft:
    """The draft with new content; the same content changes nothing.

    Raises:
        Conflict: `draft-changed`.
    """
    if content == draft.content:
        return draft
    _check_revision(draft, revision)
    return replace(draft, content=content, revision=revision + 1, saved_by=by, saved_at=now)


def taken_up(draft: Draft, *, revision: int, by: str, now: int) -> Draft:
    """The draft as taken up; by the same person again, it goes on.

    Raises:
        Conflict: `draft-taken`, `draft-changed`.
    """
    taken = draft.taken
    if taken is not None and taken.by != by:
        raise Conflict(
            "draft-taken",
            f"Draft {draft.number} was taken up by {taken.by} at {_moment(taken.at)}.",
            f"Let {taken.by} go on with it, or duplicate it in the portal and take the copy up.",
        )
    _check_revision(draft, revision)
    if taken is not None and taken.revision == revision:
        return draft
    return replace(draft, taken=TakenUp(by, now, revision))


def check_number(drafts: int, most: int) -> None:
    """That one more may be kept beside so many.

    Raises:
        Refused: `drafts-full`.
    """
    if drafts >= most:
        raise Refused(
            "drafts-full",
            f"Your organisation has {drafts} drafts, and may have {most}.",
            "Delete those that nobody needs; what is listed stays.",
        )


def no_draft(number: int) -> NotFound:
    """`no-draft`: in the same words for one of strangers as for one that never was."""
    return NotFound(
        "no-draft",
        f"There is no draft {number} of your organisation.",
        "Look at the list of drafts in the portal.",
    )


def _check_revision(draft: Draft, revision: int) -> None:
    if draft.revision != revision:
        raise Conflict(
            "draft-changed",
            f"Draft {draft.number} was saved by {draft.saved_by} at "
            f"{_moment(draft.saved_at)}: it is at revision {draft.revision}, yours began "
            f"from {revision}.",
            "Compare the two, and save what shall stay.",
        )


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
