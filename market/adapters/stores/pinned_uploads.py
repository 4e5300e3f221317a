"""Addresses for the upload of given bytes, signed by AWS Signature Version 4 in the query.

Of such an address botocore signs the body as UNSIGNED-PAYLOAD. Here the body's hash is signed, as
the header x-amz-content-sha256 (AWS Signature Version 4, canonical request): so a server that
looks at no checksum of S3's, as Ceph 16, refuses other bytes of the same length, too.
"""

from __future__ import annotations

from typing import Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Signer

from market.adapters.stores.credentials import Credentials

BODY_HASH = "x-amz-content-sha256"


class _PinnedBody(S3SigV4QueryAuth):  # type: ignore[misc]
    """Signs the hash that the request declares."""

    def payload(self, request: Any) -> str:
        return str(request.headers[BODY_HASH])


def sign_upload(
    url: str,
    headers: dict[str, str],
    credentials: Credentials,
    *,
    region: str,
    lifetime_seconds: int,
) -> str:
    """The address with its signature: for a PUT with these very headers and no others of S3's.

    Args:
        url: the object's, unsigned.
        headers: what is signed beside the address; BODY_HASH is among them.
    """
    request = AWSRequest("PUT", url, headers=headers)
    signer = Signer(
        credentials.access_key_id, credentials.secret_access_key.reveal().decode("ascii")
    )
    _PinnedBody(signer, "s3", region, expires=lifetime_seconds).add_auth(request)
    return str(request.prepare().url)
