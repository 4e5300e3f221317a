"""A job's quote as its page shows it: what each statistic asks, costs, and how exact it will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crypto import canonical
from crypto.errors import FormatError
from market import wire
from market.entities.documents import Documents
from market.plan.answers import label_text
from market.plan.plan import Plan
from market.pricing.error_words import range_text, supposed_text
from market.pricing.loss import shown_epsilon

_MOST_CELLS: Final = 20
"""Of one answer on the page; a contingency table may have thousands."""


@dataclass(frozen=True, slots=True)
class QuotedCell:
    label: str
    expected_error: str
    error_range: str


@dataclass(frozen=True, slots=True)
class QuotedStatistic:
    """One statistic of the question.

    Attributes:
        words: what it asks; empty where the plan is of a release that wrote plans otherwise.
        share: of all the privacy that the job costs, as `38 %`.
    """

    name: str
    kinds: tuple[str, ...]
    words: str
    unit: str
    rho_units: int
    share: str
    cells: tuple[QuotedCell, ...]
    further_cells: int

    @property
    def is_one_number(self) -> bool:
        """Whether its answer is a single number without a label."""
        return len(self.cells) == 1 and not self.cells[0].label


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A stored quote (market.pricing.quote.Quote.to_json) as the page shows it."""

    rho_units: int
    law: str
    epsilon: str
    delta: str
    outputs_count: int
    work: str
    work_count: int
    surcharge_rho_units: int
    products: int
    statistics: tuple[QuotedStatistic, ...]
    supposed: str


def quote_of(kept: Documents) -> QuoteView | None:
    """The stored quote, once there is one."""
    text = kept.find("quote")
    if text is None:
        return None
    quote = canonical.loads(text.encode())
    words = _words(kept)
    return QuoteView(
        rho_units=quote["rho_units"],
        law=quote["law"],
        epsilon=shown_epsilon(quote["epsilon"]),
        delta=quote["delta"],
        outputs_count=len(quote["outputs"]),
        work=quote["work"]["what"],
        work_count=quote["work"]["count"],
        surcharge_rho_units=quote["surcharge_rho_units"],
        products=quote["work"]["products"],
        statistics=tuple(_statistic(one, quote, words) for one in quote["statistics"]),
        supposed=supposed_text(quote),
    )


def share_text(part_units: int, all_units: int) -> str:
    """A part of the privacy that a job costs, in whole per cent."""
    percent = round(100 * part_units / all_units) if all_units else 0
    return f"{percent} %" if percent or not part_units else "under 1 %"


def _statistic(
    statistic: Mapping[str, Any], quote: Mapping[str, Any], words: Mapping[str, str]
) -> QuotedStatistic:
    cells = statistic["cells"]
    return QuotedStatistic(
        name=statistic["name"],
        kinds=tuple(statistic["kinds"]),
        words=words.get(statistic["name"], ""),
        unit=statistic["unit"],
        rho_units=statistic["rho_units"],
        share=share_text(statistic["rho_units"], quote["rho_units"]),
        cells=tuple(_cell(cell) for cell in cells[:_MOST_CELLS]),
        further_cells=max(0, len(cells) - _MOST_CELLS),
    )


def _cell(cell: Mapping[str, Any]) -> QuotedCell:
    half_width = cell["expected_error"]
    error = f"± {half_width}" if half_width is not None else "no bound"
    return QuotedCell(label_text(cell["labels"]), error, range_text(cell))


def _words(kept: Documents) -> dict[str, str]:
    """What each statistic of the stored plan asks, by its name."""
    text = kept.find("plan")
    if text is None:
        return {}
    try:
        plan = wire.from_json(Plan, canonical.loads(text.encode()))
    except FormatError:
        return {}
    return {named.name: named.statistic.words for named in plan.statistics}
