"""What charts are drawn with: the palette of the pages (market.pages, market.css), light and dark.

A chart has the ground of a page's cards, so that it is part of them, and can be read anywhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.font_manager import fontManager

Theme = Literal["light", "dark"]

_FONTS: Final = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Microsoft YaHei",
    "Arial Unicode MS",
)
"""The first has the measures that labels are laid out by, and comes with matplotlib; the others
lend it letters that it lacks, where they are installed."""

SANS: Final = b"system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans'"
"""What an SVG asks its reader's machine for, in place of the first: no letters are much wider."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`, by the names that market.css has for them."""

    sheet: str
    ink: str
    soft: str
    line: str
    line_strong: str
    accent: str
    accent_wash: str
    bad: str
    bad_wash: str


PALETTES: Final[dict[Theme, Palette]] = {
    "light": Palette(
        sheet="#fffefb",
        ink="#1d2527",
        soft="#566165",
        line="#dcd8cd",
        line_strong="#8b9394",
        accent="#0f5a5a",
        accent_wash="#e3efec",
        bad="#9c2424",
        bad_wash="#fbe6e3",
    ),
    "dark": Palette(
        sheet="#1a2224",
        ink="#e7e6e0",
        soft="#a5afb1",
        line="#2e393b",
        line_strong="#6f7b7e",
        accent="#7fcfc4",
        accent_wash="#1c3233",
        bad="#f2a59c",
        bad_wash="#3a2020",
    ),
}

_drawing = RLock()


@contextmanager
def drawing(palette: Palette) -> Iterator[None]:
    """matplotlib as charts need it, for as long as one is laid out and written.

    Its settings belong to the whole process: one thread draws at a time.
    """
    with _drawing, mpl.rc_context(_settings(palette)), warnings.catch_warnings():
        # A letter that no font here has is a box in a PNG; an SVG's reader may have one.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def _settings(palette: Palette) -> dict[Any, Any]:
    installed = set(fontManager.get_font_names())
    return {
        "font.family": [font for font in _FONTS if font in installed],
        "font.size": 9.5,
        # Labels are other people's words: a dollar sign in one begins no formula.
        "text.parse_math": False,
        "text.color": palette.ink,
        "svg.fonttype": "none",
        # Names inside the file are made of it: the same chart is the same bytes.
        "svg.hashsalt": "market.charts",
        "axes.edgecolor": palette.line_strong,
        "axes.labelcolor": palette.soft,
        "axes.facecolor": "none",
        "figure.facecolor": palette.sheet,
        "axes.grid": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "grid.color": palette.line,
        "grid.linewidth": 0.8,
        "xtick.color": palette.soft,
        "ytick.color": palette.soft,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
    }
