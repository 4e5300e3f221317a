"""Where a local store's signed addresses lead: PUT and GET of single objects.

An address says which bytes it admits; a body of any other size or hash is refused, and no more of
it is read than its address allows. An S3 store has addresses of its own, so nothing is served here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from market.portal.access import Now, PlatformHere
from market.portal.upload_desk import UploadDesk, arriving, time_for
from market.services.publish.serve_object import (
    admit_upload,
    keep_upload,
    open_download,
    other_bytes,
)

router = APIRouter(prefix="/objects")

_READ_BYTES = 1024 * 1024


@router.put("/{key:path}", status_code=201)
async def put_object(
    key: str, request: Request, platform: PlatformHere, now: Now
) -> dict[str, Any]:
    """Store the very bytes the address was signed for; sending them again changes nothing."""
    content, owner = admit_upload(platform, key, request.query_params, now=now)
    uploads: UploadDesk = request.app.state.uploads
    async with uploads.place(owner):
        async with arriving(time_for(content.size_bytes)):
            data = await _read(request, content.size_bytes)
        await run_in_threadpool(keep_upload, platform, key, content, data)
    return {"key": key, "size_bytes": content.size_bytes}


@router.get("/{key:path}", response_class=Response)
def get_object(key: str, request: Request, platform: PlatformHere, now: Now) -> Response:
    """The object's bytes."""
    file, head = open_download(platform, key, request.query_params, now=now)
    headers = {"Content-Length": str(head.size_bytes), "ETag": f'"{head.sha256}"'}
    return StreamingResponse(
        _pieces(file),
        media_type="application/octet-stream",
        headers=headers,
        # Who asks may leave before the first piece was read.
        background=BackgroundTask(file.close),
    )


async def _read(request: Request, size_bytes: int) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > size_bytes:
            raise other_bytes(f"more than {size_bytes} bytes arrived")
    return bytes(data)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_READ_BYTES):
            yield piece
