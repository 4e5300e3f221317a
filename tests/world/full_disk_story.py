"""A portal whose disk is full, then has room again. Run in a file system of its own:

    python -m world.full_disk_story DISK LOG

DISK is small and holds the platform's home, LOG lies elsewhere. Prints what was seen, as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from market.adapters.platform_secrets import make_secrets
from market.adapters.stores.local import LocalStore
from market.entities.account import Charge
from market.errors import Unavailable
from market.settings import load
from world.platform_database import made_database, sqlite_url
from world.served_portal import ServedPortal, make_home, served
from world.waiting import eventually


def tell(disk: Path, log: Path) -> dict[str, Any]:
    home = disk / "platform"
    make_home(home, "ada", housekeeping_seconds=1)
    # The portal has run before: its secrets are there.
    make_secrets(load(home, {}))
    database = made_database(sqlite_url(home))
    database.ledger.open_account("lineage/a", 10)
    # Long past: the housekeeping has to write, at its first round.
    database.ledger.reserve("job", (Charge("lineage/a", 7),), now=1, expires_at=2)
    filler = disk / "filler"
    fill(filler)
    seen: dict[str, Any] = {}
    with served(home, log) as portal:
        eventually(lambda: "database-full" in portal.get("/healthz").json()["housekeeper"])
        seen["health while full"] = portal.get("/healthz").status_code
        answer = portal.sign_in("ada")
        seen["sign-in while full"] = [answer.status_code, answer.json()["code"]]
        seen["catalogue while full"] = portal.get("/api/v1/platform").status_code
        seen["object while full"] = code_of(lambda: put_object(home))
        filler.unlink()
        go_on(portal, seen)
    seen["reserved"] = database.ledger.balance("lineage/a").reserved_units
    return seen


def go_on(portal: ServedPortal, seen: dict[str, Any]) -> None:
    eventually(lambda: portal.get("/healthz").json()["housekeeper"] == "ok")
    seen["sign-in with room"] = portal.sign_in("ada").status_code
    lines = [json.loads(line) for line in portal.log.read_text().splitlines() if line[:1] == "{"]
    seen["logged"] = [
        (line["event"], line["duty"]) for line in lines if line["event"].startswith("housekeeper.")
    ]


def fill(path: Path) -> None:
    """Take every byte that is left."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    for size_bytes in (65_536, 1):
        try:
            while True:
                os.write(descriptor, b"x" * size_bytes)
        except OSError:
            continue
    os.close(descriptor)


def put_object(home: Path) -> None:
    data = b"x" * 100_000
    digest = hashlib.sha256(data).hexdigest()
    LocalStore(home / "objects").put("datasets/a/1/0", data, sha256=digest)


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except Unavailable as error:
        return error.code
    return "done"


if __name__ == "__main__":
    print(json.dumps(tell(Path(sys.argv[1]), Path(sys.argv[2]))))
