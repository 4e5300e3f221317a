"""Several owners asked together, in words: what each of them, and the buyer, has to know of it."""

from __future__ import annotations

from market.pricing.lattice import Lattice
from market.records.union import Together, Union, Values


def describe_union(values: Values, lattice: Lattice) -> str:
    """Lines to show before what is opened."""
    owners = lattice.tables
    seen = (
        "Masked: the sums over all of them open, and no owner's own value."
        if values == "masked"
        else "Plain: every owner's own noised values open, beside the sums over all of them."
    )
    return (
        f"Together: the tables of {owners} owners, each under a key of its own\n{seen}\n"
        f"Noise: each owner's agent adds all of what is paid for, so that an owner's people are "
        f"protected as by that price though the {_others(owners)}, the buyer and the platform "
        f"collude. Errors are those of the {owners} noises together."
    )


def together_sentences(together: Together, dataset: str) -> list[str]:
    """With whom a dataset may be asked, one sentence for each; none where it is sold alone only."""
    if not together.unions:
        return []
    alone = "" if together.is_sold_alone else f", and {dataset} is never asked by itself"
    return [
        *(_union_sentence(union) for union in together.unions),
        f"Two owners are enough for that, where a consortium takes three members{alone}.",
    ]


def _union_sentence(union: Union) -> str:
    opens = (
        "the sums over all of them open, and no owner's own"
        if union.values == "masked"
        else "every owner's own values open, too, where all of them let it"
    )
    return f"It may be asked together with {', '.join(union.names)}, all in one job: {opens}."


def _others(owners: int) -> str:
    return "other owner" if owners == 2 else f"{owners - 1} other owners"
