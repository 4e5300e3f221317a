"""Drafts of listings: what an owner's client starts, reads and takes up."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from market.entities.draft import MOST_DRAFT_BYTES, read_draft_document
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.addresses import LARGEST_NUMBER, DraftNumber
from market.portal.bodies import ApiRoute, Body
from market.portal.replies.drafts import DraftLine, WholeDraft
from market.portal.replies.reply import Done
from market.services.authorize import require_scope
from market.services.publish.read_drafts import list_drafts, read_draft
from market.services.publish.take_up_draft import take_up_draft
from market.services.publish.write_draft import delete_draft, save_draft, start_draft

router = APIRouter(prefix="/api/v1/drafts", route_class=ApiRoute)

_DOCUMENT = Field(max_length=MOST_DRAFT_BYTES)
_REVISION = Field(ge=1, le=LARGEST_NUMBER)


class NewDraft(Body):
    """A draft's document (market.entities.draft)."""

    draft: str = _DOCUMENT


class ChangedDraft(Body):
    """A draft's document, and the revision that it takes the place of."""

    draft: str = _DOCUMENT
    revision: int = _REVISION


class TakenRevision(Body):
    """The revision that is about to be encrypted and signed."""

    revision: int = _REVISION


@router.get("")
def every_one(platform: PlatformHere, caller: CallerHere) -> list[DraftLine]:
    """The drafts of the caller's organisation, the one saved last first."""
    user = require_scope(caller, "owner")
    return [DraftLine.of(read) for read in list_drafts(platform, user)]


@router.post("", status_code=201)
def start(body: NewDraft, platform: PlatformHere, caller: CallerHere, now: Now) -> DraftLine:
    """Start a draft, complete or not."""
    user = require_scope(caller, "owner")
    made = start_draft(platform, user, read_draft_document(body.draft), now=now)
    return DraftLine.of(read_draft(platform, user, made.number))


@router.get("/{draft}")
def one(draft: DraftNumber, platform: PlatformHere, caller: CallerHere) -> WholeDraft:
    """A draft as it was typed, and what it lacks."""
    user = require_scope(caller, "owner")
    return WholeDraft.of_whole(read_draft(platform, user, draft))


@router.put("/{draft}")
def save(
    draft: DraftNumber, body: ChangedDraft, platform: PlatformHere, caller: CallerHere, now: Now
) -> WholeDraft:
    """Keep a draft as it is now, in the place of a revision that nobody has changed meanwhile."""
    user = require_scope(caller, "owner")
    content = read_draft_document(body.draft)
    save_draft(platform, user, draft, content, revision=body.revision, now=now)
    return WholeDraft.of_whole(read_draft(platform, user, draft))


@router.post("/{draft}/take-up")
def take_up(
    draft: DraftNumber, body: TakenRevision, platform: PlatformHere, caller: CallerHere, now: Now
) -> WholeDraft:
    """Write down that the caller's client encrypts and signs what a revision says."""
    user = require_scope(caller, "owner")
    take_up_draft(platform, user, draft, revision=body.revision, now=now)
    return WholeDraft.of_whole(read_draft(platform, user, draft))


@router.delete("/{draft}")
def delete(draft: DraftNumber, platform: PlatformHere, caller: CallerHere) -> Done:
    """Delete a draft for good; what came of it stays."""
    delete_draft(platform, require_scope(caller, "owner"), draft)
    return Done(status="deleted")
