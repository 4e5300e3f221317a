"""Users of a bucket with the rights that the chart's policies give to each role."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from servers.radosgw import S3Server

POLICIES = Path(__file__).parents[2] / "helm/market/files/policies"


def users_of(server: S3Server, bucket: str, roles: Iterable[str]) -> dict[str, S3Server]:
    """The server as a user of each role sees it, whom nothing but their policy allows anything."""
    users: dict[str, S3Server] = {}
    statements = []
    for role in roles:
        # A name of this bucket's: other tests make users, too.
        name = f"{role}-{bucket}"
        users[role] = server.make_user(name)
        principal = {"AWS": [f"arn:aws:iam:::user/{name}"]}
        for one in _policy(role, bucket)["Statement"]:
            statements.append(one | {"Principal": principal, "Sid": secrets.token_hex(8)})
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    server.client().put_bucket_policy(Bucket=bucket, Policy=text)
    return users


def _policy(role: str, bucket: str) -> Any:
    text = (POLICIES / f"{role}.json").read_text("utf-8")
    return json.loads(text.replace("{{ .Values.store.bucket }}", bucket))
