"""Where the marks of a report's plots stand, in the pixels of its SVG; market/synthetic/report.html
draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from market.synthetic.attributes import Codes
from market.synthetic.distances import Distance
from market.synthetic.marginals import Marginals, counted

_LONGEST_LABEL = 16
_BAR_HEIGHT = 24
_BARS_LEFT, _BARS_WIDTH = 110, 200
_SIDE, _NAMES_WIDTH = 22, 130
_Z_95 = 1.959964

Marks = dict[str, Any]


def bars(marginals: Marginals, codes: Codes) -> list[Marks]:
    """Of each column: for each cell two bars and the interval of the opened one."""
    return [_column(place, marginals, codes) for place in range(len(marginals.attributes))]


def heat(marginals: Marginals, pairs: Sequence[Distance]) -> Marks | None:
    """A square for each pair of columns, as dark as it is far; None when there is no pair."""
    if not pairs:
        return None
    names = [attribute.name for attribute in marginals.attributes]
    largest = max(pair.found for pair in pairs)
    squares = []
    for pair in pairs:
        one, other = pair.columns
        squares.append(
            {
                "x": _NAMES_WIDTH + one * _SIDE,
                "y": other * _SIDE,
                "opacity": f"{0.08 + 0.92 * pair.found / largest if largest else 0.08:.2f}",
                "words": f"{names[one]} and {names[other]}: {pair.found:.4f}",
            }
        )
    by_row = [
        {"x": _NAMES_WIDTH - 6, "y": place * _SIDE + 14, "text": f"{short(name)} {place + 1}"}
        for place, name in enumerate(names)
    ]
    by_column = [
        {"x": _NAMES_WIDTH + place * _SIDE + 14, "y": len(names) * _SIDE + 14, "text": place + 1}
        for place in range(len(names) - 1)
    ]
    return {
        "names": [*by_row, *by_column],
        "squares": squares,
        "side": _SIDE - 2,
        "width": _NAMES_WIDTH + len(names) * _SIDE,
        "height": (len(names) + 1) * _SIDE,
        "largest": f"{largest:.4f}",
    }


def short(text: str) -> str:
    """A label that fits beside a plot."""
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _column(place: int, marginals: Marginals, codes: Codes) -> Marks:
    attribute, single = marginals.attributes[place], marginals.singles[place]
    opened, half = single.shares, _Z_95 * single.sd / marginals.rows
    rows = counted(codes, (place,), marginals.sizes) / len(codes)
    largest = max(float((opened + half).max()), float(rows.max()))
    scale = _BARS_WIDTH / largest
    return {
        "name": attribute.name,
        "height": _BAR_HEIGHT * len(attribute.cells),
        "bars": [
            {
                "y": _BAR_HEIGHT * cell,
                "text": short(text),
                "words": f"{text}: opened {opened[cell]:.4f}, synthetic {rows[cell]:.4f}",
                "opened": f"{opened[cell] * scale:.1f}",
                "rows": f"{rows[cell] * scale:.1f}",
                "low": f"{_BARS_LEFT + max(opened[cell] - half[cell], 0.0) * scale:.1f}",
                "high": f"{_BARS_LEFT + (opened[cell] + half[cell]) * scale:.1f}",
            }
            for cell, text in enumerate(attribute.cells)
        ],
    }
