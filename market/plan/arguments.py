"""A question asked with wrong arguments: what Python says of it, as a refusal with the right ones.

Of the exception's text only a name is taken, and only one that stands on a face of the language:
the rest may hold anything.
"""

from __future__ import annotations

import inspect
import re
from types import FunctionType

from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.binned_number import BinnedNumber
from market.plan.category import Category
from market.plan.dataset import Dataset, Grouped
from market.plan.date_parts import DateParts
from market.plan.models import AsksModels
from market.plan.quantity import Quantity

_FACES = {
    face.__name__: face
    for face in (
        Dataset,
        Grouped,
        AsksModels,
        Quantity,
        BinnedNumber,
        Category,
        DateParts,
        AskedStatistic,
    )
}
_CALL = re.compile(r"(\w+)\.([a-z]\w*)\(\) (?:got|takes|missing) ")


def wrong_arguments(error: BaseException) -> Refused | None:
    """The refusal (`plan-arguments`) of a call that the language does not have; None of any other
    exception."""
    found = _CALL.match(str(error)) if isinstance(error, TypeError) else None
    if found is None:
        return None
    method = getattr(_FACES.get(found[1]), found[2], None)
    if not isinstance(method, FunctionType):
        return None
    return Refused(
        "plan-arguments",
        f"{found[2]} is called with other arguments than it has.",
        f"Write {found[2]}({_parameters(method)}).",
    )


def _parameters(method: FunctionType) -> str:
    """Names and defaults, without types: `*probabilities`, `weights=None`."""
    _self, *others = inspect.signature(method).parameters.values()
    return ", ".join(
        str(one.replace(annotation=inspect.Parameter.empty)).replace(" = ", "=") for one in others
    )
