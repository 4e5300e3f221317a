"""How rows are made of noised counts: a method makes a model, and a model draws rows.

All of it is post-processing, and the same rows for the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np

from market.synthetic.attributes import Codes
from market.synthetic.decomposable import independent
from market.synthetic.graphical_model import junction_tree
from market.synthetic.marginals import Marginals
from market.synthetic.mwem import mwem


class Model(Protocol):
    """What a method made of the counts."""

    def draw(self, rows: int, generator: np.random.Generator) -> Codes:
        """So many rows as positions of cells, shape (rows, columns)."""
        ...


Method = Callable[[Marginals, np.random.Generator], Model]

METHODS: Mapping[str, Method] = MappingProxyType(
    {"junction-tree": junction_tree, "mwem": mwem, "independent": independent}
)
"""By name, the default first."""
