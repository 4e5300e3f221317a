"""How a dataset is named, and how several are: as a set, which has one spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

DATASET_ID: Final = re.compile(r"[a-z][a-z0-9-]{2,59}")
DATASET_ID_RULE: Final = "3 to 60 characters of a-z, 0-9 and hyphens, a letter first"


def check_dataset_id(dataset: str) -> None:
    """That a text is a dataset's id (raises ValueError)."""
    if not DATASET_ID.fullmatch(dataset):
        raise ValueError(f"dataset {dataset!r:.80}: {DATASET_ID_RULE}")


def check_dataset_ids(datasets: Sequence[str]) -> None:
    """That these are ids, one or more, each once, in ascending order (raises ValueError)."""
    for dataset in datasets:
        check_dataset_id(dataset)
    check_ascending("datasets", datasets)


def check_ascending(what: str, values: Sequence[str]) -> None:
    """That there is one or more, each once, in ascending order (raises ValueError)."""
    if not values or list(values) != sorted(set(values)):
        raise ValueError(f"{what}: one or more, each once, in ascending order expected")
