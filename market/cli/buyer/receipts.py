"""receipt: what an outsider can check, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from crypto.identity import PublicKey
from market import wire
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, date
from market.cli.session import Session, pass_session
from market.client.verify.known_keys import require_agent_key, require_platform_key
from market.client.verify.verify_receipt import (
    CANNOT_SHOW,
    SHOWS,
    VerifiedReceipt,
    require_plan,
    verify_chains,
    verify_receipt,
)
from market.errors import Refused
from market.pricing.loss import rho_text

COMMANDS = {
    "verify": Lazy("buyer.receipts:verify", "Verify receipts, offline."),
    "evidence": Lazy("buyer.evidence:receipt_evidence", "Receipts that fork an agent's chain."),
}


@click.group("receipt", cls=LazyGroup, lazy=COMMANDS)
def receipt() -> None:
    """Receipts: what every release leaves behind."""


@click.command(
    "verify", cls=Leaf, epilog="Example: market receipt verify job-0123456789ab.receipt.json"
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--agent-key", help="Public key (hex) of the agent; else the kept manifest's.")
@click.option("--platform-key", help="Public key (hex) of the platform; else the pinned one.")
@click.option(
    "--result",
    "result_path",
    type=click.Path(exists=True, path_type=Path),
    help="An opened result (result.json): shows that the receipt is for its question.",
)
@pass_session
def verify(
    session: Session,
    files: tuple[Path, ...],
    agent_key: str | None,
    platform_key: str | None,
    result_path: Path | None,
) -> None:
    """Verify receipts without asking anybody.

    One receipt: both signatures, and who, what, when and for how much. Several: also that those of
    each agent follow one another without a gap. The keys must be known from elsewhere: given here,
    or pinned in this home (the agent's by the manifest its owner signed). Else nothing is shown.
    """
    found = verify_chains(
        [
            verify_receipt(path.read_bytes(), agent_key=agent_key, platform_key=platform_key)
            for path in files
        ]
    )
    home = session.client_home
    known = [
        (
            require_agent_key(home, one.receipt.names, one.agent_key, given=agent_key),
            require_platform_key(home, one.platform_key, given=platform_key),
        )
        for one in found
    ]
    if result_path is not None:
        _require_result(found, result_path)
    document = {
        "receipts": [
            _document(one) | {"agent_key_is": agent, "platform_key_is": platform}
            for one, (agent, platform) in zip(found, known, strict=True)
        ],
        "question_shown": result_path is not None,
        "shows": list(SHOWS),
        "cannot_show": list(CANNOT_SHOW),
    }
    session.output.show(document, lambda output: _render(output, document))


def _require_result(found: tuple[VerifiedReceipt, ...], path: Path) -> None:
    try:
        opened = json.loads(path.read_text("utf-8"))
        plan_hash = str(opened["plan_hash"])
        salts = {str(one["receipt"]): str(one["plan_salt"]) for one in opened["receipts"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            "result-unreadable", f"{path} is not an opened result.", "Give a job's result.json."
        ) from error
    if len(found) != 1:
        raise Refused(
            "result-for-one", "A result belongs to one receipt.", "Give one receipt with --result."
        )
    identifier = found[0].receipt.receipt
    if identifier not in salts:
        raise Refused(
            "result-of-another",
            f"{path} is the result of receipt {', '.join(salts)}, not of {identifier}.",
            "Give the result.json that lies beside the receipt.",
        )
    require_plan(found[0], salt=salts[identifier], plan_hash=plan_hash)


def _document(verified: VerifiedReceipt) -> dict[str, Any]:
    kept = verified.receipt
    return {
        "receipt": kept.receipt,
        "hash": verified.hash,
        "sequence": kept.sequence,
        "previous": kept.previous,
        "datasets": wire.to_json(kept.datasets),
        "buyer": kept.buyer,
        "rho_units": kept.rho_units,
        "plan_commitment": kept.plan_commitment,
        "request_hash": kept.request_hash,
        "envelope_hash": kept.envelope_hash,
        "issued_at": kept.issued_at,
        "received_at": verified.countersignature.received_at,
        "agent_key": verified.agent_key,
        "platform_key": verified.platform_key,
    }


def _people(document: dict[str, Any]) -> list[str]:
    return [lineage for asked in document["datasets"] for lineage in asked["lineages"]]


def _charged_people(one: dict[str, Any]) -> str:
    people = ", ".join(_people(one))
    return f"at most as much to {people}" if people else "nobody's: this member holds no data"


def _render(output: Output, document: dict[str, Any]) -> None:
    for one in document["receipts"]:
        output.line(f"Receipt {one['receipt']}: both signatures hold.")
        agent, platform = (
            PublicKey.parse(one[f"{role}_key"]).fingerprint() for role in ("agent", "platform")
        )
        output.fields(
            [
                *(
                    ("  dataset", f"{asked['dataset']} version {asked['version']}")
                    for asked in one["datasets"]
                ),
                ("  buyer", one["buyer"]),
                ("  cost", f"rho {rho_text(one['rho_units'])} to the buyer's allocation"),
                ("  people", _charged_people(one)),
                ("  issued", f"{date(one['issued_at'])}, received {date(one['received_at'])}"),
                ("  chain", f"number {one['sequence']}, after {one['previous'][:16]}"),
                ("  agent's key", f"{agent} ({one['agent_key_is']})"),
                ("  platform's key", f"{platform} ({one['platform_key_is']})"),
            ]
        )
    if document["question_shown"]:
        output.line("It commits to the question of the result you gave.")
    output.line("")
    output.line("This shows:")
    for line in document["shows"]:
        output.line(f"  - {line}")
    output.line("It cannot show:")
    for line in document["cannot_show"]:
        output.line(f"  - {line}")
