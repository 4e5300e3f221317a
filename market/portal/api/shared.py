"""Results shared inside an organisation: reader keys, and what was sealed to them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from market.entities.shared_result import MOST_SHARED_CHARACTERS
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute, Body
from market.portal.replies.reply import Done
from market.portal.replies.shared import ColleagueLine, SharedLine, WholeShared
from market.services.authorize import require_person
from market.services.people.register_reader_key import list_readers, register_reader_key
from market.services.release.share_result import (
    list_shared,
    read_shared,
    share_result,
    withdraw_shared,
)

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

_DOCUMENT = Field(max_length=MOST_SHARED_CHARACTERS)


class SignedReaderKey(Body):
    """A signed `market/reader-key/1`."""

    reader_key: str = _DOCUMENT


class NewShared(Body):
    """Whom it is for, and the signed `market/shared-result/1`."""

    recipient: str = Field(max_length=100)
    shared: str = _DOCUMENT


@router.put("/identity/reader-key")
def register(body: SignedReaderKey, platform: PlatformHere, caller: CallerHere) -> Done:
    """Register the caller's reader key, which their identity key has signed. Another one takes its
    place; what was sealed to the earlier one opens under that alone."""
    register_reader_key(platform, require_person(caller), body.reader_key)
    return Done(status="registered")


@router.get("/colleagues")
def colleagues(platform: PlatformHere, caller: CallerHere) -> list[ColleagueLine]:
    """Whom the caller can share results with: people of their organisation with a reader key."""
    return [ColleagueLine.of(one) for one in list_readers(platform, require_person(caller))]


@router.get("/shared-results")
def every_one(platform: PlatformHere, caller: CallerHere) -> list[SharedLine]:
    """What the caller has shared and was given, the newest first."""
    return [SharedLine.of(one) for one in list_shared(platform, require_person(caller))]


@router.post("/shared-results", status_code=201)
def share(body: NewShared, platform: PlatformHere, caller: CallerHere, now: Now) -> SharedLine:
    """Hand a result on to one colleague, sealed. Nothing is spent."""
    user = require_person(caller)
    return SharedLine.of(share_result(platform, user, body.recipient, body.shared, now=now))


@router.get("/shared-results/{job}")
def one(job: str, platform: PlatformHere, caller: CallerHere) -> WholeShared:
    """What the caller was given of a job."""
    return WholeShared.of_whole(read_shared(platform, require_person(caller), job))


@router.delete("/shared-results/{job}/{recipient}", status_code=204)
def withdraw(
    job: str, recipient: str, platform: PlatformHere, caller: CallerHere, now: Now
) -> None:
    """Take a shared result back, or put one away. Whoever opened it has it."""
    withdraw_shared(platform, require_person(caller), job, recipient, now=now)
