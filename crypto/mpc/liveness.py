"""Who is silent and who is late.

Silent is a member of whom no byte came for the idle deadline: each shows that it lives four times
within it, from the network's thread, however long its program computes.

Late is a session that is not over by its total deadline. A round is entered before anything of it
is sent, and every frame says which round its sender is in. A member that waits in round r waits for
one that has not entered r; so of all members only those in the lowest round can be computing still,
and a single one of them is named.
"""

from __future__ import annotations

import asyncio

from crypto.mpc.aborts import NOBODY
from crypto.mpc.runtime import JointRuntime

_SIGNS_PER_IDLE = 4


async def watch_for_silence(runtime: JointRuntime) -> None:
    """Show life, and end the session by the first member that shows none; until it is over."""
    idle_seconds = runtime.session.deadlines.idle_seconds
    pause_seconds = idle_seconds / _SIGNS_PER_IDLE
    clock = asyncio.get_running_loop().time
    woke_seconds = clock()
    while not runtime.verdict.done():
        runtime.show_life()
        await asyncio.sleep(pause_seconds)
        slept_seconds, woke_seconds = clock() - woke_seconds, clock()
        for link in runtime.links:
            if slept_seconds > 2 * pause_seconds:
                # This process was stopped or starved: that it heard nothing proves nothing.
                link.heard_at_seconds = woke_seconds
            if not link.has_keys or link.is_paused or link.is_done:
                continue
            if woke_seconds - link.heard_at_seconds > idle_seconds:
                reason = f"member {link.point} was silent for {idle_seconds} seconds"
                runtime.accuse(link.point, "member-silent", reason)


async def watch_for_lateness(runtime: JointRuntime) -> None:
    """End the session once its total deadline is over."""
    seconds = runtime.session.deadlines.total_seconds
    await asyncio.sleep(seconds)
    rounds = runtime.rounds()
    lowest = sorted(point for point in rounds if rounds[point] == min(rounds.values()))
    reason = f"the session was not over after {seconds} seconds; not yet waiting for others: "
    reason += ", ".join(f"member {point}" for point in lowest)
    runtime.accuse(lowest[0] if len(lowest) == 1 else NOBODY, "session-late", reason)
