"""`python -m market.demo [--keep | --stop]`: see the package."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from market.demo.report import text_of
from market.demo.roles import ROOT
from market.demo.story import Story
from market.errors import MarketError

FOLDER = ROOT / "build" / "demo"


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
@click.option("--stop", is_flag=True, help="Stop what an earlier demo left running.")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER)
@click.option("--portal-port", default=8420, show_default=True)
@click.option("--airflow-port", default=8421, show_default=True)
def main(keep: bool, stop: bool, folder: Path, portal_port: int, airflow_port: int) -> None:
    """Tell the product's story: publish, ask, compute on ciphertext, release, open."""
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:6.1f} s] {text}")

    story = Story(folder.resolve(), (portal_port, airflow_port), say)
    if stop:
        story.stop()
        return
    told = False
    try:
        report = story.tell()
        report.write(folder / "report.json")
        told = True
    except MarketError as error:
        click.echo(f"The demo stopped. {error}", err=True)
    finally:
        if not (keep and told):
            story.stop()
    if not told:
        sys.exit(1)
    say("Done.\n")
    click.echo(text_of(report))
    if not keep:
        click.echo("\nEverything was stopped; `make demo KEEP=1` leaves it up to click through.")


if __name__ == "__main__":
    main()
