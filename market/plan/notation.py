"""Expressions for people, in the usual notation and by the owner's column names."""

from __future__ import annotations

from market.plan.expression import Add, Column, Constant, Expression, Level, Multiply

_LONGEST_EXPRESSION = 400


def in_words(expression: Expression) -> str:
    """An expression written out, cut when it is long."""
    text = _formula(expression)
    return text if len(text) <= _LONGEST_EXPRESSION else f"{text[:_LONGEST_EXPRESSION]}... (cut)"


def condition_in_words(condition: Expression) -> str:
    """A condition as one says it: `sex is "female" and not insured`; cut when it is long."""
    text = _said(condition)
    return text if len(text) <= _LONGEST_EXPRESSION else f"{text[:_LONGEST_EXPRESSION]}... (cut)"


def level_in_words(column: str, level: str) -> str:
    """`health is "good"`, so quoted that a level cannot end it."""
    # A level may hold any printable sign, the closing one too.
    quoted = level.replace("\\", "\\\\").replace('"', '\\"')
    return f'{column} is "{quoted}"'


def _said(condition: Expression) -> str:
    match condition:
        case Level(column=column, level=level):
            return level_in_words(column, level)
        case Multiply(left=left, right=right):
            return f"{_joined(left)} and {_joined(right)}"
        case Add(left=Multiply(left=Constant(value="-1"), right=denied), right=Constant(value="1")):
            return f"not {_joined(denied)}"
        case _:
            return _formula(condition)


def _joined(condition: Expression) -> str:
    said = _said(condition)
    return f"({said})" if isinstance(condition, Multiply) and " and " in said else said


def _formula(expression: Expression) -> str:
    match expression:
        case Column(name=name):
            return name
        case Constant(value=value):
            return value
        case Level(column=column, level=level):
            return f"[{level_in_words(column, level)}]"
        case Add(left=left, right=right):
            return f"({_formula(left)} + {_formula(right)})"
        case Multiply(left=left, right=right):
            return f"{_formula(left)} * {_formula(right)}"
