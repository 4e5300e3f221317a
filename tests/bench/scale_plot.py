"""The cost curve as a picture: SVG text, one file for light and dark (prefers-color-scheme).

Two panels, sums and products; both axes are logarithmic, so that twice the data is the same step
everywhere and a line of slope one is cost in proportion to data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

Point = dict[str, Any]
Place = tuple[float, float]

_WIDTH, _HEIGHT, _TOP, _BOTTOM = 880, 400, 74, 48
_PANELS = {"sums": 62, "products": 490}
_PANEL_WIDTH = 268
_LABEL_GAP = 15
_TITLES = {"sums": "Ten sums", "products": "XᵀX: ten sums, 55 sums of products"}
_RIVALS = {"ciphertext": "ciphertext", "plain": "plain PySpark", "tenseal": "TenSEAL"}
_STYLE = """
  svg { --ink: #1f2328; --soft: #57606a; --grid: #d8dee4 }
  .ciphertext { --own: #0969da } .plain { --own: #8250df } .tenseal { --own: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0f6fc; --soft: #9198a1; --grid: #30363d }
    .ciphertext { --own: #58a6ff } .plain { --own: #bc8cff } .tenseal { --own: #f0883e }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--soft) }
  .title { font-size: 14px; font-weight: 600; fill: var(--ink) }
  .grid { stroke: var(--grid) }
  .label, circle { fill: var(--own) }
  .line { fill: none; stroke: var(--own); stroke-width: 2.25; stroke-linejoin: round }
  .net { stroke-width: 1.5; stroke-dasharray: 2 5; stroke-linecap: round }
"""


def draw(points: list[Point]) -> str:
    """The whole SVG file; `points` are those of one number of cores for each rival."""
    seconds = [point["cpu_seconds"] for point in points]
    seconds += [point["net_cpu_seconds"] for point in points if not point["net_is_a_bound"]]
    low = math.floor(math.log10(min(seconds)))
    high = math.ceil(math.log10(max(seconds)))
    smallest = math.log10(min(p["values"] for p in points))
    largest = math.log10(max(p["values"] for p in points))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        "<title>CPU seconds by encrypted values: ciphertext, plain PySpark and TenSEAL</title>",
        f"<style>{_STYLE}</style>",
        '<text x="16" y="22">CPU seconds of every process, JVM included; dotted: '
        "net of an empty job. Both axes are logarithmic.</text>",
    ]
    for question, left in _PANELS.items():

        def at(values: float, second: float, left: int = left) -> Place:
            across = (math.log10(values) - smallest) / (largest - smallest)
            up = (math.log10(second) - low) / (high - low)
            height = _HEIGHT - _TOP - _BOTTOM
            return left + across * _PANEL_WIDTH, _HEIGHT - _BOTTOM - up * height

        chosen = [point for point in points if point["question"] == question]
        lines += [f'<text class="title" x="{left}" y="{_TOP - 20}">{_TITLES[question]}</text>']
        lines += _grid(at, sorted({point["values"] for point in points}), range(low, high + 1))
        lines += _curves(at, chosen)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _grid(at: Any, sizes: list[int], decades: range) -> Iterator[str]:
    for power in decades:
        (x, y), (right, _) = at(sizes[0], 10**power), at(sizes[-1], 10**power)
        yield f'<path class="grid" d="M{x:.1f} {y:.1f}H{right:.1f}"/>'
        yield f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10**power:g} s</text>'
    for size in sizes:
        x, y = at(size, 10 ** decades[0])
        label = f"{size // 10**6}M"
        yield f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">{label}</text>'
    x, y = at(math.sqrt(sizes[0] * sizes[-1]), 10 ** decades[0])
    yield f'<text x="{x:.1f}" y="{y + 38:.1f}" text-anchor="middle">encrypted values</text>'


def _curves(at: Any, points: list[Point]) -> Iterator[str]:
    ends: list[tuple[float, float, str]] = []
    for rival in _RIVALS:
        own = sorted((p for p in points if p["rival"] == rival), key=lambda p: p["values"])
        whole = [at(point["values"], point["cpu_seconds"]) for point in own]
        net = [at(p["values"], p["net_cpu_seconds"]) for p in own if not p["net_is_a_bound"]]
        # TenSEAL's program starts in a third of a second: both lines are one.
        if rival != "tenseal" and net:
            yield _line(net, f"line net {rival}")
        yield _line(whole, f"line {rival}")
        for x, y in whole:
            yield f'<circle class="{rival}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        ends.append((whole[-1][1], whole[-1][0], rival))
    free = -math.inf
    for y, x, rival in sorted(ends):
        free = max(y, free + _LABEL_GAP)
        label = _RIVALS[rival]
        yield f'<text class="label {rival}" x="{x + 9:.1f}" y="{free + 4:.1f}">{label}</text>'


def _line(places: list[Place], classes: str) -> str:
    return f'<path class="{classes}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in places)}"/>'
