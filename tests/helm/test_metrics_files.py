"""Dashboard and alert rules ask only for metrics that the portal has, by labels that these have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from market.entities.job_states import STATES
from market.metrics import PORTAL_METRICS

FILES = Path(__file__).parents[2] / "helm" / "market" / "files"
RULES = yaml.safe_load((FILES / "prometheus" / "rules.yaml").read_text("utf-8"))["groups"]
DASHBOARD = json.loads((FILES / "grafana" / "market.json").read_text("utf-8"))
OF_PROMETHEUS = {"instance", "job"}
_PARTS = ("lhs", "rhs", "expr", "args", "param", "vector_selector")
_LEGEND = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")


def series() -> dict[str, set[str]]:
    """The labels of every series the portal has, by its name."""
    found: dict[str, set[str]] = {}
    for metric in PORTAL_METRICS:
        names = {metric.name: set(metric.labels)}
        if metric.kind == "histogram":
            names = {f"{metric.name}_{part}": set(metric.labels) for part in ("sum", "count")}
            names[f"{metric.name}_bucket"] = {*metric.labels, "le"}
        found |= names
    return found


SERIES = series()


def nodes(node: Any) -> Iterator[Any]:
    yield node
    for part in _PARTS:
        inner = getattr(node, part, None)
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, promql_parser.Expr):
                yield from nodes(one)


def unknown(expression: str) -> list[str]:
    """What an expression asks for that is not there."""
    found: list[str] = []
    tree = list(nodes(promql_parser.parse(expression)))
    selectors = [node for node in tree if isinstance(node, promql_parser.VectorSelector)]
    found += [one.name for one in selectors if one.name not in SERIES]
    if found or not selectors:
        return found or [f"nothing is asked for in {expression}"]
    known = set.union(*(SERIES[one.name] for one in selectors)) | OF_PROMETHEUS
    for one in selectors:
        matched = {matcher.name for matcher in one.matchers.matchers}
        found += sorted(matched - SERIES[one.name] - OF_PROMETHEUS)
    for node in tree:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            found += sorted(set(node.modifier.labels) - known)
    return found


def test_what_is_not_there_is_found() -> None:
    assert unknown("market_job") == ["market_job"]
    assert unknown("rate(market_http_request_duration_seconds[5m])") != []
    assert unknown('max(market_jobs{stat="planned"})') == ["stat"]
    assert unknown("sum by (user) (market_jobs)") == ["user"]
    assert unknown("1 + 1") != []


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_a_panel_asks_for_what_there_is(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        assert unknown(target["expr"]) == []
        named = set(_LEGEND.findall(target["legendFormat"]))
        labels = {label for name, of in SERIES.items() if name in target["expr"] for label in of}
        assert named <= labels | OF_PROMETHEUS


@pytest.mark.parametrize("rule", RULES[0]["rules"], ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert unknown(rule["expr"]) == []
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "next_action"}


def test_states_in_alerts_are_states() -> None:
    for rule in RULES[0]["rules"]:
        for alternatives in re.findall(r'state=~?"([^"]+)"', rule["expr"]):
            assert set(alternatives.split("|")) <= set(STATES)


def test_the_dashboard_leaves_out_only_what_healthz_tells() -> None:
    asked = " ".join(one["expr"] for panel in DASHBOARD["panels"] for one in panel["targets"])
    left_out = [one.name for one in PORTAL_METRICS if one.name not in asked]
    assert left_out == ["market_housekeeper_alive"]


def test_panels_have_numbers_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({one["id"] for one in panels}) == len(panels)
    assert len({(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels}) == len(panels)
