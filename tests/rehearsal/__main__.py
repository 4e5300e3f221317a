"""`python -m rehearsal [--keep]`: the chart's pods on this machine, and the demo's story on it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import click

from market.demo.catalogue.story import CatalogueStory
from market.demo.roles import ROOT
from market.errors import MarketError
from rehearsal.cluster import Cluster


@click.command()
@click.option("--keep", is_flag=True, help="Go on until Ctrl-C, to click through.")
@click.option("--folder", type=click.Path(path_type=Path), default=ROOT / "build" / "rehearsal")
def main(folder: Path, *, keep: bool) -> None:
    """Two portals behind a proxy, Airflow's processes apart, Postgres, S3, Spark's own cluster."""
    if os.geteuid() != 0:
        raise click.ClickException("Pods have users of their own: run the rehearsal as root.")
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:6.1f} s] {text}")

    # Stopped by a signal or by Ctrl-C alike: nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(folder, ignore_errors=True)
    story = CatalogueStory(folder, Cluster(folder / "cluster"), say)
    try:
        report = story.tell()
        report.write(folder / "report.json")
        click.echo(report.text())
        if keep:
            say("Everything runs; Ctrl-C ends it.")
            signal.pause()
    except MarketError as error:
        click.echo(f"The rehearsal stopped. {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        story.stage.stop()


if __name__ == "__main__":
    main()
