"""result evidence, receipt evidence: who is proved wrong by what they signed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from crypto.identity import PublicKey
from market import wire
from market.adapters.private_files import write_private
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.http.pages_of import items_of
from market.client.kept.home import ClientHome
from market.client.verify.evidence import prove, read_stated
from market.client.verify.forks import ProvedFork, prove_fork
from market.client.verify.known_keys import require_agent_key, require_platform_key
from market.errors import NotFound
from market.records.receipt import ForkedReceipts
from market.records.signed import record_hash


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


@click.command("evidence", cls=Leaf, epilog="Example: market receipt evidence --out evidence")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--agent-key", help="Public key (hex) of the agent; else the kept manifest's.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write each as a file here."
)
@pass_session
def receipt_evidence(
    session: Session, files: tuple[Path, ...], agent_key: str | None, out: Path | None
) -> None:
    """Show the receipts that do not continue their agent's chain, each beside the one in its way.

    With FILES, written before by --out: check them offline, under an agent's key that is given or
    kept here. Without: ask the portal, which shows owners their own agents', administrators all.
    """
    if files:
        proved = [prove_fork(path.read_bytes()) for path in files]
        for one in proved:
            require_agent_key(session.client_home, one.held.names, one.agent_key, given=agent_key)
    else:
        documents = [
            wire.encode(ForkedReceipts(line["held"], line["offered"]))
            for line in items_of(session.portal(), "receipts/forks")
        ]
        proved = [prove_fork(data) for data in documents]
        _write(out, documents)
    document = [
        {
            "proved_wrong": "agent",
            "agent_key": one.agent_key,
            "held": record_hash(one.held),
            "offered": record_hash(one.offered),
            "reason": one.reason,
        }
        for one in proved
    ]
    session.output.show(document, lambda output: _render_forks(output, proved))


def _write(out: Path | None, documents: list[bytes]) -> None:
    if out is None:
        return
    for data in documents:
        write_private(out / f"fork-{hashlib.sha256(data).hexdigest()[:16]}.json", data)


def _render_forks(output: Output, proved: list[ProvedFork]) -> None:
    if not proved:
        output.line("No receipt forks a chain.")
    for one in proved:
        agent = PublicKey.parse(one.agent_key).fingerprint()
        output.text(f"Agent {agent} is proved wrong, by its own signature: {one.reason}.")


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
