"""Submissions while the disk of Postgres takes no more. Run with a small folder:

    python -m world.full_postgres_story DISK HOME

Postgres lies on DISK, the platform's home elsewhere. Prints what was seen, as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from servers.postgres import running_postgres

from world.full_disk_story import fill
from world.platform_database import made_database
from world.portal_market import PortalMarket
from world.waiting import eventually

MOST = 80
"""Submissions, of which some still find room in pages that Postgres has already; all on one page of
the list."""


def tell(disk: Path, home: Path) -> dict[str, Any]:
    tempfile.tempdir = str(disk)
    with running_postgres() as server:
        database = made_database(server.empty())
        market = PortalMarket(home, database)
        market.publish()
        market.submit()
        buyer = Buyer(market)
        filler = disk / "filler"
        fill(filler)
        seen: dict[str, Any] = {"while full": buyer.submitted_until_refused()}
        seen["reading while full"] = buyer.listed().status_code
        filler.unlink()
        seen["with room"] = buyer.submitted().status_code
        kept = len(buyer.listed().json())
        seen["kept and not acknowledged"] = kept - buyer.acknowledged
        # Runs are started by a thread of the portal's, soon after their job was stored.
        eventually(lambda: len(market.scheduler.triggered) >= kept)
        seen["started and not kept"] = len(market.scheduler.triggered) - kept
        database.database.close()
    return seen


class Buyer:
    """One who submits the same again and again."""

    def __init__(self, market: PortalMarket) -> None:
        (first,) = market.scheduler.triggered
        self._form = first[2]
        self._browser = market.browser()
        self._token = market.token("bob", "client")
        self.acknowledged = 1

    def submitted(self) -> httpx.Response:
        path = "/api/v1/jobs"
        answer = self._browser.send("POST", path, json=self._form, headers=self._token)
        self.acknowledged += answer.status_code == 201
        return answer

    def submitted_until_refused(self) -> list[object]:
        for _ in range(MOST):
            answer = self.submitted()
            if answer.status_code != 201:
                return [answer.status_code, answer.json()["code"]]
        return ["never refused"]

    def listed(self) -> httpx.Response:
        return self._browser.send("GET", "/api/v1/jobs?limit=100", headers=self._token)


if __name__ == "__main__":
    print(json.dumps(tell(Path(sys.argv[1]), Path(sys.argv[2]))))
