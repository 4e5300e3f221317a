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
    if _is_written_in_digits(encoded.dictionary):
        texts = [text or None for text in found]
    else:
        texts = [None if text is None else write(text) or None for text in found]
    return Cells(texts, encoded.indices.to_numpy().astype(np.int64))


def _is_written_in_digits(texts: Any) -> bool:
    """Whether nothing but digits, signs, point, comma and slash is in an array of text: no text of
    these has another normal form, and most columns of numbers are of them."""
    _, offsets, signs = texts.buffers()
    if not len(texts) or signs is None:
        return True
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    written = np.frombuffer(signs, np.uint8)[ends[0] : ends[-1]]
    return bool(((written >= ord("+")) & (written <= ord("9"))).all())
