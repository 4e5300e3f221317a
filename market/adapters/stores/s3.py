"""Objects in a bucket of any S3 server that honours `If-None-Match: *`.

Rules: objects are created, never replaced; the hash of the bytes is recorded in the metadata and
checked by whoever reads; bodies are signed, so a server notices bytes changed on the way. A server
which ignores the condition would break the first rule: `check_conditional_writes` finds out.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from botocore import UNSIGNED
from botocore.exceptions import BotoCoreError, ClientError

from market.adapters.stores.credentials import read_credentials
from market.adapters.stores.pinned_uploads import sign_upload
from market.adapters.stores.s3_client import (
    BROKEN_OFF,
    CONFLICT,
    EXISTS,
    Bucket,
    client_of,
    code_of,
    failure,
    translated,
    unreachable,
)
from market.errors import Refused, Unavailable
from market.ports.object_store import (
    Head,
    ObjectAltered,
    ObjectExists,
    ObjectMissing,
    check_key,
    check_prefix,
    upload_headers,
)

_CONFLICT_ATTEMPTS = 6
_READ_ATTEMPTS = 5
_RACERS = 8
_PAGE_KEYS = 1_000


class S3Store:
    """An `ObjectStore` in a bucket; safe to share between threads, not between processes."""

    def __init__(self, bucket: Bucket, *, page_keys: int = _PAGE_KEYS) -> None:
        self._bucket = bucket.name
        self._region = bucket.region
        self._credentials = bucket.credentials
        self._page_keys = page_keys
        # boto3 makes its clients' types at run time.
        self._client: Any = client_of(bucket)
        self._unsigned: Any = client_of(bucket, UNSIGNED)

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        """Create an object; the server has acknowledged it when this returns.

        Args:
            data: the object's bytes.
            sha256: of `data`, 64 hex characters; kept in the object's metadata.

        Raises:
            ObjectAltered: `data` has another hash.
            ObjectExists: the key holds other bytes; the same bytes again are not an error.
            Unavailable: `store-busy` while others write the same key; `store-failed`,
                `store-refused`, `store-unreachable`.
            ValueError: a malformed key.
        """
        check_key(key)
        seen = hashlib.sha256(data).hexdigest()
        if seen != sha256:
            raise ObjectAltered(f"{key} hashes to {seen[:16]}, expected {sha256[:16]}")
        for attempt in range(_CONFLICT_ATTEMPTS):
            if self._create(key, data, sha256):
                return
            head = self.head(key)
            if head == Head(len(data), sha256):
                return
            if head is not None:
                raise ObjectExists(f"{key} exists with other bytes")
            # Another writer's request has neither ended nor failed yet: soon it will have.
            time.sleep(0.05 * 2**attempt)
        raise Unavailable(
            "store-busy", f"Others keep writing {key}, none has finished.", "Try again."
        )

    def read(self, key: str, into: memoryview) -> None:
        """The whole object into a buffer of its size, for the caller to hash.

        Raises:
            ObjectMissing: no such object.
            ObjectAltered: it has another size.
            Unavailable: `store-failed`, `store-refused`, `store-unreachable`.
            ValueError: a malformed key.
        """
        check_key(key)
        for attempt in range(_READ_ATTEMPTS):
            try:
                return self._read_once(key, into)
            except BROKEN_OFF as error:
                # boto3 asks again where no answer began, and never for the rest of one.
                if attempt + 1 == _READ_ATTEMPTS:
                    raise unreachable(error) from error
            time.sleep(0.1 * 2**attempt)
        return None

    def _read_once(self, key: str, into: memoryview) -> None:
        with translated(key, reading=True):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        # Not the body's own `with`, whose stream takes the end of a broken answer for its end.
        with closing(answer["Body"]) as body:
            size_bytes, filled = int(answer["ContentLength"]), 0
            # Of an object of another size nothing is read.
            while size_bytes == len(into) and filled < size_bytes:
                filled += int(body.readinto(into[filled:]))
        if size_bytes != len(into):
            raise ObjectAltered(f"{key} has {size_bytes} bytes, expected {len(into)}")

    def head(self, key: str) -> Head | None:
        """Size and recorded hash; None where there is no object.

        Raises:
            ObjectAltered: its metadata holds no hash, so another program stored it.
            Unavailable: `store-failed`, `store-refused`, `store-unreachable`.
            ValueError: a malformed key.
        """
        check_key(key)
        try:
            with translated(key, reading=True):
                answer = self._headers(key)
        except ObjectMissing:
            return None
        recorded = answer["Metadata"].get("sha256")
        if not isinstance(recorded, str):
            raise ObjectAltered(f"{key} has no recorded hash: it was not stored by this program")
        return Head(int(answer["ContentLength"]), recorded)

    def list(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted, asked for page by page.

        Raises:
            Unavailable: `store-failed`, `store-refused`, `store-unreachable`.
            ValueError: a malformed prefix.
        """
        check_prefix(prefix)
        keys: list[str] = []
        with translated(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=prefix,
                PaginationConfig={"PageSize": self._page_keys},
            )
            for page in pages:
                keys += [str(entry["Key"]) for entry in page.get("Contents", [])]
        return sorted(keys)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error.

        Raises:
            Unavailable: `store-failed`, `store-refused`, `store-unreachable`.
            ValueError: a malformed key.
        """
        check_key(key)
        with translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def upload_url(
        self,
        key: str,
        *,
        sha256: str,
        size_bytes: int,
        lifetime_seconds: int,
        now: int,  # noqa: ARG002 - S3 addresses carry the machine's time
    ) -> str:
        """An address under which exactly these bytes may be stored for `lifetime_seconds`, by a
        request with the headers of `upload_headers(sha256)`: the signature covers them.

        Raises:
            ValueError: a malformed key.
        """
        return sign_upload(
            _presigned(
                self._unsigned, "put_object", lifetime_seconds, self._bucket, check_key(key)
            ),
            {"Content-Length": str(size_bytes), **upload_headers(sha256)},
            self._credentials,
            region=self._region,
            lifetime_seconds=lifetime_seconds,
        )

    def download_url(
        self,
        key: str,
        lifetime_seconds: int,
        now: int,  # noqa: ARG002 - S3 addresses carry the machine's time
    ) -> str:
        """An address under which the object may be read for `lifetime_seconds`.

        Raises:
            ValueError: a malformed key.
        """
        return _presigned(
            self._client, "get_object", lifetime_seconds, self._bucket, check_key(key)
        )

    def check_conditional_writes(self) -> None:
        """Have several writers create one object at once, each with bytes of its own, and require
        that one of them does, and can read it; for a first start.

        Raises:
            Refused: `store-overwrites`, the server ignores `If-None-Match: *`, or keeps it only
                while nobody else writes; `store-unreadable`, the credentials write and do not read.
            Unavailable: `store-failed`, `store-refused`, `store-unreachable`.
        """
        key = f"check/{secrets.token_hex(16)}"
        try:
            with ThreadPoolExecutor(_RACERS) as racers:
                created = list(racers.map(lambda racer: self._race(key, racer), range(_RACERS)))
            if created.count(True) != 1 or self._race(key, _RACERS):
                raise Refused(
                    "store-overwrites",
                    f"Of {_RACERS} writers of one object the S3 server let {created.count(True)} "
                    "create it, or another replace it; one was expected, and none.",
                    "Use a server with conditional writes, such as Ceph or Amazon S3.",
                )
            winner = hashlib.sha256(bytes([created.index(True)])).hexdigest()
            if self.head(key) != Head(1, winner):
                raise Refused(
                    "store-unreadable",
                    "The S3 server does not give back the object that was just created.",
                    "Let these credentials read what they write (s3:GetObject).",
                )
        finally:
            self.delete(key)

    def _race(self, key: str, racer: int) -> bool:
        data = bytes([racer])
        return self._create(key, data, hashlib.sha256(data).hexdigest())

    def _headers(self, key: str) -> Any:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) != "403":
                raise
        # What answers HEAD has no body to say why; what answers GET has.
        answer = self._client.get_object(Bucket=self._bucket, Key=key)
        answer["Body"].close()
        return answer

    def _create(self, key: str, data: bytes, sha256: str) -> bool:
        """Whether the object was created; False if the key is taken, or contended."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                IfNoneMatch="*",
                Metadata={"sha256": sha256},
            )
        except ClientError as error:
            if code_of(error) in (*EXISTS, *CONFLICT):
                return False
            raise failure(key, error) from error
        except BotoCoreError as error:
            raise unreachable(error) from error
        return True


def _presigned(client: Any, operation: str, seconds: int, bucket: str, key: str) -> str:
    parameters = {"Bucket": bucket, "Key": key}
    return str(client.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds))


def open_described(description: dict[str, str], environment: dict[str, str]) -> S3Store:
    """A store from `endpoint_url`, `bucket` and `region`, credentials from the environment.

    Raises:
        Refused: as `read_credentials`.
    """
    return S3Store(
        Bucket(
            endpoint_url=description["endpoint_url"],
            name=description["bucket"],
            region=description["region"],
            credentials=read_credentials(environment),
        )
    )
