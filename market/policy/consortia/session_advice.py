"""Why a session of members broke off, by its code, and who does what next.

The code comes from a member's worker (crypto.mpc.aborts) or its agent; it stands in the abort that
the agent signs. Members are named by organisation beside it, where one can be named at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SessionAdvice:
    """What a code means, and what to do about it."""

    code: str
    meaning: str
    next_action: str


_COME: Final = "Nothing was charged. See that its agent runs and is reached, then submit again."
_LOOK: Final = "Its operator looks at the agent's log and the machine; then submit the job again."
_ASK: Final = (
    "An honest member's program never does so. Clear it up with the member named, or with all "
    "where nobody is, before anything is submitted again."
)
_RELEASES: Final = "Nothing was charged. Compare the members' releases: all need the same one."

ADVICE: Final = tuple(
    SessionAdvice(*words)
    for words in (
        ("agent-gone", "A member's agent ended before it said go.", _COME),
        ("coin-changed", "A member revealed another number than it had committed to.", _ASK),
        ("equivocation", "Members were told different things where all must hear the same.", _ASK),
        ("frame-malformed", "A member sent what is no message.", _ASK),
        ("inconsistent-dealing", "Shares that a member dealt do not fit together.", _ASK),
        ("inconsistent-shares", "Shares of a check value do not fit together.", _ASK),
        (
            "inputs-refused",
            "A member's worker was given what its program does not take; its own agent knows what.",
            "Nothing was charged. Its operator looks at the table, and binds it again.",
        ),
        (
            "joining-unusable",
            "A member joined with a certificate or an address that is none.",
            "Nothing was charged. The member named updates its agent; then submit the job again.",
        ),
        ("keys-differ", "Two members hold different keys where they must be the same.", _ASK),
        (
            "listening-failed",
            "A member's worker could not listen where its agent's `listen` says.",
            "Nothing was charged. Its operator frees the ports or corrects `listen` in agent.toml.",
        ),
        ("member-absent", "A member did not connect in time.", _COME),
        ("member-lost", "A member's connection ended.", _LOOK),
        (
            "member-restarted",
            "A member's agent, or its store, failed while members computed.",
            _LOOK,
        ),
        ("member-silent", "Nothing came from a member for as long as all may be silent.", _LOOK),
        ("member-stopped", "A member ended the session itself; its own agent knows why.", _LOOK),
        ("message-oversized", "A member announced a larger message than there can be.", _ASK),
        ("message-size", "A member announced a message of another size than the program's.", _ASK),
        ("message-unexpected", "A member sent a message that nobody had asked for.", _ASK),
        ("not-an-element", "A member sent a number that is no share.", _ASK),
        ("out-of-range", "A member's input lies outside its range.", _ASK),
        ("person-repeated", "A member's table names one person twice.", _ASK),
        ("program-failed", "A member's own program could not go on.", _LOOK),
        ("program-unknown", "A member's worker has no such program.", _RELEASES),
        (
            "seal-differs",
            "Members hold different documents of this session: the portal showed them different "
            "ones, or their releases differ.",
            "Nothing was charged. Compare the job's documents and the members' words by another "
            "channel than the portal, before you go on with it.",
        ),
        (
            "session-late",
            "The session was not over in time.",
            "Submit again; if it repeats, ask for less at a time, or use direct addresses.",
        ),
        (
            "threshold-out-of-range",
            "A session was asked for without an honest majority.",
            _RELEASES,
        ),
        ("worker-lost", "The process that computed at a member ended without a word.", _LOOK),
        ("wrong-product", "A product was computed falsely.", _ASK),
    )
)
_BY_CODE: Final = {one.code: one for one in ADVICE}


def next_action(code: str) -> str:
    """What to do about a session that broke off with this code; any code has an answer."""
    advice = _BY_CODE.get(code)
    return advice.next_action if advice else f"Look it up: `market explain {code}`. {_LOOK}"
