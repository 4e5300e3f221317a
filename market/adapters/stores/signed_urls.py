"""Addresses of a local store's objects, signed with HMAC-SHA256.

An address is `BASE/KEY?expires=…&method=GET&signature=…`, and for an upload
`BASE/KEY?expires=…&method=PUT&sha256=…&size=…&signature=…`. The signature covers everything but
BASE: the method, key, expiry and the only bytes an upload admits. Whoever serves BASE hands path
and query to `verify_download` or `verify_upload`; nothing is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from crypto import canonical
from crypto.secret import RotatedSecret, Secret
from market.errors import NotPermitted
from market.ports.object_store import Content, check_key

_TAG = b"object-address/1\x00"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DOWNLOAD = frozenset({"expires", "method", "signature"})
_UPLOAD = _DOWNLOAD | {"sha256", "size"}


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Where objects are served, and the secret under which addresses are signed (32 bytes)."""

    base_url: str
    keys: RotatedSecret


def sign_url(signer: UrlSigner, key: str, *, expires: int, content: Content | None) -> str:
    """An address good until `expires` (unix seconds): for the upload of `content`, or a download.

    Raises:
        ValueError: a malformed object key.
    """
    check_key(key)
    query = {"expires": str(expires), "method": "GET"}
    if content is not None:
        query["method"] = "PUT"
        query["sha256"] = content.sha256
        query["size"] = str(content.size_bytes)
    query["signature"] = _signature(signer.keys()[0], key, query)
    return f"{signer.base_url.rstrip('/')}/{quote(key, safe='/')}?{urlencode(query)}"


def verify_download(
    secrets: Sequence[Secret], key: str, query: Mapping[str, str], *, now: int
) -> None:
    """Return if the object may be read now.

    Args:
        secrets: one of them has signed it.
        key: the path below the base, percent-decoded once.
        query: the query's members, percent-decoded once.

    Raises:
        NotPermitted: `address-altered` or `address-expired`.
    """
    _verify(secrets, "GET", _DOWNLOAD, key, query, now)


def verify_upload(
    secrets: Sequence[Secret], key: str, query: Mapping[str, str], *, now: int
) -> Content:
    """The only bytes that may be stored there now; arguments and errors as for a download."""
    _verify(secrets, "PUT", _UPLOAD, key, query, now)
    if not _SHA256.fullmatch(query["sha256"]) or not _NUMBER.fullmatch(query["size"]):
        raise _altered("its hash or size is malformed")
    return Content(query["sha256"], int(query["size"]))


def _verify(
    secrets: Sequence[Secret],
    method: str,
    members: frozenset[str],
    key: str,
    query: Mapping[str, str],
    now: int,
) -> None:
    if set(query) != members or query["method"] != method:
        raise _altered(f"it is not one for {method}")
    signed = {name: value for name, value in query.items() if name != "signature"}
    # As bytes: compare_digest takes no text outside ASCII.
    seen = query["signature"].encode("utf-8", "replace")
    expected = [_signature(secret, key, signed).encode("ascii") for secret in secrets]
    if not any(hmac.compare_digest(one, seen) for one in expected):
        raise _altered("its signature does not verify")
    if not _NUMBER.fullmatch(query["expires"]):
        raise _altered("its expiry is not a number")
    if now >= int(query["expires"]):
        raise NotPermitted(
            "address-expired",
            f"This address was good until {query['expires']}, it is {now} now.",
            "Ask for a new one.",
        )


def _signature(secret: Secret, key: str, query: Mapping[str, str]) -> str:
    message = _TAG + canonical.dumps({"key": key, "query": dict(query)})
    return hmac.new(secret.reveal(), message, hashlib.sha256).hexdigest()


def _altered(why: str) -> NotPermitted:
    return NotPermitted(
        "address-altered", f"This address was altered: {why}.", "Ask for a new one."
    )
