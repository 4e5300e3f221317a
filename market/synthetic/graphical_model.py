"""The default method: a graphical model of the pairs of a junction tree, fitted by mirror descent.

The only importer of mbi (and of jax below it). McKenna, Sheldon, Miklau: Graphical-model based
estimation and inference for differential privacy, ICML 2019.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

# Before mbi is imported, which warns otherwise: single precision stalls beyond 100,000 rows, and
# its many small programs are not worth a cache on disk.
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_enable_compilation_cache", False)

import mbi  # noqa: E402

from market.synthetic.decomposable import Conditional, Decomposable  # noqa: E402
from market.synthetic.junction_tree import chosen_cliques, pairs_inside  # noqa: E402
from market.synthetic.marginals import Counts, Marginals  # noqa: E402

_LEAST_ROWS = 0.5
_MOST_STEPS = 400
_LEAST_GAIN = 1e-4
"""Of the loss, over fifty steps: below it, the fit has come to its end."""


def junction_tree(marginals: Marginals, _generator: np.random.Generator) -> Decomposable:
    """The distribution of most entropy among those nearest to the counts of the chosen pairs.

    The fit starts at independent columns, from which pairs are near. From nothing, levels that
    nobody has would fade so slowly that it ends before they are gone.
    """
    cliques = chosen_cliques(marginals)
    inside = pairs_inside(cliques)
    kept = [*marginals.singles, *(pair for pair in marginals.pairs if pair.columns in inside)]
    # Columns are their positions: sets of small numbers have one order, sets of texts have not.
    domain = mbi.Domain(range(len(marginals.sizes)), marginals.sizes)
    model = mbi.estimation.MirrorDescent().estimate(
        domain,
        [mbi.LinearMeasurement(one.counts.ravel(), one.columns, one.typical_sd) for one in kept],
        known_total=marginals.rows,
        iters=_MOST_STEPS,
        tol=_LEAST_GAIN,
        warm_start=_independent(marginals, domain),
    )
    return Decomposable(
        tuple(
            Conditional(
                clique.column,
                clique.neighbours,
                np.asarray(
                    model.project((*clique.neighbours, clique.column)).datavector(flatten=False)
                ),
            )
            for clique in reversed(cliques)
        )
    )


def _independent(marginals: Marginals, domain: mbi.Domain) -> mbi.CliqueVector:
    """The logarithms of every column's shares; of a level without rows, of half a row."""
    columns = [(place,) for place in range(len(marginals.sizes))]
    logarithms = {
        column: mbi.Factor(domain.project(column), jnp.log(_shares(marginals, *column)))
        for column in columns
    }
    return mbi.CliqueVector(domain, columns, logarithms)


def _shares(marginals: Marginals, place: int) -> Counts:
    return np.maximum(marginals.best_shares(place), _LEAST_ROWS / marginals.rows)
