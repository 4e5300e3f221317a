"""The inbox: what waits for the caller's hand, and their marks."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from market.entities.inbox import InboxItem, InboxPlace, Kind
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute, Body
from market.portal.replies.reply import Done
from market.services.authorize import require_person
from market.services.inbox.read_inbox import mark_done, sort_inbox, unmark

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


class Mark(Body):
    """An item's place, and which half it is to stand in; `about` is its request, or its subject."""

    since: int = Field(ge=0, le=2**53)
    kind: Kind
    about: str = Field(max_length=300)
    is_done: bool


@router.get("/inbox")
def inbox(
    platform: PlatformHere,
    caller: CallerHere,
    now: Now,
    show: Annotated[Literal["", "done"], Query()] = "",
) -> list[InboxItem]:
    """What waits for the caller's hand, each with the command that does it; or what of it they have
    marked as done."""
    found = sort_inbox(platform, caller.user, now=now)
    return list(found.done if show == "done" else found.waiting)


@router.post("/inbox/marks")
def mark(body: Mark, platform: PlatformHere, caller: CallerHere, now: Now) -> Done:
    """Mark something as done, or take the mark back; what is not there changes nothing."""
    user, place = require_person(caller), InboxPlace(body.since, body.kind, body.about)
    if body.is_done:
        mark_done(platform, user, place, now=now)
        return Done(status="marked")
    unmark(platform, user, place)
    return Done(status="unmarked")
