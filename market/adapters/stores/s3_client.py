"""A bucket's address, boto3's client of it, and boto3's errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from market.adapters.stores.credentials import Credentials
from market.errors import Unavailable
from market.ports.object_store import ObjectMissing

_CONNECTIONS = 32
_ATTEMPTS = 5
EXISTS = ("PreconditionFailed", "412")
CONFLICT = ("ConditionalRequestConflict", "OperationAborted", "409")
MISSING = ("NoSuchKey", "404", "NotFound")
"""Codes, and statuses of answers without a body, by what they mean."""
BROKEN_OFF = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
"""What becomes of an answer whose bytes stop coming."""
DENIED = "AccessDenied"
"""What S3 says to a user who may not list, of an object that is not there."""
_PASSING = (408, 409, 429)
"""Statuses of a server that asks for another try."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket lies. An empty endpoint means Amazon's."""

    endpoint_url: str
    name: str
    region: str
    credentials: Credentials


def client_of(bucket: Bucket, signature_version: Any = "s3v4") -> Any:
    """boto3's client of a bucket's server; its type is made at run time."""
    return boto3.client(
        "s3",
        endpoint_url=bucket.endpoint_url or None,
        region_name=bucket.region,
        aws_access_key_id=bucket.credentials.access_key_id,
        aws_secret_access_key=bucket.credentials.secret_access_key.reveal().decode("ascii"),
        config=_configuration(bucket.endpoint_url, signature_version),
    )


def _configuration(endpoint_url: str, signature_version: Any) -> Config:
    return Config(
        signature_version=signature_version,
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
def translated(key: str, *, reading: bool = False) -> Iterator[None]:
    """Errors of boto3's that leave the block, as ours.

    Who reads and may not list is told AccessDenied of what is not there, lest they learn that. So
    the code means either; wrong credentials have codes of their own, and `prepare_store` finds out
    whether these may read at all.

    Raises:
        ObjectMissing: no object of this key.
        Unavailable: `store-failed`, `store-refused`, `store-unreachable`.
    """
    try:
        yield
    except ClientError as error:
        if code_of(error) in MISSING:
            raise ObjectMissing(f"no object {key}") from error
        if reading and code_of(error) == DENIED:
            raise ObjectMissing(f"no object {key} that these credentials may read") from error
        raise failure(key, error) from error
    except BotoCoreError as error:
        raise unreachable(error) from error


def code_of(error: ClientError) -> str:
    """S3's own code, or the HTTP status where the answer had no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def failure(key: str, error: ClientError) -> Unavailable:
    """An answer of the server's that is an error: `store-refused` where the request is to blame,
    so that waiting is no use, else `store-failed`."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if 400 <= status < 500 and status not in _PASSING:
        return Unavailable(
            "store-refused",
            f"The S3 store answered {code_of(error)} for {key}.",
            "Check the bucket, these credentials and their policy, and this machine's clock.",
        )
    return Unavailable(
        "store-failed",
        f"The S3 store answered {code_of(error)} for {key}.",
        "Look at the server and its log, then try again.",
    )


def unreachable(error: Exception) -> Unavailable:
    """No answer, or none that could be read."""
    return Unavailable(
        "store-unreachable",
        f"The S3 store does not answer ({type(error).__name__}).",
        "Check the endpoint and try again.",
    )
