"""The figures of the cost curve as the README shows them: a table and a picture.

What was measured lies in figures/scale.json with its date and machine, committed: the README shows
that one run (decisions/0001-figures-are-committed.md), and a test compares the two.

    python scale_report.py     write table and picture again, from the committed figures
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import scale_plot

FIGURES = Path(__file__).with_name("figures") / "scale.json"
PICTURE = FIGURES.with_suffix(".svg")
README = Path(__file__).resolve().parent.parent.parent / "README.md"
BEGIN, END = "<!-- scale -->", "<!-- /scale -->"
_QUESTIONS = {"sums": "ten sums", "products": "XᵀX"}
Figures = dict[str, Any]
Point = dict[str, Any]


def publish(figures: Figures) -> None:
    """Keep the figures, draw them, and put the table into the README."""
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    PICTURE.write_text(picture(figures), "utf-8")
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{markdown(figures)}\n{END}{after}", "utf-8")


def picture(figures: Figures) -> str:
    """The SVG file: all cores for Spark, TenSEAL's one thread."""
    most = max(point["cores"] for point in figures["points"])
    wanted = [p for p in figures["points"] if p["cores"] == _cores_of(p["rival"], most)]
    return scale_plot.draw(wanted)


def markdown(figures: Figures) -> str:
    """What stands between the README's two marks."""
    points = {(p["question"], p["values"], p["rival"], p["cores"]): p for p in figures["points"]}
    most = max(point["cores"] for point in figures["points"])
    sizes = sorted({point["values"] for point in figures["points"]})
    lines = [
        f"![CPU seconds by encrypted values]({PICTURE.relative_to(README.parent)})",
        "",
        f"{figures['date']}, {figures['machine']}; {figures['columns']} columns, every ciphertext "
        "another. CPU seconds of every process, JVM and Python workers too, whole and "
        f"(net of an empty job): medians of {figures['rounds']} runs in turns up to "
        f"{_millions(figures['repeated_up_to_values'])} values, one run beyond. TenSEAL has one "
        "thread, ran once, and stops there.",
        "",
        "| | values | ciphertext | plain PySpark | TenSEAL | ciphertext, seconds on "
        f"1 / {most} cores | a worker, MB | all processes, MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for question, title in _QUESTIONS.items():
        for values in sizes:
            row = [
                points.get((question, values, rival, _cores_of(rival, most)))
                for rival in ("ciphertext", "plain", "tenseal")
            ]
            slow = points[question, values, "ciphertext", 1]
            fast = points[question, values, "ciphertext", most]
            cells = [
                title,
                _millions(values),
                *map(_cpu, row),
                f"{slow['wall_seconds']:.1f} / {fast['wall_seconds']:.1f}",
                str(fast["worker_megabytes"]),
                str(fast["megabytes"]),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cores_of(rival: str, most: int) -> int:
    return 1 if rival == "tenseal" else most


def _cpu(point: Point | None) -> str:
    if point is None:
        return ""
    net = f"{point['net_cpu_seconds']:.1f}"
    if point["net_is_a_bound"]:
        # Rounded up: what is below 0.04 is not below 0.0.
        net = f"< {math.ceil(10 * point['net_cpu_seconds']) / 10:.1f}"
    return f"{point['cpu_seconds']:.1f} ({net})"


def _millions(values: int) -> str:
    return f"{values // 10**6}M"


if __name__ == "__main__":
    publish(json.loads(FIGURES.read_text()))
