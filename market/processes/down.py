"""Stop everything `up` started."""

from __future__ import annotations

from market.processes.child import stop_children
from market.processes.status import NAMES, PREPARING, RELAY, RESIDENT
from market.settings import Settings


def stop(settings: Settings) -> list[str]:
    """SIGTERM, eight seconds, SIGKILL. Returns the names of what ran; stopping nothing is fine."""
    stopped = stop_children(settings, (*NAMES, RELAY, RESIDENT, PREPARING))
    return [name for name in stopped if name not in (RESIDENT, PREPARING)]
