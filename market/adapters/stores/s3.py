"""Objects in a bucket of any S3 server that honours `If-None-Match: *`.

Rules: objects are created, never replaced; the hash of the bytes is recorded in the metadata and
checked by whoever reads; bodies are signed, so a server notices bytes changed on the way. A server
which ignores the condition would break the first rule: `check_conditional_writes` finds out.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from crypto.secret import Secret
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

_CONNECTIONS = 32
_ATTEMPTS = 5
_CONFLICT_ATTEMPTS = 6
_PAGE_KEYS = 1_000
_EXISTS = ("PreconditionFailed", "412")
_CONFLICT = ("ConditionalRequestConflict", "OperationAborted", "409")
_MISSING = ("NoSuchKey", "404", "NotFound")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket lies. An empty endpoint means Amazon's."""

    endpoint_url: str
    name: str
    region: str
    access_key_id: str
    secret_access_key: Secret


class S3Store:
    """An `ObjectStore` in a bucket; safe to share between threads, not between processes."""

    def __init__(self, bucket: Bucket, *, page_keys: int = _PAGE_KEYS) -> None:
        self._bucket = bucket.name
        self._page_keys = page_keys
        # boto3 makes its clients' types at run time.
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=bucket.endpoint_url or None,
            region_name=bucket.region,
            aws_access_key_id=bucket.access_key_id,
            aws_secret_access_key=bucket.secret_access_key.reveal().decode("ascii"),
            config=_configuration(bucket.endpoint_url),
        )

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
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
            # Another writer is at it, and may yet fail: the key is free or taken in a moment.
            time.sleep(0.05 * 2**attempt)
        raise Unavailable(
            "store-busy", f"Others keep writing {key}, none has finished.", "Try again."
        )

    def get(self, key: str, *, sha256: str | None, limit_bytes: int) -> bytes:
        check_key(key)
        with _translated(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            with answer["Body"] as body:
                size_bytes = int(answer["ContentLength"])
                data = body.read() if size_bytes <= limit_bytes else b""
        if size_bytes > limit_bytes:
            raise ObjectAltered(f"{key} has {size_bytes} bytes, expected at most {limit_bytes}")
        if sha256 is not None and (seen := hashlib.sha256(data).hexdigest()) != sha256:
            raise ObjectAltered(f"{key} hashes to {seen[:16]}, expected {sha256[:16]}")
        return bytes(data)

    def head(self, key: str) -> Head | None:
        check_key(key)
        try:
            with _translated(key):
                answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        recorded = answer["Metadata"].get("sha256")
        if not isinstance(recorded, str):
            raise ObjectAltered(f"{key} has no recorded hash: it was not stored by this program")
        return Head(int(answer["ContentLength"]), recorded)

    def list(self, prefix: str) -> list[str]:
        check_prefix(prefix)
        keys: list[str] = []
        with _translated(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=prefix,
                PaginationConfig={"PageSize": self._page_keys},
            )
            for page in pages:
                keys += [str(entry["Key"]) for entry in page.get("Contents", [])]
        return sorted(keys)

    def delete(self, key: str) -> None:
        check_key(key)
        with _translated(key):
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
            if _code(error) in (*_EXISTS, *_CONFLICT):
                return False
            raise _failure(key, error) from error
        except BotoCoreError as error:
            raise _unreachable(error) from error
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


def _configuration(endpoint_url: str) -> Config:
    return Config(
        signature_version="s3v4",
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "max_attempts": _ATTEMPTS},
        connect_timeout=5,
        read_timeout=60,
        # A server of this machine is not asked through a proxy, whatever the environment says.
        proxies={} if _is_loopback(endpoint_url) else None,
        # We hash ourselves; older servers stumble over the checksums botocore adds.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={
            "addressing_style": "path" if endpoint_url else "auto",
            "payload_signing_enabled": True,
        },
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _code(error) in _MISSING:
            raise ObjectMissing(f"no object {key}") from error
        raise _failure(key, error) from error
    except BotoCoreError as error:
        raise _unreachable(error) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _failure(key: str, error: ClientError) -> Unavailable:
    return Unavailable(
        "store-failed",
        f"The S3 store answered {_code(error)} for {key}.",
        "Check the bucket, its credentials and the server.",
    )


def _unreachable(error: Exception) -> Unavailable:
    return Unavailable(
        "store-unreachable",
        f"The S3 store does not answer ({type(error).__name__}).",
        "Check the endpoint and try again.",
    )
