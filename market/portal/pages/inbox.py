"""The inbox: what waits for the reader's hand, and what they have marked as done."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from market.entities.inbox import InboxPlace, Kind
from market.errors import Refused
from market.portal.access import CheckedForm, Now, PlatformHere, Reader, field
from market.portal.pages.forms import is_yes
from market.portal.pages.page import go, page
from market.services.access.grant_access import MOST_ANSWER_CHARACTERS
from market.services.inbox.read_inbox import mark_done, unmark
from market.services.inbox.read_inbox_rows import read_inbox_rows

router = APIRouter(include_in_schema=False)

_LONGEST = 300


class InboxQuery(BaseModel):
    """What stands in the address: which half, and behind which place a page begins."""

    show: Literal["", "done"] = ""
    since: int | None = Field(None, ge=0, le=2**53)
    kind: Kind | None = None
    about: str = Field("", max_length=_LONGEST)
    done: str = Field("", max_length=40)

    @property
    def after(self) -> InboxPlace | None:
        """The place, where one is named."""
        if self.since is None or self.kind is None:
            return None
        return InboxPlace(self.since, self.kind, self.about)


@router.get("/inbox")
def inbox(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    now: Now,
    asked_for: Annotated[InboxQuery, Query()],
) -> Response:
    """What waits for the reader's hand, each with the command that does it; a page at a time."""
    is_done = asked_for.show == "done"
    return page(
        request,
        "inbox.html",
        user=user,
        inbox=read_inbox_rows(platform, user, after=asked_for.after, is_done=is_done, now=now),
        is_done=is_done,
        is_later=asked_for.after is not None,
        answer_characters=MOST_ANSWER_CHARACTERS,
    )


@router.post("/inbox/marks")
def mark(platform: PlatformHere, user: Reader, now: Now, form: CheckedForm) -> Response:
    """Mark something as done, or take the mark back."""
    place = _place(form)
    if is_yes(form, "is_done"):
        mark_done(platform, user, place, now=now)
        return go("/inbox", done="inbox-done")
    unmark(platform, user, place)
    return go("/inbox?show=done", done="inbox-undone")


def _place(form: dict[str, list[str]]) -> InboxPlace:
    kind = next((one for one in get_args(Kind) if [one] == form.get("kind")), None)
    since = field(form, "since", maximum_characters=16)
    if kind is None or not (since.isascii() and since.isdigit()):
        raise Refused(
            "form-malformed",
            "Nothing in an inbox is called so.",
            "Load the inbox again, and use its buttons.",
        )
    return InboxPlace(int(since), kind, field(form, "about", maximum_characters=_LONGEST))
