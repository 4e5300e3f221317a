"""A hundred submissions within seconds, on the demo's platform with its real Airflow, while every
buyer goes on reading: how long each is taken in, and how long Airflow then takes to plan them all.

    python submissions.py [BUYERS]

All speak as the demo's one buyer, whose limit is raised for it: what a submission costs (a sign-on
to Airflow, a job, a run) does not depend on whose it is. What becomes of planned jobs is for
job_cost.py to say.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx
from busy_portal import quantiles
from job_cost import Market

from market.client.kept.home import ClientHome
from market.demo.catalogue.story import BUYER_ORGANISATION, DATASET
from market.demo.terminal import market

BUYERS = 100
WITHIN_SECONDS = 20
"""The submissions come at random moments of so many seconds."""
READ_SECONDS = 40
PLANNED_WITHIN_SECONDS = 1_800


def measure(buyers: int = BUYERS) -> dict[str, Any]:
    """Milliseconds of submissions and of the reads beside them, errors, and seconds to the last
    plan.

    Raises:
        MarketError: a chapter failed.
    """
    standing = Market.in_folder("submissions")
    try:
        with standing:
            limit = ("--set", "jobs_under_way", str(buyers))
            market(
                standing.story.stage.role("platform"), "admin", "limits", BUYER_ORGANISATION, *limit
            )
            return asyncio.run(_asked(standing, buyers))
    finally:
        shutil.rmtree(standing.folder, ignore_errors=True)


async def _asked(standing: Market, buyers: int) -> dict[str, Any]:
    account = ClientHome(standing.story.stage.role("buyer").home / "client").account()
    seen: dict[str, list[float]] = {"submit": [], "read": []}
    refused: Counter[str] = Counter()
    headers = {"Authorization": f"Bearer {account.token}"}
    limits = httpx.Limits(max_connections=buyers)
    async with httpx.AsyncClient(
        base_url=account.url, headers=headers, timeout=120, limits=limits, trust_env=False
    ) as client:
        began = time.monotonic()
        people = (
            _buyer(client, standing, epsilon, seen, refused)
            for epsilon in standing.fresh_epsilons(buyers)
        )
        jobs = await asyncio.gather(*people)
        print(
            {what: quantiles(took) for what, took in seen.items()}, dict(refused), file=sys.stderr
        )
        states = await _planned(client, [job for job in jobs if job], began)
    return {
        "submitted": quantiles(seen["submit"]),
        "read": quantiles(seen["read"]),
        "errors": dict(refused),
        **states,
    }


async def _buyer(
    client: httpx.AsyncClient,
    standing: Market,
    epsilon: str,
    seen: dict[str, list[float]],
    refused: Counter[str],
) -> str:
    """The id of the job that one buyer submitted; empty where it was refused."""
    program = standing.program
    body = {
        "repository": program.repository,
        "commit": program.commit,
        "dataset": DATASET,
        "epsilon": epsilon,
    }
    choice = random.Random(epsilon)  # noqa: S311 - nothing hangs on it
    submits_at = time.monotonic() + choice.uniform(0, WITHIN_SECONDS)
    end, job = time.monotonic() + READ_SECONDS, ""
    await asyncio.sleep(choice.random())
    while time.monotonic() < end:
        began = time.monotonic()
        if not job and began >= submits_at:
            answer = await client.post("/api/v1/jobs", json=body)
            seen["submit"].append(1_000 * (time.monotonic() - began))
            submits_at = end
            job = answer.json().get("job", "")
        else:
            where = choice.choice(("datasets", f"datasets/{DATASET}", "jobs", "inbox"))
            answer = await client.get(f"/api/v1/{where}")
            seen["read"].append(1_000 * (time.monotonic() - began))
        if not answer.is_success:
            refused[str(answer.json().get("code", answer.status_code))] += 1
        await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))
    return job


async def _planned(client: httpx.AsyncClient, jobs: list[str], began: float) -> dict[str, Any]:
    """How the jobs stand once the last is planned or has ended, and after how many seconds."""
    waiting = dict.fromkeys(jobs, "submitted")
    while time.monotonic() < began + PLANNED_WITHIN_SECONDS and "submitted" in waiting.values():
        for job, state in waiting.items():
            # A connection that rested may be closed as it is taken up again.
            with suppress(httpx.TransportError):
                if state == "submitted":
                    waiting[job] = (await client.get(f"/api/v1/jobs/{job}")).json()["state"]
        await asyncio.sleep(2)
    seconds = round(time.monotonic() - began)
    return {"states": dict(Counter(waiting.values())), "all_planned_seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=2))
