"""Programs that buyers send themselves, instead of naming a repository."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute
from market.portal.replies.jobs import SentProgramLine
from market.services.authorize import require_scope
from market.services.submit.send_program import send_program

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/programs",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    },
)
def send(
    data: Annotated[bytes, Depends(_body)], platform: PlatformHere, caller: CallerHere, now: Now
) -> SentProgramLine:
    """Keep a git bundle for jobs of the caller's organisation, which name it by `repository`. The
    same again changes nothing."""
    user = require_scope(caller, "client")
    sent = send_program(platform, user, data, now=now)
    return SentProgramLine(
        repository=sent.repository, commits=sent.commits, size_bytes=sent.size_bytes
    )
