"""What the forms of a declaration offer: licences, rules for missing values, kinds of questions."""

from __future__ import annotations

from typing import Final

from market.plan.statistics import BY_KIND

LICENCES: Final = ("CC0 1.0", "CC BY 4.0", "CC BY-NC 4.0", "ODbL 1.0", "Answers only, no resale")
NULL_WORDS: Final = (
    ("", "As usual"),
    ("drop_row", "The row is left out"),
    ("midpoint", "Number: the middle"),
    ("low", "Number: the lower bound"),
    ("high", "Number: the upper bound"),
    ("false", "Yes or no: false"),
    ("level", "Category: OTHER"),
    ("other", "Date: OTHER"),
)
"""The rules for a missing value (market.policy.drafts.draft_declared)."""
QUESTIONS: Final = {kind: node.plural for kind, node in BY_KIND.items()}
"""Every kind that can be sold, and what it is called."""
