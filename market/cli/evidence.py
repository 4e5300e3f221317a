"""result evidence: whether a platform is proved wrong by what it signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.evidence import prove, read_stated
from market.client.home import ClientHome
from market.client.known_keys import require_platform_key
from market.errors import NotFound


@click.command(
    "evidence", cls=Leaf, epilog="Example: market result evidence job-0123456789ab.sealed.json"
)
@click.argument("bundles", nargs=-1, required=True, metavar="JOB|FILE...")
@click.option("--platform-key", help="Public key (hex) of the platform; else the pinned one.")
@pass_session
def result_evidence(session: Session, bundles: tuple[str, ...], platform_key: str | None) -> None:
    """Say whether sealed results prove their platform wrong, and by which of its own words.

    Give a job of this home, with every bundle that was kept of it, or files. Whoever knows the
    platform's key needs nothing else and asks nobody. Where nothing is proved it is an error.
    """
    found = [read_stated(data) for word in bundles for data in _read(session.client_home, word)]
    for one in found:
        require_platform_key(session.client_home, one.statement.signer, given=platform_key)
    proofs = prove(found)
    document: dict[str, Any] = {
        "proved_wrong": "platform",
        "platform_key": found[0].statement.signer,
        "proofs": [{"job": one.job, "rule": one.rule, "reason": one.reason} for one in proofs],
    }
    session.output.show(document, lambda output: _render(output, document))


def _read(home: ClientHome, word: str) -> list[bytes]:
    path = Path(word)
    if path.is_file():
        return [path.read_bytes()]
    kept = sorted(home.job_path(word, "bundle.json").parent.glob("bundle*.json"))
    if not kept:
        raise NotFound(
            "no-bundle", f"No sealed result of {word} is kept here.", "Give its file, or open it."
        )
    return [found.read_bytes() for found in kept]


def _render(output: Output, document: dict[str, Any]) -> None:
    output.line("The platform is proved wrong, by its own signature:")
    for proof in document["proofs"]:
        output.text(f"- job {proof['job']}: {proof['reason']}.")
    output.line("")
    output.text("Anybody who knows the platform's key finds the same in these files, offline.")
