"""`python -m market.demo [catalogue | consortium] [--keep | --stop]`: see the package."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

import click

from market.demo.catalogue.story import CatalogueStory
from market.demo.consortium.story import ConsortiumStory
from market.demo.hosting import Hosting, OneMachine
from market.demo.report import Report
from market.demo.roles import ROOT
from market.demo.stage import Say, Stage
from market.errors import MarketError


class Story(Protocol):
    """What is told, on a stage of its own."""

    @property
    def stage(self) -> Stage:
        """Where it is told."""

    def tell(self) -> Report:
        """All of it (raises MarketError where a chapter fails)."""


MakeStory = Callable[[Path, Hosting, Say], Story]

_STORIES: Final[Mapping[str, MakeStory]] = {
    "catalogue": CatalogueStory,
    "consortium": ConsortiumStory,
}
_TARGETS: Final = {"catalogue": "demo", "consortium": "demo-consortium"}
"""Of make, and the folders below build/."""


@click.command()
@click.argument("name", type=click.Choice(list(_STORIES)), default="catalogue", metavar="STORY")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
@click.option("--stop", is_flag=True, help="Stop what an earlier demo left running.")
@click.option("--folder", type=click.Path(path_type=Path), help="Else one below build/.")
@click.option("--portal-port", default=8420, show_default=True)
@click.option("--airflow-port", default=8421, show_default=True)
def main(
    name: str, keep: bool, stop: bool, folder: Path | None, portal_port: int, airflow_port: int
) -> None:
    """Tell a story of the product. STORY is catalogue (publish, ask, compute on ciphertext,
    release, open), or consortium (found one, ask it, compute together, open)."""
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:6.1f} s] {text}")

    folder = (folder or ROOT / "build" / _TARGETS[name]).resolve()
    story: Story = _STORIES[name](folder, OneMachine(portal_port, airflow_port), say)
    if stop:
        story.stage.stop()
        return
    report = _told(story, folder / "report.json", keep)
    if report is None:
        sys.exit(1)
    say("Done.\n")
    click.echo(report.text())
    if not keep:
        again = f"make {_TARGETS[name]} KEEP=1"
        click.echo(f"\nEverything was stopped; `{again}` leaves it up to click through.")


def _told(story: Story, path: Path, keep: bool) -> Report | None:
    report = None
    try:
        told = story.tell()
        told.write(path)
        report = told
    except MarketError as error:
        click.echo(f"The demo stopped. {error}", err=True)
    finally:
        if not (keep and report):
            story.stage.stop()
    return report


if __name__ == "__main__":
    main()
