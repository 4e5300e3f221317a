"""A result shared with a colleague, as the platform keeps it: by whom, with whom, and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_SHARED: Final = 2_000
"""Results that an organisation may have shared at a time, each with one colleague."""

MOST_SHARED_CHARACTERS: Final = 4_000
"""Of one document: what is sealed is one key."""


@dataclass(frozen=True, slots=True)
class SharedWith:
    """One job's result for one colleague.

    Attributes:
        document: the signed `market/shared-result/1`; what is sealed in it opens for nobody here.
        shared_at: unix seconds, by the platform's clock.
        withdrawn_at: since when its sharer has taken it back, with the document gone; 0 before.
    """

    job: str
    organisation: str
    sharer: str
    recipient: str
    document: str
    shared_at: int
    withdrawn_at: int = 0
