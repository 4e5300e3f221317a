"""quote: what a program costs and how exact it will be, before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crypto import canonical
from crypto.chunk_size import chunk_bytes
from market import wire
from market.adapters.plan_document import BuiltPlan
from market.adapters.repository import FetchLimits
from market.cli.lazy import Leaf
from market.cli.options import datasets_option, unsandboxed_option
from market.cli.output import Output, money
from market.cli.session import Session, pass_session
from market.client.asked_source import fetch_source
from market.client.rebuild_plan import build_directory, fetch_and_build
from market.errors import Refused
from market.plan.answers import label_text
from market.plan.lowered import lower
from market.plan.program_input import ProgramInput
from market.policy.asked_ids import dataset_ids_text
from market.policy.price import price_of
from market.policy.verification import needs_verification
from market.pricing.lattice import AnyLattice, CiphertextLattice
from market.pricing.loss import compared_losses, rho_text, shown_epsilon
from market.records.union import Values


@click.command(
    "quote", cls=Leaf, epilog="Example: market quote . --dataset household-visits --epsilon 0.5"
)
@click.argument("source", default=".")
@datasets_option
@click.option("--epsilon", required=True, help="Privacy budget of the job, such as 0.5.")
@click.option("--commit", help="Full hash, when SOURCE is an address.")
@unsandboxed_option
@pass_session
def quote(
    session: Session,
    source: str,
    datasets: tuple[str, ...],
    epsilon: str,
    commit: str | None,
    unsandboxed: bool,
) -> None:
    """Price the program in SOURCE: a directory, or a repository's address with --commit.

    The plan is built on this machine, in the platform's sandbox. For every statistic: its privacy
    cost and the expected error (half a 95 % interval) with the dataset full and half full; then the
    whole job's epsilon and delta, its price, and its work. Nothing is spent.
    """
    portal = session.portal()
    dataset = dataset_ids_text(datasets)
    found = fetch_source(session.client_home, portal, dataset)
    asked = found.program_input
    built = build_source(source, commit, asked, is_sandboxed=not unsandboxed)
    answer = portal.post(
        "quotes",
        {"dataset": dataset, "plan": wire.encode(built.plan).decode(), "epsilon": epsilon},
    )
    lowered = lower(built.plan, asked.schema)
    here = price_of(lowered, found.policy, epsilon, found.lattice).to_json()
    if canonical.dumps(answer["quote"]) != canonical.dumps(here):
        theirs, computed = compared_losses(
            answer["quote"]["rho_units"], here["rho_units"], here["delta"]
        )
        raise Refused(
            "quote-differs",
            f"The portal asks {theirs}; this client computes {computed} from the dataset's "
            "signed policy.",
            "Install the portal's version of this client; if it is the same, tell the owner.",
        )
    document = {
        **answer,
        "datasets": list(built.plan.datasets),
        "trace": built.trace,
        "values": found.values,
        "needs_verified": found.agreement is not None
        and needs_verification(found.agreement.proposal.composition, lowered),
    }
    session.output.show(document, lambda output: render_quote(output, document, found.lattice))


def build_source(
    source: str, commit: str | None, asked: ProgramInput, *, is_sandboxed: bool
) -> BuiltPlan:
    """The plan of a directory as it is, or of a commit at an address, which needs the sandbox."""
    if "://" not in source:
        directory = Path(source)
        if not directory.is_dir():
            raise Refused(
                "no-program",
                f"{source} is not a directory.",
                "Give a directory, or an address such as https://git.example.org/job.git.",
            )
        return build_directory(directory, asked, is_sandboxed=is_sandboxed)
    if commit is None:
        raise click.UsageError("An address needs --commit with the full hash.")
    if not is_sandboxed:
        raise click.UsageError(
            "What is fetched runs in the sandbox only; --unsandboxed is for a "
            "directory of your own."
        )
    return fetch_and_build(source, commit, asked, FetchLimits(allow_file=True))


def render_quote(output: Output, document: dict[str, Any], lattice: AnyLattice) -> None:
    """The quote for people."""
    priced = document["quote"]
    rows = [
        (
            statistic["name"] if first else "",
            rho_text(statistic["rho_units"]) if first else "",
            label_text(cell["labels"]),
            cell["error_at_capacity"] or "—",
            cell["error_at_half"] or "—",
            statistic["unit"],
        )
        for statistic in priced["statistics"]
        for first, cell in ((i == 0, cell) for i, cell in enumerate(statistic["cells"]))
    ]
    output.table(("statistic", ">rho", "level", ">± full", ">± half full", "unit"), rows)
    output.line("")
    output.fields(
        [
            ("dataset", ", ".join(document["datasets"])),
            *_union(document["values"], lattice),
            ("privacy", f"epsilon {shown_epsilon(priced['epsilon'])} with delta {priced['delta']}"),
            ("costs the people", f"rho {rho_text(priced['rho_units'])}{_surcharge(priced)}"),
            ("price", money(document["price_cents"])),
            ("opens", f"{len(priced['outputs'])} noised sums"),
            ("work", _work(priced["work"], lattice)),
            ("plan", document["plan_hash"]),
            *([("submit", "with --verified")] if document["needs_verified"] else []),
        ]
    )
    spreads = [statistic["name"] for statistic in priced["statistics"] if statistic["is_of_spread"]]
    if spreads:
        output.line("")
        output.line(
            f"The error of {', '.join(spreads)} is for values spread evenly over their bounds, or "
            "as the owner's reference says. Where they lie closer together it is larger."
        )


def _union(values: Values | None, lattice: AnyLattice) -> list[tuple[str, str]]:
    """What opens of several owners' data, and whose collusion its people are protected against."""
    if values is None:
        return []
    opens = "the sums over all, and no owner's own" if values == "masked" else "every owner's, too"
    noise = f"whole by each owner, so any {lattice.tables - 1} of {lattice.tables} may collude"
    return [("values", f"{values}: {opens}"), ("noise", f"{noise}; errors are of all of it")]


def _surcharge(priced: dict[str, Any]) -> str:
    units = priced["surcharge_rho_units"]
    return f", of it {rho_text(units)} for every run" if units else ""


def _work(work: dict[str, Any], lattice: AnyLattice) -> str:
    size = ""
    if isinstance(lattice, CiphertextLattice):
        megabytes = chunk_bytes(work["count"], "seed-only", lattice.parameters) / 1e6
        size = f" ({megabytes:.1f} MB)"
    return f"{work['count']} {work['what']}{size}, {work['products']} products"
