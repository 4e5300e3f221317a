"""The S3 server of a rehearsal: one bucket, and a user for each Secret that the chart wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from servers.bucket_roles import users_of
from servers.radosgw import Radosgw, S3Server

BUCKET: Final = "market-objects"
PORTAL, STEPS, READ = "store-portal", "store-steps", "store-read"
_POLICIES: Final[Mapping[str, str]] = {PORTAL: "portal", STEPS: "step", READ: "executor"}
"""Whose policy the user of each Secret has."""


@dataclass(frozen=True)
class Store:
    """`users` are by the names of their Secrets; each may do what its policy says."""

    daemons: Radosgw
    endpoint_url: str
    users: Mapping[str, S3Server]

    def secrets(self) -> dict[str, dict[str, bytes]]:
        """The Secrets, with their keys and values."""
        return {
            name: {
                "access-key-id": user.access_key_id.encode(),
                "secret-access-key": user.secret_access_key.encode(),
            }
            for name, user in self.users.items()
        }

    def variables(self, name: str) -> dict[str, str]:
        """What a process finds the key of one of them in."""
        user = self.users[name]
        return {
            "MARKET_S3_ACCESS_KEY_ID": user.access_key_id,
            "MARKET_S3_SECRET_ACCESS_KEY": user.secret_access_key,
        }


def start_store(folder: Path) -> Store:
    """A store below a folder, under the policies of the chart."""
    home = folder / "radosgw"
    home.mkdir()
    daemons = Radosgw(home)
    server = daemons.start()
    server.make_bucket(BUCKET)
    by_role = users_of(server, BUCKET, _POLICIES.values())
    return Store(
        daemons, server.endpoint_url, {name: by_role[role] for name, role in _POLICIES.items()}
    )
