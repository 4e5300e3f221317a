"""Every statistic of the union can be asked, on a face of its own or by group."""

from __future__ import annotations

from typing import get_args

import pytest

from market.errors import Refused
from market.plan.category import Category
from market.plan.dataset import Dataset, GroupedQuantity
from market.plan.quantity import Quantity
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import KINDS, Groupable, GroupBy

SCHEMA = Schema(
    "faces",
    (
        NumericColumn("x", "0", "1", "a number", "", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
    ),
    PrivacyUnit(None, 1, "a row"),
    100,
    (),
)
DS = Dataset(SCHEMA)
GROUPABLE: dict[str, type[Groupable]] = {
    node.__dataclass_fields__["tag"].default: node for node in get_args(Groupable)
}


@pytest.mark.parametrize("kind", KINDS)
def test_statistic_is_a_method_of_its_name(kind: str) -> None:
    assert any(hasattr(face, kind) for face in (Dataset, Quantity, Category)), (
        f"no program can ask {kind}(): add it in market/plan/quantity.py or dataset.py"
    )


@pytest.mark.parametrize("kind", GROUPABLE)
def test_groupable_statistic_is_asked_of_rows_and_of_groups(kind: str) -> None:
    number = DS["x"] * 0 + 1
    assert isinstance(number, Quantity)
    asked = getattr(number, kind)().statistic
    grouped = getattr(DS.group_by("g")[number], kind)().statistic
    assert type(asked) is GROUPABLE[kind]
    assert grouped == GroupBy("g", asked)


@pytest.mark.parametrize(
    ("face", "has", "lacks"),
    [
        (DS, "count()", "mean()"),
        (DS["x"], "mean()", "histogram()"),
        (DS["g"], "histogram()", "mean()"),
        (DS.group_by("g"), "count()", "mean()"),
        (DS.group_by("g")["x"], "variance()", "covariance()"),
    ],
    ids=["dataset", "number", "category", "grouped dataset", "grouped number"],
)
def test_unknown_statistic_is_told_what_this_face_has(
    face: Dataset | Quantity | Category | GroupedQuantity, has: str, lacks: str
) -> None:
    with pytest.raises(Refused, match="not defined") as refused:
        face.kurtosis  # noqa: B018
    assert has in refused.value.next_action
    assert lacks not in refused.value.next_action
    assert "kurtosis" not in refused.value.next_action


def test_statistic_of_an_answer_is_told_to_wait_for_it() -> None:
    with pytest.raises(Refused) as refused:
        DS.count().mean  # noqa: B018
    assert "once it is opened" in refused.value.next_action
