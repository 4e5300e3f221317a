"""Bodies of the JSON API: how large they may be, from whom, and how they are read.

A framework reads a body whole and makes values of it before any route asks who sent it. So long
bodies are read only with a token for what they carry, and no more values are made of any body than
the API's documents have: 120 MB of empty lists would become three gigabytes, and hold everybody up
for ten seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from crypto import canonical
from crypto.errors import FormatError
from market.entities.draft import MOST_DRAFT_BYTES
from market.entities.people import Caller
from market.plan.plan import MAXIMUM_PLAN_BYTES

MAXIMUM_OBJECT_BYTES = 256 * 1024 * 1024

MAXIMUM_CONSORTIUM_BYTES = 4 * 1024 * 1024
"""Of a proposal: two schemas, and few words."""

MAXIMUM_PROGRAM_BYTES = 50_000_000
"""Of a git bundle; the setting `program_maximum_bytes` says how much of that is taken."""

STRANGER_BYTES = 256 * 1024
"""As much as is read before it is known who sends it."""

_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024
_FORM_BYTES = 64 * _KIBIBYTE
_MOST_VALUES = 1_000
"""In one body: the API's documents are texts, and the longest list has a hundred of them."""


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """What a body may be; `scope` is the owner's token it takes when it is long, empty for any."""

    size_bytes: int
    scope: str = ""

    def admits(self, caller: Caller) -> bool:
        """Whether a long body of this sender is read."""
        return not self.scope or (self.scope in caller.scopes and "owner" in caller.user.roles)


_LIMITS = (
    (re.compile(r"/api/v1/datasets"), BodyLimit(160 * _MEBIBYTE, "owner")),
    (re.compile(r"/api/v1/jobs/[^/]+/release"), BodyLimit(40 * _MEBIBYTE, "agent")),
    (re.compile(r"/api/v1/agent/receipts"), BodyLimit(20 * _MEBIBYTE, "agent")),
    # As a JSON string a plan's own quotation marks are escaped: it grows to twice its size at most.
    (re.compile(r"/api/v1/quotes"), BodyLimit(2 * MAXIMUM_PLAN_BYTES + _KIBIBYTE)),
    (re.compile(r"/api/v1/programs"), BodyLimit(MAXIMUM_PROGRAM_BYTES)),
    (re.compile(r"/api/v1/consortia"), BodyLimit(2 * MAXIMUM_CONSORTIUM_BYTES, "owner")),
    (re.compile(r"/api/v1/drafts(/[0-9]+)?"), BodyLimit(2 * MOST_DRAFT_BYTES + _KIBIBYTE, "owner")),
    (re.compile(r"/api/.*"), BodyLimit(STRANGER_BYTES)),
    (re.compile(r"/jobs/new"), BodyLimit(MAXIMUM_PROGRAM_BYTES + _FORM_BYTES)),
    # As a form a draft's letters outside of ASCII are escaped, too.
    (re.compile(r"/drafts/[0-9]+"), BodyLimit(STRANGER_BYTES)),
    (re.compile(r"/objects/.*"), BodyLimit(MAXIMUM_OBJECT_BYTES)),
)


def body_limit(path: str) -> BodyLimit:
    """What a request's body may be."""
    for pattern, limit in _LIMITS:
        if pattern.fullmatch(path):
            return limit
    return BodyLimit(_FORM_BYTES)


def is_for_known_only(path: str) -> bool:
    """Whether a body over `STRANGER_BYTES` is read only with a live API token, or a page's form in
    a live session. Signed addresses bring their own proof."""
    return not path.startswith("/objects/") and body_limit(path).size_bytes > STRANGER_BYTES


class Body(BaseModel):
    """A JSON body: a member that nobody knows is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class ApiRoute(APIRoute):
    """A route whose body is parsed within bounds, and beside everything else the portal does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own, given a request that is read within bounds."""
        handle = super().get_route_handler()

        async def handle_bounded(request: Request) -> Response:
            return await handle(_BoundedRequest(request.scope, request.receive))

        return handle_bounded


class _BoundedRequest(Request):
    async def json(self) -> Any:
        data = await self.body()
        try:
            return await run_in_threadpool(
                canonical.parse, data, limit_bytes=len(data), limit_values=_MOST_VALUES
            )
        except FormatError as error:
            raise HTTPException(422, str(error)) from error
