"""Every statistic of the union can be asked, on a face of its own or by group."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from market.errors import Refused
from market.plan.arguments import wrong_arguments
from market.plan.asked import AskedStatistic
from market.plan.binned_number import BinnedNumber
from market.plan.category import Category
from market.plan.dataset import Dataset, Grouped
from market.plan.expression import Column, Level, Multiply
from market.plan.notation import condition_in_words, in_words
from market.plan.quantity import Quantity
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Count, Difference, GroupBy, Where
from market.plan.statistics.plain import PLAIN

SCHEMA = Schema(
    "faces",
    (
        NumericColumn("x", "0", "1", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    100,
    (),
)
DS = Dataset(SCHEMA)
NUMBER = DS["x"]
WOMEN = DS["g"] == "a"
assert isinstance(NUMBER, Quantity)


@pytest.mark.parametrize("kind", [node.__dataclass_fields__["tag"].default for node in PLAIN])
def test_statistic_is_a_method_of_its_name(kind: str) -> None:
    assert any(hasattr(face, kind) for face in (Dataset, Quantity, BinnedNumber, Category)), (
        f"no program can ask {kind}(): add it in market/plan/quantity.py or dataset.py"
    )


@pytest.mark.parametrize("ask", [Quantity.sum, Quantity.mean])
def test_number_is_asked_of_rows_of_groups_and_under_a_filter(
    ask: Callable[[Quantity], AskedStatistic],
) -> None:
    some, grouped = DS.where(WOMEN)["x"], DS.group_by("g")["x"]
    assert isinstance(some, Quantity)
    assert isinstance(grouped, Quantity)
    alone = ask(NUMBER).statistic
    assert ask(some).statistic == Where(Level("g", "a"), alone)
    assert ask(grouped).statistic == GroupBy(("g",), alone)


def test_computed_number_is_asked_by_group() -> None:
    asked = DS.group_by("g")[2 * NUMBER - 1].mean().statistic
    assert asked == GroupBy(("g",), (2 * NUMBER - 1).mean().statistic)


def test_filter_of_a_filter_is_both() -> None:
    again = DS[WOMEN][DS["flag"]]
    assert isinstance(again, Dataset)
    assert again.count().statistic == Where(Multiply(Level("g", "a"), Column("flag")), Count())


def test_filter_stands_around_its_groups() -> None:
    asked = DS[WOMEN].group_by("g", "flag")["x"].mean
    with pytest.raises(Refused, match="multiplies 3"):
        asked()
    counted = DS[WOMEN].group_by("flag").count()
    assert counted.statistic == Where(Level("g", "a"), GroupBy(("flag",), Count()))


def test_difference_of_two_questions_is_one() -> None:
    some, others = DS.where(WOMEN)["x"], DS.where(~WOMEN)["x"]
    assert isinstance(some, Quantity)
    assert isinstance(others, Quantity)
    gap = some.mean() - others.mean()
    assert gap.statistic == Difference(some.mean().statistic, others.mean().statistic)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: DS["x"].mean() - DS["g"].histogram(),
        lambda: DS["x"].mean() - DS["x"].variance(),
        lambda: DS["x"].mean() - 1,
        lambda: (DS["x"].mean() - DS["x"].mean()) - DS["x"].mean(),
    ],
    ids=["other levels", "other units", "a number", "a difference"],
)
def test_unlike_questions_are_not_subtracted(asked: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        asked()
    assert refused.value.code == "plan-difference"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (WOMEN & DS["flag"], 'g is "a" and flag'),
        (~(WOMEN & DS["flag"]), 'not (g is "a" and flag)'),
        (DS["flag"] == False, "not flag"),  # noqa: E712 - what a program writes
        (DS["g"] != "b", 'not g is "b"'),
    ],
)
def test_condition_is_said_as_one_says_it(condition: Quantity, words: str) -> None:
    assert condition_in_words(condition.expression()) == words


@pytest.mark.parametrize(
    "refused_by",
    [
        lambda: DS[NUMBER],
        lambda: WOMEN & NUMBER,
        lambda: ~(2 * DS["flag"]),
        lambda: (WOMEN + DS["flag"]).proportion(),
    ],
)
def test_number_is_no_condition(refused_by: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        refused_by()
    assert refused.value.code == "plan-condition"


@pytest.mark.parametrize(
    "mixed",
    [
        lambda: DS.where(WOMEN)["x"] + NUMBER,
        lambda: DS.where(WOMEN)["x"].covariance(NUMBER),
        lambda: DS[DS.where(WOMEN)["flag"]],
        lambda: DS.group_by("g")[DS.where(WOMEN)["x"]],
    ],
)
def test_columns_of_other_rows_are_not_mixed(mixed: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        mixed()
    assert refused.value.code == "plan-other-rows"


@pytest.mark.parametrize(
    "asked",
    [
        lambda: DS.group_by(),
        lambda: DS.group_by("g", "g"),
        lambda: DS.contingency("g"),
        lambda: DS.contingency("g", "g"),
    ],
)
def test_keys_are_distinct_and_enough(asked: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        asked()
    assert refused.value.code == "plan-keys"


def test_keys_may_stand_in_a_list_as_pandas_has_them() -> None:
    assert DS.group_by(["g", "flag"]).rows == DS.group_by("g", "flag").rows
    assert DS.contingency(["g", "flag"]).statistic == DS.contingency().statistic


def test_comparison_without_brackets_is_told_of_them() -> None:
    with pytest.raises(Refused, match="without brackets"):
        DS["g"] == "a" & DS["flag"]  # noqa: B015 - what a program writes


def test_number_for_each_level_is_a_number() -> None:
    face = DS["g"]
    assert isinstance(face, Category)
    scored = face.map({"a": 1, "b": 0.5, "OTHER": 0})
    assert in_words(scored.expression()).count("g is") == 3
    with pytest.raises(Refused, match="other levels"):
        face.map({"a": 1})


def test_one_of_several_levels_is_a_condition() -> None:
    face = DS["g"]
    assert isinstance(face, Category)
    assert isinstance(DS[face.isin(["a", "b"])], Dataset)
    with pytest.raises(Refused, match="expected a list"):
        face.isin("a")


@pytest.mark.parametrize(
    ("face", "has", "lacks"),
    [
        (DS, "count()", "mean()"),
        (DS["x"], "mean()", "contingency()"),
        (DS["g"], "histogram()", "mean()"),
        (DS.group_by("g"), "count()", "mean()"),
        (DS.group_by("g")["x"], "variance()", "contingency()"),
    ],
    ids=["dataset", "number", "category", "grouped dataset", "grouped number"],
)
def test_unknown_statistic_is_told_what_this_face_has(
    face: Dataset | Quantity | Category | Grouped, has: str, lacks: str
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


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        (lambda: DS.g, 'ds["g"]'),
        (lambda: DS.filter, "ds.where(condition)"),
        (lambda: NUMBER.mean() * 100, "percentage()"),
        (lambda: NUMBER.sum() / DS.count(), "mean()"),
        (lambda: DS["g"].nunique, "ds.levels("),
        (lambda: DS["g"].top_k, "top(k)"),
        (lambda: NUMBER > 3, "has bins"),
        (lambda: DS.regress, "linear_regression("),
    ],
)
def test_refusal_leads_to_what_works(asked: Callable[[], object], leads_to: str) -> None:
    with pytest.raises(Refused) as refused:
        asked()
    assert leads_to in refused.value.next_action


def test_wrong_arguments_are_answered_with_the_right_ones() -> None:
    with pytest.raises(TypeError) as raised:
        NUMBER.mean(skipna=True)  # type: ignore[call-arg]
    refused = wrong_arguments(raised.value)
    assert refused is not None
    assert refused.next_action == "Write mean(weights=None)."


@pytest.mark.parametrize(
    "text",
    [
        "Quantity.__init__() got an unexpected keyword argument 'x'",
        "Quantity.not_there() got an unexpected keyword argument 'x'",
        "Elsewhere.mean() takes 1 positional argument",
        "pay at once: Quantity.mean() takes 1 positional argument",
        "unsupported operand",
    ],
)
def test_text_of_an_exception_leads_nowhere_else(text: str) -> None:
    assert wrong_arguments(TypeError(text)) is None
    assert wrong_arguments(ValueError("Quantity.mean() takes 1 positional argument")) is None
