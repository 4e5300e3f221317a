"""The page says what was made, holds everything itself, and shows the owner's words as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import combinations

import numpy as np
import pytest
from world.network_table import ATTRIBUTES, TARGET, network_table, noised
from world.opened_counts import SCHEMA, opened, usual_plan

from market.plan.statistics import Synthesize
from market.synthetic.distances import distances
from market.synthetic.marginals import Marginals
from market.synthetic.methods import METHODS
from market.synthetic.opened import marginals_of
from market.synthetic.report import Made, report


@pytest.fixture(scope="module")
def marginals() -> Marginals:
    plan = usual_plan()
    asked = plan.statistics[1].statistic
    assert isinstance(asked, Synthesize)
    return marginals_of(asked, SCHEMA, opened(plan)[1].cells, "gaussian")


def page_of(marginals: Marginals, method: str = "mwem") -> str:
    generator = np.random.default_rng(1)
    codes = METHODS[method](marginals, generator).draw(800, generator)
    return report(Made("table", method, 1), marginals, codes, generator)


class _Wellformed(HTMLParser):
    """Every element that is opened is closed, in order; what would be fetched is collected."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_whole_and_fetches_nothing(marginals: Marginals) -> None:
    page, read = page_of(marginals), _Wellformed()
    read.feed(page)
    assert read.open == []
    assert read.fetched == []
    assert "script" not in read.seen
    assert "url(" not in page
    assert "svg" in read.seen


def test_owners_words_are_text(marginals: Marginals) -> None:
    page = page_of(marginals)
    assert "<i>" not in page
    assert "&lt;i&gt;poor" in page


def test_distances_are_those_of_the_rows(marginals: Marginals) -> None:
    generator = np.random.default_rng(1)
    codes = METHODS["mwem"](marginals, generator).draw(800, generator)
    found = distances(marginals, codes)
    assert [one.columns for one in found] == [
        *((place,) for place in range(4)),
        *combinations(range(4), 2),
    ]
    page = report(Made("table", "mwem", 1), marginals, codes, generator)
    pairs = [one.found for one in found[4:]]
    assert f"{np.mean(pairs):.4f}" in page
    assert f"{max(pairs):.4f}" in page


def test_far_rows_look_far() -> None:
    marginals = noised(network_table(2_000), ATTRIBUTES, 5.0, np.random.default_rng(2), TARGET)
    generator = np.random.default_rng(1)
    pages = {}
    for method in ("mwem", "independent"):
        codes = METHODS[method](marginals, generator).draw(2_000, generator)
        page = report(Made("table", method, 1), marginals, codes, generator)
        pages[method] = [float(one) for one in re.findall(r'number">(0\.\d+)<', page)]
    assert pages["independent"][3] > 2 * pages["mwem"][3]
    assert "What a model learns of target" in page


def test_noise_of_the_counts_is_expected_as_large_as_it_is() -> None:
    codes = network_table(20_000)
    exact = noised(codes, ATTRIBUTES, 1e-6, np.random.default_rng(2))
    rough = noised(codes, ATTRIBUTES, 5.0, np.random.default_rng(2))
    truth = np.concatenate([one.counts.ravel() for one in exact.pairs])
    found = np.concatenate([one.counts.ravel() for one in rough.pairs])
    expected = sum(one.noise for one in distances(rough, codes)[10:])
    assert np.abs(truth - found).sum() / 2 / 20_000 == pytest.approx(expected, rel=0.05)
