"""The resident Spark application in words: for status, and for doctor."""

from __future__ import annotations

from market.adapters.resident_spark import ResidentState
from market.cli.output import date
from market.plan.plural import counted
from market.processes.status import Resident

_BYTES_PER_MEGABYTE = 1_000_000


def state_of(resident: Resident) -> str:
    """What it does, in a word or two."""
    if resident.pid is None:
        return "not running"
    if resident.state is not None:
        return "answers"
    return "starting" if resident.is_kept else "ends as it starts"


def account_of(state: ResidentState, maximum_bytes: int) -> str:
    """What it has done since when, and what it holds of what it may."""
    held, most = (each // _BYTES_PER_MEGABYTE for each in (state.memory_bytes, maximum_bytes))
    return (
        f"process {state.pid} since {date(state.since)}, {counted(state.jobs_done, 'job')} done, "
        f"{state.jobs_at_work} at work, {held} of {most} MB"
    )
