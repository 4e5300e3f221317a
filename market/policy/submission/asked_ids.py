"""The datasets of one question, as somebody types them: an id, or several with commas between."""

from __future__ import annotations

import re
from collections.abc import Sequence

from market.errors import Refused
from market.plan.text import readable
from market.policy.texts import refuse_unreadable

_BETWEEN = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")


def read_dataset_ids(text: str) -> tuple[str, ...]:
    """The ids, each once, in ascending order; whether there are such datasets is not looked up.

    Raises:
        Refused: `dataset-missing` of none, `text-unreadable`, `dataset-twice`.
    """
    ids = _BETWEEN.split(text.strip(" \t\r\n"))
    if not all(ids):
        raise Refused(
            "dataset-missing",
            "No dataset was chosen." if ids == [""] else "One of the datasets has no id.",
            "Choose one: the form's list and `market dataset list` show them. Several that are "
            "asked together have commas between.",
        )
    for one in ids:
        refuse_unreadable("dataset's id", one)
    if again := sorted({one for one in ids if ids.count(one) > 1}):
        raise Refused(
            "dataset-twice",
            f"{readable(again[0]):.80} is named twice.",
            "Name each dataset once.",
        )
    return tuple(sorted(ids))


def dataset_ids_text(ids: Sequence[str]) -> str:
    """Ids as `read_dataset_ids` takes them."""
    return ",".join(ids)
