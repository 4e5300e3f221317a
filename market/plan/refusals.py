"""What nothing in a program can do, because nobody has the rows: each attempt names its rule.

plan-branch       if, and, or, not, assert on data
plan-comparison   <, <=, >, >=, !=, ==, except a categorical column with one of its levels, a
                  number with an edge of its bins (>=, <), a condition with True or False
plan-rows         anything that needs a single row: loops, len, slices, head, apply
plan-conversion   float, int, round, NumPy arrays and functions
plan-operation    any other operator
plan-method       any other method
"""

from __future__ import annotations

from typing import NoReturn

from market.errors import Refused
from market.plan.statistics import KINDS

# fmt: off
_ROW_METHODS = frozenset(
    {
        "agg", "aggregate", "apply", "at", "copy", "drop", "dropna", "fillna",
        "head", "iat", "iloc", "index", "items", "iterrows", "itertuples", "join",
        "map", "melt", "merge", "pipe", "pivot", "rolling", "sample", "shape",
        "shift", "size", "sort", "sort_values", "tail", "to_csv", "to_dict", "to_list",
        "to_numpy", "tolist", "transform", "values",
    }
)
# fmt: on
_REGRESSION = (
    'Use ds.linear_regression(target="column", features=["other"]), or logistic_regression.'
)
_FILTER = 'Use ds.where(condition), or ds[condition]: a condition is ds["column"] == "level".'
_LEVELS = 'Levels are the owner\'s declaration, and public: ds.levels("column").'
_HINTS = {
    "between": "Only a number with bins can be compared: ask the owner to declare bins.",
    "corr": "Use correlation(other).",
    "count": "Use ds.count(): every row that is encrypted has a value in every column.",
    "cov": "Use covariance(other).",
    "crosstab": "Use contingency(key, other_key).",
    "describe": "Ask for mean(), standard_deviation() and a histogram, each under its name.",
    "ecdf": "Only a number with bins has one: ask the owner to declare bins.",
    "filter": _FILTER,
    "fit": _REGRESSION,
    "groupby": "Use group_by(column).",
    "hist": "Use histogram() on a categorical column, or a number with bins.",
    "interquartile_range": "Only a number with bins has one: ask the owner to declare bins.",
    "iqr": "Use interquartile_range() of a number with bins.",
    "loc": _FILTER,
    "max": "Bounds are in the schema; ask for a histogram of a number with bins.",
    "median": "Only a number with bins has a median: ask the owner to declare bins.",
    "min": "Bounds are in the schema; ask for a histogram of a number with bins.",
    "mode": "Use top(1), of a category or a number with bins.",
    "nlargest": "Use top(k), for the most frequent levels.",
    "nunique": _LEVELS,
    "ols": _REGRESSION,
    "pca": "Use principal_components(column, other_column, count=2).",
    "predict": "Ask for a model; what it predicts is computed with the opened answer.",
    "query": _FILTER,
    "quantile": "Only a number with bins has quantiles: ask the owner to declare bins.",
    "regress": _REGRESSION,
    "std": "Use standard_deviation(), which divides by the number of rows.",
    "top": "Only a category, or a number with bins, has levels to count.",
    "top_k": "Use top(k), of a category or a number with bins.",
    "unique": _LEVELS,
    "value_counts": "Use histogram(), or proportions() for parts of all rows.",
    "var": "Use variance(), which divides by the number of rows.",
}


class Encrypted:
    """Base of what stands for data in a program: it refuses what only rows could answer."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise Refused(
            "plan-branch",
            "A program cannot branch on data: the plan is built without any.",
            "Ask for both branches; join conditions by &, | and ~, with brackets around each.",
        )

    def _compared(self, _other: object) -> NoReturn:
        raise Refused(
            "plan-comparison",
            f"Encrypted values of {self!r} cannot be compared.",
            'Compare a categorical column with a level, ds["column"] == "level", or a number that '
            "has bins with an edge of them, by >= or <.",
        )

    # object declares that == and != give a bool: a refusal never returns.
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _compared
    __hash__ = None  # type: ignore[assignment]  # the way Python spells "not hashable"

    def _rows(self, *_arguments: object) -> NoReturn:
        raise rows_refused()

    __iter__ = __len__ = __contains__ = __reversed__ = __next__ = _rows
    __delitem__ = _rows

    def __setitem__(self, _key: object, _value: object) -> NoReturn:
        raise Refused(
            "plan-assignment",
            "A dataset cannot be changed.",
            "Keep the expression in a variable of the program.",
        )

    def _converted(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise Refused(
            "plan-conversion",
            "Encrypted values cannot become numbers or arrays.",
            "Use +, - and * on columns, and statistics such as .mean().",
        )

    __float__ = __int__ = __complex__ = __index__ = __round__ = __trunc__ = _converted
    __floor__ = __ceil__ = __array__ = __array_ufunc__ = __array_function__ = _converted

    def _operated(self, *_arguments: object) -> NoReturn:
        raise Refused(
            "plan-operation",
            f"This operator is not defined on {self!r}.",
            "Use +, - and * on numeric columns; compute with answers after they are opened.",
        )

    __abs__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _operated
    __divmod__ = __rdivmod__ = __matmul__ = __rmatmul__ = _operated
    __xor__ = __rxor__ = _operated

    def _unbracketed(self, *_arguments: object) -> NoReturn:
        raise Refused(
            "plan-operation",
            "A comparison stands without brackets: & and | bind more tightly than ==.",
            'Write (ds["a"] == "x") & (ds["b"] == "y").',
        )

    __rand__ = __ror__ = _unbracketed
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _operated

    def __getattr__(self, name: str) -> NoReturn:
        # Python and NumPy probe for special names; only a person asks for the others.
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _ROW_METHODS:
            raise rows_refused()
        raise Refused(
            "plan-method",
            f"{name!r:.60} is not defined on {self!r}.",
            _HINTS.get(name) or _statistics_of(type(self)),
        )


class WithoutItems(Encrypted):
    """No square brackets."""

    __slots__ = ()

    __getitem__ = Encrypted._rows


class WithoutArithmetic(Encrypted):
    """No +, -, *, / and **; no &, | and ~."""

    __slots__ = ()

    def _calculated(self, *_arguments: object) -> NoReturn:
        self._operated()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _calculated
    __neg__ = __pos__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _calculated
    __and__ = __or__ = __invert__ = _calculated


def _statistics_of(face: type) -> str:
    """What can be asked of it: a method that only refuses says so by its type."""
    methods = {kind: getattr(face, kind) for kind in KINDS if hasattr(face, kind)}
    asked = [
        f"{kind}()" for kind, one in methods.items() if one.__annotations__["return"] != "NoReturn"
    ]
    if not asked:
        return "Return it from build(ds), and compute with the answer once it is opened."
    return f"What can be asked of it: {', '.join(asked)}."


def rows_refused() -> Refused:
    """The refusal of anything that would need, or give, single rows."""
    return Refused(
        "plan-rows",
        "Single rows can be neither read nor returned.",
        "Ask for a statistic over all rows, such as .mean(), or group_by a categorical column.",
    )
