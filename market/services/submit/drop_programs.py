"""Delete the programs that no job has needed for some time, and the tokens of planned jobs."""

from __future__ import annotations

from market.services.platform import Platform
from market.services.submit.repository_tokens import drop_tokens


def drop_programs(platform: Platform, *, now: int) -> None:
    """Delete what is due. A job needs its program until its plan is built, which takes an hour at
    most, so the time counts from when it was last sent or named by a job.

    The object goes first: a process that dies in between leaves a line that is due again. Where
    the same program is sent at that very moment, its job says `bundle-unknown`.

    Raises:
        Unavailable: database or object store do not answer; the next call goes on.
    """
    drop_tokens(platform)
    for program in platform.sent_programs.due(before=now - platform.waits.program_seconds):
        platform.objects.delete(program.key)
        platform.sent_programs.forget(program)
