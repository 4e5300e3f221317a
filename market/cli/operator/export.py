"""admin export: everything that the platform keeps about one organisation, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from market.adapters.full_disk import typed_disk_failures
from market.adapters.private_files import write_private_new
from market.adapters.zip_stream import zipped
from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, now, pass_session
from market.entities.people import Operator
from market.errors import Conflict
from market.services.people.export_organisation import export_organisation
from market.wiring import open_platform


@click.command("export", cls=Leaf, epilog="Example: market admin export acme")
@click.argument("organisation")
@click.option("--out", type=click.Path(path_type=Path), help="File; else ORGANISATION.zip, here.")
@pass_session
def export(session: Session, organisation: str, out: Path | None) -> None:
    """Write what the platform keeps about ORGANISATION into a zip file of JSON lines, mode 0600.

    People, datasets, jobs, receipts and what administrators did; signed documents as they were
    signed. No password, session or token is in it, nor the hash of one.
    """
    platform = open_platform(load_settings(session))
    files = export_organisation(platform, Operator(), organisation, now=now())
    path = out or Path(f"{organisation}.zip")
    try:
        with typed_disk_failures(str(path)):
            write_private_new(path, zipped(files, now=now()))
    except FileExistsError as error:
        raise Conflict(
            "export-exists", f"{path} exists already.", "Choose another name."
        ) from error
    session.output.show(
        {"organisation": organisation, "file": str(path)},
        lambda output: output.line(f"Wrote {path}."),
    )
