"""Expressions for people, in the usual notation and by the owner's column names."""

from __future__ import annotations

from market.plan.expression import Add, Column, Constant, Expression, Level, Multiply

_LONGEST_EXPRESSION = 400


def in_words(expression: Expression) -> str:
    """An expression written out, cut when it is long."""
    text = _formula(expression)
    return text if len(text) <= _LONGEST_EXPRESSION else f"{text[:_LONGEST_EXPRESSION]}... (cut)"


def level_in_words(column: str, level: str) -> str:
    """`health is "good"`, so quoted that a level cannot end it."""
    # A level may hold any printable sign, the closing one too.
    quoted = level.replace("\\", "\\\\").replace('"', '\\"')
    return f'{column} is "{quoted}"'


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
