"""What a sealed result that does not hold is answered with."""

from __future__ import annotations

from collections.abc import Mapping

from market.errors import Refused
from market.records.first_difference import first_difference


def require(compared: Mapping[str, tuple[object, object]]) -> None:
    """That every (seen, wanted) pair agrees (raises Refused `result-invalid`)."""
    if found := first_difference(compared):
        raise invalid(f"the {found}")


def invalid(reason: str) -> Refused:
    """A result that does not hold."""
    return Refused(
        "result-invalid",
        f"The sealed result was not opened: {reason}.",
        "Nothing was told to the platform. Keep the job's folder, see what it proves (market "
        "result evidence), and write to the dataset's owner by another channel.",
    )
