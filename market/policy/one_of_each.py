"""Records name several datasets and several parties; a question is about one dataset.

Encrypted data has one party, its agent; a consortium is one dataset with several. This is the one
place that refuses more, by name: platform, agent and client read the one dataset and the one party
through it, so that whoever lets in several finds here every place to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from market.errors import Refused

T = TypeVar("T")


class MoreThanOne(Refused):
    """A question about several datasets, or one that several parties would have to answer."""


def one_dataset(datasets: Sequence[T]) -> T:
    """The one dataset, or what stands for it (raises MoreThanOne, `one-dataset`)."""
    if len(datasets) != 1:
        raise MoreThanOne(
            "one-dataset",
            f"It names {len(datasets)} datasets, expected 1: several are not computed together.",
            "Nothing was spent. Ask each dataset in a job of its own.",
        )
    return datasets[0]


def one_party(parties: Sequence[T]) -> T:
    """The one party, or what stands for it (raises MoreThanOne, `one-party`)."""
    if len(parties) != 1:
        raise MoreThanOne(
            "one-party",
            f"It names {len(parties)} agents, expected 1: several do not release together.",
            "Nothing was spent. Ask the data of each agent in a job of its own.",
        )
    return parties[0]
