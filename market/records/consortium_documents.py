"""What a consortium is made of, as it travels and is kept: texts, each as it was signed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsortiumDocuments:
    """What was signed of one agreement; bindings are each member's newest, or those of a job."""

    proposal: str
    joinings: tuple[str, ...]
    consents: tuple[str, ...]
    bindings: tuple[str, ...]
    departures: tuple[str, ...]
