"""The README's pictures, light and dark: a dataset at the portal, the form in Airflow, and an
answer at the desk.

    PYTHONPATH=.:tests .venv/bin/python -m pictures.readme

They are of real pages: a hospital's listings, a platform that runs, and real answers about the RAND
Health Insurance Experiment, from its encrypted table to the opened result.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pictures.portal import SCHEMES
from playwright.sync_api import Browser, BrowserContext, Page
from servers.airflow import RunningPlatform, started_platform
from world.airflow_pages import open_form, signed_on
from world.builders import DATASET
from world.buyers_place import answer, buyers_place, plan
from world.command_lines import CommandLines
from world.hospital_market import STAYS, HospitalMarket
from world.live_pages import browsing, served, sign_in
from world.loopback import free_port, serving
from world.people import PASSWORD

import market
from market.demo.rand_table import rand_table
from market.desk.admission import Admission
from market.desk.app import create_desk
from market.desk.desk import Desk

FIGURES: Final = Path(__file__).parent / "figures"
SIZE: Final = {"width": 1280, "height": 860}
_DECLARATION: Final = Path(market.__file__).parent / "templates" / "dataset.toml"
_DATASET: Final = "rand-hie-visits"
_PROGRAM: Final = '''"""How doctor visits go with health."""


def build(ds):
    return {
        "health": ds["health"].histogram(),
        "visits_by_health": ds.group_by("health")["visits"].mean(),
    }
'''


def take(context: BrowserContext, address: str, name: str) -> None:
    """One picture of what fits on a screen."""
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=FIGURES / f"{name}.png")
    page.close()


def of_portal(browser: Browser, folder: Path) -> None:
    """A dataset as a buyer finds it."""
    with served(HospitalMarket, folder) as hospitals:
        hospitals.fill()
        for scheme in SCHEMES:
            context = browser.new_context(color_scheme=scheme, viewport=SIZE)  # type: ignore[arg-type]
            sign_in(context.new_page(), hospitals, "bob")
            url = hospitals.settings.portal_url
            take(context, f"{url}/datasets/{STAYS}", f"dataset-{scheme}")
            context.close()


def of_airflow(browser: Browser, folder: Path) -> None:
    """The form of a buyer's organisation, as they fill it in."""
    with started_platform(folder) as running:
        for scheme in SCHEMES:
            page = signed_on(browser, running, "bob", color_scheme=scheme, viewport=SIZE)
            open_form(page)
            fill_in(page, running)
            page.screenshot(path=FIGURES / f"form-{scheme}.png")
            page.context.close()


def fill_in(page: Page, running: RunningPlatform) -> None:
    """What the form asks for, as if the program lay at a host of git's."""
    _, commit = running.program
    page.locator('[name="element_repository"]').fill("https://git.example.org/questions.git")
    page.locator('[name="element_commit"]').fill(commit)
    page.locator("#element_dataset").click()
    page.get_by_role("option").filter(has_text=DATASET).click()
    page.get_by_text("Privacy budget of this job").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")


def of_desk(browser: Browser, folder: Path) -> None:
    """What a question costs, and its answer."""
    with buyers_place(folder) as place:
        job = opened(place)
        desk = Desk(place.root / "bob", place.agent_home("bob"))
        port = free_port()
        admission = Admission(port)
        with serving(create_desk(desk, admission), port):
            for scheme in SCHEMES:
                context = browser.new_context(color_scheme=scheme, viewport=SIZE)  # type: ignore[arg-type]
                context.new_page().goto(admission.new_link())
                base = f"http://127.0.0.1:{port}{admission.base}"
                for name, path in pages(job).items():
                    take(context, base + path, f"{name}-{scheme}")
                context.close()


def pages(job: str) -> Mapping[str, str]:
    """Where the desk's pictures are taken."""
    return {"answer": f"/results/{job}"}


def opened(place: CommandLines) -> str:
    """A job on the real table, opened by its buyer."""
    table = place.root / "rand.csv"
    rand_table().to_csv(table, index=False)
    place.done("olga", "dataset", "publish", str(_DECLARATION), str(table), "--share-budget")
    place.done("bob", "keys", "new")
    place.done("bob", "login", place.words["url"], "--user", "bob", given=PASSWORD)
    place.done("bob", "keys", "register")
    place.done("bob", "job", "new", str(place.checkout))
    commit = place.write_program(_PROGRAM)
    repository = ("--repository", f"file://{place.checkout}", "--commit", commit)
    where = (str(place.checkout), *repository)
    place.done("bob", "submit", *where, "--dataset", _DATASET, "--epsilon", "2")
    (job,) = place.platform.jobs.of_buyer("bob", "submitted", limit=1)
    plan(place, job.job)
    place.done("bob", "sign", job.job, "--yes", *repository)
    answer(place, job.job)
    place.done("bob", "result", "open", job.job)
    return job.job


def main() -> None:
    """Take them."""
    FIGURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        of_portal(browser, Path(folder) / "portal")
        (Path(folder) / "platform").mkdir()
        of_airflow(browser, Path(folder) / "platform")
        (Path(folder) / "desk").mkdir()
        of_desk(browser, Path(folder) / "desk")


if __name__ == "__main__":
    main()
