"""Pictures of the portal's pages: 1280 and 390 pixels wide, light and dark.

    PYTHONPATH=.:tests .venv/bin/python -m pictures.portal FOLDER [WORD ...]

Only pages whose name holds one of the words are taken; all without any.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser
from world.hospital_market import STAYS, HospitalMarket
from world.live_pages import browsing, served, sign_in

WIDTHS: Final = (1280, 390)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def pages(market: HospitalMarket) -> dict[str, tuple[str, str]]:
    """Who opens which address, by the picture's name; nobody before sign-in."""
    jobs = market.fill()
    return {
        "sign-in": ("", "/sign-in"),
        "promise": ("", "/promise"),
        "catalogue": ("bob", "/"),
        "catalogue-nothing": ("bob", "/?words=hospitl"),
        "dataset": ("bob", f"/datasets/{STAYS}"),
        "ask": ("bob", f"/jobs/new?dataset={STAYS}"),
        "dataset-to-ask-for": ("bob", "/datasets/rehabilitation"),
        "dataset-own": ("olga", f"/datasets/{STAYS}"),
        "dataset-own-asked-for": ("olga", "/datasets/rehabilitation"),
        "jobs": ("bob", "/jobs"),
        "jobs-own-data": ("olga", "/jobs"),
        **{f"job-{became}": ("bob", f"/jobs/{job.job}") for became, job in jobs.items()},
        "inbox": ("bob", "/inbox"),
        "inbox-owner": ("olga", "/inbox"),
        "inbox-done": ("bob", "/inbox?show=done"),
        "account": ("bob", "/account"),
        "administration": ("ada", "/administration"),
        "operations": ("ada", "/administration/operations"),
        "backups": ("ada", "/administration/backups"),
        "audit": ("ada", "/administration/audit"),
        "organisation": ("ada", "/administration/organisations/north-lab"),
    }


def take(browser: Browser, market: HospitalMarket, folder: Path, words: list[str]) -> None:
    """One picture of each page, width and scheme."""
    wanted = {
        name: place
        for name, place in pages(market).items()
        if not words or any(word in name for word in words)
    }
    for width in WIDTHS:
        for scheme in SCHEMES:
            for reader in sorted({who for who, _ in wanted.values()}):
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": width, "height": 800}
                )
                page = context.new_page()
                if reader:
                    sign_in(page, market, reader)
                for name, (who, path) in wanted.items():
                    if who == reader:
                        page.goto(market.settings.portal_url + path)
                        page.screenshot(
                            path=folder / f"{name}-{width}-{scheme}.png", full_page=True
                        )
                context.close()


def main() -> None:
    """Take them."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        browsing() as browser,
        served(HospitalMarket, Path(home)) as market,
    ):
        take(browser, market, folder, sys.argv[2:])


if __name__ == "__main__":
    main()
