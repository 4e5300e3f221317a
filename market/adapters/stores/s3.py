"""Objects in a bucket of any S3 server that honours `If-None-Match: *`.

Rules: objects are created, never replaced; the hash of the bytes is recorded in the metadata and
checked by whoever reads; bodies are signed, so a server notices bytes changed on the way. A server
which ignores the condition would break the first rule: `check_conditional_writes` finds out.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crypto.secret import Secret
from market.adapters.stores.s3_client import (
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
_PAGE_KEYS = 1_000


class S3Store:
    """An `ObjectStore` in a bucket; safe to share between threads, not between processes."""

    def __init__(self, bucket: Bucket, *, page_keys: int = _PAGE_KEYS) -> None:
        self._bucket = bucket.name
        self._page_keys = page_keys
        # boto3 makes its clients' types at run time.
        self._client: Any = client_of(bucket)

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        """Create an object; the server has acknowledged it when this returns.

        Args:
            data: the object's bytes.
            sha256: of `data`, 64 hex characters; kept in the object's metadata.

        Raises:
            ObjectAltered: `data` has another hash.
            ObjectExists: the key holds other bytes; the same bytes again are not an error.
            Unavailable: `store-busy` while others write the same key; `store-failed`,
                `store-unreachable`.
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
            Unavailable: `store-failed`, `store-unreachable`.
            ValueError: a malformed key.
        """
        check_key(key)
        with translated(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            with answer["Body"] as body:
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
            Unavailable: `store-failed`, `store-unreachable`.
            ValueError: a malformed key.
        """
        check_key(key)
        try:
            with translated(key):
                answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        recorded = answer["Metadata"].get("sha256")
        if not isinstance(recorded, str):
            raise ObjectAltered(f"{key} has no recorded hash: it was not stored by this program")
        return Head(int(answer["ContentLength"]), recorded)

    def list(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted, asked for page by page.

        Raises:
            Unavailable: `store-failed`, `store-unreachable`.
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
            Unavailable: `store-failed`, `store-unreachable`.
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
        headers = upload_headers(sha256)
        return self._presign(
            "put_object",
            lifetime_seconds,
            Key=check_key(key),
            ContentLength=size_bytes,
            IfNoneMatch=headers["If-None-Match"],
            ChecksumSHA256=headers["x-amz-checksum-sha256"],
            Metadata={"sha256": headers["x-amz-meta-sha256"]},
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
        return self._presign("get_object", lifetime_seconds, Key=check_key(key))

    def check_conditional_writes(self) -> None:
        """Write one object twice and require that the second is refused; for a first start.

        Raises:
            Refused: `store-overwrites`, the server ignores `If-None-Match: *`.
        """
        key = f"check/{secrets.token_hex(16)}"
        data = b"conditional"
        digest = hashlib.sha256(data).hexdigest()
        try:
            if not self._create(key, data, digest) or self._create(key, data, digest):
                raise Refused(
                    "store-overwrites",
                    "The S3 server ignores If-None-Match, so objects could be replaced.",
                    "Use a server with conditional writes, such as Ceph or Amazon S3.",
                )
        finally:
            self.delete(key)

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

    def _presign(self, operation: str, lifetime_seconds: int, **parameters: object) -> str:
        return str(
            self._client.generate_presigned_url(
                operation,
                Params={"Bucket": self._bucket, **parameters},
                ExpiresIn=lifetime_seconds,
            )
        )


def open_described(description: dict[str, str], environment: dict[str, str]) -> S3Store:
    """A store from `endpoint_url`, `bucket` and `region`, credentials from the environment.

    Raises:
        Refused: `store-credentials`, a variable is missing.
    """
    names = ("MARKET_S3_ACCESS_KEY_ID", "MARKET_S3_SECRET_ACCESS_KEY")
    if missing := [name for name in names if not environment.get(name)]:
        raise Refused(
            "store-credentials",
            f"{' and '.join(missing)} not set: the S3 store needs credentials.",
            "Set them in the environment of this process.",
        )
    return S3Store(
        Bucket(
            endpoint_url=description["endpoint_url"],
            name=description["bucket"],
            region=description["region"],
            access_key_id=environment[names[0]],
            secret_access_key=Secret(environment[names[1]].encode()),
        )
    )
