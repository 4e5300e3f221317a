"""How much may be shared, and what is said of what is not: one rule wherever shares are kept."""

from __future__ import annotations

from market.entities.shared_result import SharedWith
from market.errors import Conflict, NotFound, Refused


def check_shared(organisation: str, found: int, most: int) -> None:
    """Return if one more result may be shared (raises Refused, `shared-full`)."""
    if found >= most:
        raise Refused(
            "shared-full",
            f"{organisation} has {found} results shared, and may have {most}.",
            "Take one back: market result shared, then market result withdraw. They go by "
            "themselves some time after they were shared.",
        )


def no_shared(job: str, recipient: str) -> NotFound:
    """`no-shared-result`: nobody has, or it was taken back, or its time is over."""
    return NotFound(
        "no-shared-result",
        f"The result of {job} is not shared with {recipient}.",
        "See what is: market result shared. Whoever signed a job shares it.",
    )


def withdrawn(shared: SharedWith) -> NotFound:
    """`shared-withdrawn`: whoever shared it has taken it back."""
    return NotFound(
        "shared-withdrawn",
        f"{shared.sharer} has taken back the result of {shared.job}.",
        f"What was opened before stays in its home. Ask {shared.sharer} to share it again.",
    )


def no_colleague(name: str, organisation: str) -> NotFound:
    """`no-colleague`: in the same words for a stranger as for nobody."""
    return NotFound(
        "no-colleague",
        f"There is no {name[:100]!r} beside you in {organisation}.",
        "Results are shared inside an organisation alone; ask its people for their user id.",
    )


def no_reader_key(user: str) -> Conflict:
    """`reader-key-missing`: nothing can be sealed to a colleague."""
    return Conflict(
        "reader-key-missing",
        f"{user} has no reader key registered: nothing can be sealed to them.",
        f"Ask {user} to run: market keys register",
    )
