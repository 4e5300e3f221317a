"""The terms an owner wants in place of those in force: from a declaration, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from crypto.errors import CryptoError
from market.errors import Refused
from market.owner.declaration.declared_values import built, decimal_of, gaussian_rho_of, rho_of
from market.owner.declaration.describe import Declaration, read_declaration
from market.owner.owner import Owner
from market.owner.word.grants import newest_holding
from market.owner.word.relist import Terms
from market.plan.decimals import fraction_of
from market.policy.drafts.draft_of_listing import declared_epsilon, declared_gaussian_epsilon
from market.records.first_difference import first_difference
from market.records.listing import Description, Policy
from market.records.union import Together
from market.vault.holdings import Holding

_RHO: Final[dict[str, tuple[Callable[[str, Any, str], int], Callable[[int, str], str]]]] = {
    "budget": (rho_of, declared_epsilon),
    "total": (rho_of, declared_epsilon),
    "buyer": (gaussian_rho_of, declared_gaussian_epsilon),
    "job": (gaussian_rho_of, declared_gaussian_epsilon),
}
"""How each of a policy's epsilons is read, as in its declaration, and said again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be other than it is, as a person types it; None stays.

    Epsilons and delta are decimals. Under another delta an epsilon that is not named stays what it
    was, as it would in a declaration, and so its rho does not.
    """

    title: str | None = None
    summary: str | None = None
    provenance: str | None = None
    licence: str | None = None
    terms: str | None = None
    statistics: tuple[str, ...] | None = None
    recomputation: bool | None = None
    price_cents: int | None = None
    budget_epsilon: str | None = None
    total_epsilon: str | None = None
    buyer_epsilon: str | None = None
    job_epsilon: str | None = None
    access: str | None = None
    approval: str | None = None
    delta: str | None = None
    together: Together | None = None


def changed_terms(terms: Terms, wanted: Wanted) -> Terms:
    """The terms with what is wanted in them.

    Raises:
        Refused: `terms-invalid`, naming what is not acceptable.
    """
    named = {one.name: getattr(wanted, one.name) for one in fields(Wanted)}
    given = {name: value for name, value in named.items() if value is not None}
    policy, description = asdict(terms.policy), asdict(terms.description)
    try:
        for said in (policy, description):
            said.update((name, given[name]) for name in said if name in given)
        policy["statistics"] = list(policy["statistics"])
        policy["delta"] = decimal_of("delta", policy["delta"])
        policy.update(_rho_units(terms.policy, given, policy["delta"]))
        return replace(
            terms,
            description=built(Description, "", description),
            policy=built(Policy, "", policy),
            together=given.get("together", terms.together),
        )
    except (CryptoError, ValueError, ArithmeticError) as error:
        raise Refused(
            "terms-invalid",
            f"These terms were not accepted: {error!s:.1000}.",
            "Correct what is named; nothing was changed.",
        ) from error


def _rho_units(before: Policy, given: Mapping[str, Any], delta: str) -> dict[str, int]:
    """What each epsilon that is said anew comes to in units of rho, by the policy's members."""
    is_other_delta, units = fraction_of(delta) != fraction_of(before.delta), {}
    for name, (read, epsilon_of) in _RHO.items():
        was = getattr(before, member := f"{name}_rho_units")
        epsilon = given.get(f"{name}_epsilon")
        if epsilon is None and is_other_delta and was is not None:
            epsilon = epsilon_of(was, before.delta)
        if epsilon is not None:
            units[member] = read(f"{name}_epsilon", epsilon, delta)
    return units


def declared_terms(owner: Owner, dataset: str, declaration: Path) -> Terms:
    """The terms that a declaration file has, of a dataset whose data it describes as it was.

    Raises:
        NotFound: this agent does not hold the dataset.
        Refused: `declaration-invalid`; `listing-fixed`: it describes other data.
    """
    declared, holding = read_declaration(declaration), newest_holding(owner.home, dataset)
    _check_same_data(declared, holding)
    edition = holding.listing.record.edition
    return Terms(edition, declared.description, declared.policy, declared.together)


def _check_same_data(declared: Declaration, holding: Holding) -> None:
    listing = holding.listing.record
    expected = {
        "dataset": (declared.dataset, listing.dataset),
        "columns, privacy unit or capacity": (declared.schema.digest(), listing.schema.digest()),
        "population": (declared.population, listing.population),
        "period": (declared.epoch, holding.manifest.record.epoch),
    }
    if found := first_difference(expected):
        raise Refused(
            "listing-fixed",
            f"The declaration is of other data than version {listing.version} of "
            f"{listing.dataset}: its {found.what} is not that of the encrypted table.",
            "Nothing was changed. Declare it as it was published, or publish the table again: its "
            "next version may be other.",
        )
