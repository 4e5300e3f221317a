"""What several owners' tables are when they are asked together, and whether they may be.

Platform, client and agent ask these rules. Platform and client see every owner's listing; an agent
knows its own owner's word and nobody else's, which is enough: each of them looks after its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from market.errors import Refused
from market.plan.decimals import fraction_of
from market.plan.schema import Schema
from market.policy.decision import Denied, denied_by
from market.pricing.lattice import CiphertextLattice
from market.records.listing import Policy
from market.records.request import Request
from market.records.union import MOST_OWNERS, Together, Union, UnionTerms, Values


@dataclass(frozen=True, slots=True)
class OwnedTable:
    """A dataset version as it is listed; `owner` is the fingerprint of the key that signed it,
    `agent` the key (hex) of who answers for it."""

    dataset: str
    owner: str
    agent: str
    schema: Schema
    policy: Policy
    together: Together
    lattice: CiphertextLattice


@dataclass(frozen=True, slots=True)
class AskedTogether:
    """One or several tables as one question sees them; `values` is None of one."""

    schema: Schema
    policy: Policy
    lattice: CiphertextLattice
    values: Values | None


def asked_together(tables: Sequence[OwnedTable]) -> AskedTogether:
    """The tables of one question, in the order of their ids, where their owners let them be asked
    so.

    Raises:
        Refused: `sold-together-only` of a single one; of several `union-too-large`, `owner-twice`,
            `union-schemas-differ`, `union-parameters-differ`, `union-not-agreed`.
    """
    first = tables[0]
    if len(tables) == 1:
        require_sold_alone(first.together, first.dataset)
        return AskedTogether(first.schema, first.policy, first.lattice, None)
    _require_distinct(tables)
    _require_alike(tables)
    unions = [_union_of(table, tables) for table in tables]
    return AskedTogether(
        joint_schema(first.schema, [table.dataset for table in tables]),
        joint_policy([table.policy for table in tables]),
        replace(first.lattice, tables=len(tables)),
        "plain" if all(union.values == "plain" for union in unions) else "masked",
    )


def require_sold_alone(together: Together, dataset: str) -> None:
    """That a dataset may be asked by itself (raises Refused)."""
    if not together.is_sold_alone:
        unions = " or ".join(" + ".join((dataset, *union.names)) for union in together.unions)
        raise Refused(
            "sold-together-only",
            f"The owner of {dataset} sells it together with others only: {unions}.",
            "Nothing was spent. Ask all of them in one job, their ids with commas between.",
        )


def not_as_agreed(together: Together, request: Request, dataset: str) -> Denied | None:
    """Why a dataset's owner does not let it be asked as a request does, or None."""
    try:
        if request.union is None:
            require_sold_alone(together, dataset)
        else:
            own = _agreed(together, dataset, request.beside(dataset))
            _require_no_more(request.union, own)
    except Refused as refused:
        return denied_by(refused)
    return None


def joint_schema(schema: Schema, datasets: Sequence[str]) -> Schema:
    """The schema that tables of one schema are asked under: each owner's own but for its name."""
    return replace(schema, name=" + ".join(datasets)) if len(datasets) > 1 else schema


def joint_policy(policies: Sequence[Policy]) -> Policy:
    """What all owners allow together: the statistics of all, the least caps, the least delta, since
    a price is told in everybody's; each is paid their own price."""
    first = policies[0]
    return replace(
        first,
        budget_rho_units=min(policy.budget_rho_units for policy in policies),
        job_rho_units=min(policy.job_rho_units for policy in policies),
        buyer_rho_units=min(policy.buyer_rho_units for policy in policies),
        delta=min((policy.delta for policy in policies), key=fraction_of),
        statistics=tuple(
            kind
            for kind in first.statistics
            if all(kind in policy.statistics for policy in policies)
        ),
        approval="manual" if any(p.approval == "manual" for p in policies) else "automatic",
        recomputation=all(policy.recomputation for policy in policies),
        price_cents=sum(policy.price_cents for policy in policies),
    )


def _require_no_more(terms: UnionTerms, own: Union) -> None:
    """That a question opens no more than an owner's own word on its union lets it (raises
    Refused)."""
    if terms.values == "plain" and own.values == "masked":
        raise Refused(
            "union-values",
            f"The request opens every owner's value; beside {', '.join(own.names)} the owner lets "
            "the sum over all be opened, and nothing else.",
            "Sign the job again: the client knows what is agreed.",
        )


def _require_distinct(tables: Sequence[OwnedTable]) -> None:
    if len(tables) > MOST_OWNERS:
        raise Refused(
            "union-too-large",
            f"{len(tables)} datasets are asked together, expected at most {MOST_OWNERS}.",
            "Ask fewer of them.",
        )
    for what, owned in (("owner", [t.owner for t in tables]), ("agent", [t.agent for t in tables])):
        again = next((i for i, each in enumerate(owned) if each in owned[:i]), None)
        if again is not None:
            before, after = tables[owned.index(owned[again])].dataset, tables[again].dataset
            raise Refused(
                "owner-twice",
                f"{before} and {after} have the same {what}: a sum of both would be theirs alone.",
                "Ask one dataset of each owner, or each of these in a job of its own.",
            )


def _require_alike(tables: Sequence[OwnedTable]) -> None:
    first = tables[0]
    for other in tables[1:]:
        if difference := _difference(first.schema, other.schema):
            raise Refused(
                "union-schemas-differ",
                f"{first.dataset} and {other.dataset} have not the same schema: {difference}.",
                "Nothing was spent. Their owners declare the same columns, with the same bounds, "
                "levels and meanings, and the same capacity.",
            )
        if first.lattice != other.lattice:
            raise Refused(
                "union-parameters-differ",
                f"{first.dataset} is encrypted under {first.lattice.name}, {other.dataset} under "
                f"{other.lattice.name}: their shares do not add up.",
                "Nothing was spent. Their owners publish with the same encrypted_for.",
            )


def _difference(left: Schema, right: Schema) -> str:
    """The first thing in which two schemas differ but for their names; empty if none."""
    if left.columns != right.columns:
        names = tuple(zip(left.columns, right.columns, strict=False))
        column = next((a.name for a, b in names if a != b), None)
        return f"their column {column} differs" if column else "one has more columns"
    for what in ("privacy_unit", "capacity_rows", "products"):
        if getattr(left, what) != getattr(right, what):
            return f"their {what} differs"
    return ""


def _agreed(together: Together, dataset: str, others: tuple[str, ...]) -> Union:
    """The union with these others that a dataset's owner has declared (raises Refused)."""
    found = together.union_with(others)
    if found is None:
        raise _not_agreed(dataset, ", ".join(others))
    return found


def _union_of(table: OwnedTable, tables: Sequence[OwnedTable]) -> Union:
    """A table's union with the others, whose owners are those it names (raises Refused)."""
    others = {each.dataset: each.owner for each in tables if each != table}
    union = _agreed(table.together, table.dataset, tuple(others))
    for partner in union.others:
        if partner.owner != others[partner.dataset]:
            raise _not_agreed(table.dataset, f"{partner.dataset} under another owner's key")
    return union


def _not_agreed(dataset: str, others: str) -> Refused:
    return Refused(
        "union-not-agreed",
        f"The owner of {dataset} does not let it be asked together with {others}.",
        "Nothing was spent. The dataset's page shows with whom; or ask its owner.",
    )
