"""One of a thing, or several: the one place that knows how a counted noun ends."""

from __future__ import annotations


def plural(count: int, one: str, several: str = "") -> str:
    """The word that goes with a count: `job` with 1, `jobs` with 0 or 7.

    Args:
        several: where it is no `s` that is added: `people`, `entries`, `are`.
    """
    return one if count == 1 else several or f"{one}s"


def counted(count: int, one: str, several: str = "") -> str:
    """A count with its noun, for a terminal: `1 job`, `7 jobs`."""
    return f"{count} {plural(count, one, several)}"
