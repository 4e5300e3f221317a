"""Arrow's arrays of text as cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from market.plan.cells import normal_text
from market.tables.table import Cells


def cells_of_texts(column: Any, write: Callable[[str], str] = normal_text) -> Cells:
    """The cells of an array of text: distinct texts in their normal form, and each row's place.

    Args:
        write: a text's normal form; "" where nothing is there.
    """
    encoded = column.dictionary_encode(null_encoding="encode")
    found = encoded.dictionary.to_pylist()
    texts = [None if text is None else write(text) or None for text in found]
    return Cells(texts, encoded.indices.to_numpy().astype(np.int64))
