"""Where a local store's signed addresses lead: PUT and GET of single objects.

An address says which bytes it admits; a body of any other size or hash is refused, and no more of
it is read than its address allows. An S3 store has addresses of its own, so nothing is served here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import Content
from market.errors import Conflict, NotFound, Refused
from market.portal.access import Now, PlatformHere
from market.portal.upload_desk import UploadDesk, arriving, time_for
from market.ports.object_store import ObjectAltered, ObjectExists, ObjectMissing
from market.records.manifest import owner_of

router = APIRouter(prefix="/objects")

_READ_BYTES = 1024 * 1024


def local_store(platform: PlatformHere) -> LocalStore:
    """Raises NotFound where the store serves its own addresses."""
    if not isinstance(platform.objects, LocalStore):
        raise NotFound(
            "no-local-store", "Objects are not served here.", "Ask for the object's address again."
        )
    return platform.objects


Store = Annotated[LocalStore, Depends(local_store)]


@router.put("/{key:path}", status_code=201)
async def put_object(key: str, request: Request, store: Store, now: Now) -> dict[str, Any]:
    """Store the very bytes the address was signed for; sending them again changes nothing."""
    content = store.check_upload(key, request.query_params, now=now)
    uploads: UploadDesk = request.app.state.uploads
    async with uploads.place(owner_of(key)):
        async with arriving(time_for(content.size_bytes)):
            data = await _read(request, content)
        try:
            await run_in_threadpool(store.put, key, data, sha256=content.sha256)
        except ObjectAltered as error:
            raise _other_bytes(str(error)) from error
        except ObjectExists as error:
            raise Conflict(
                "object-exists",
                f"Object {key} exists with other bytes.",
                "Objects are written once: publish a new version.",
            ) from error
    return {"key": key, "size_bytes": content.size_bytes}


@router.get("/{key:path}", response_class=Response)
def get_object(key: str, request: Request, store: Store, now: Now) -> Response:
    """The object's bytes."""
    store.check_download(key, request.query_params, now=now)
    try:
        file, head = store.open_object(key)
    except ObjectMissing as error:
        raise NotFound(
            "no-object", f"There is no object {key}.", "Upload it, or compare the manifest."
        ) from error
    except ObjectAltered as error:
        raise Refused(
            "chunk-altered", f"Object {key} was altered in the store.", "Upload it again."
        ) from error
    headers = {"Content-Length": str(head.size_bytes), "ETag": f'"{head.sha256}"'}
    return StreamingResponse(
        _pieces(file),
        media_type="application/octet-stream",
        headers=headers,
        # Who asks may leave before the first piece was read.
        background=BackgroundTask(file.close),
    )


async def _read(request: Request, content: Content) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > content.size_bytes:
            raise _other_bytes(f"more than {content.size_bytes} bytes arrived")
    if len(data) != content.size_bytes:
        raise _other_bytes(f"{len(data)} bytes arrived, expected {content.size_bytes}")
    return bytes(data)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_READ_BYTES):
            yield piece


def _other_bytes(reason: str) -> Refused:
    return Refused(
        "object-altered",
        f"These are not the bytes this address admits: {reason}.",
        "Send the object again; publishing again sends what is missing.",
    )
