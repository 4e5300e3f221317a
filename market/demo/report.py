"""What every story ends with besides its numbers: seconds, and where to click."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from market.adapters.private_files import write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(ABC):
    """Where a story was told, and how long each chapter took; each story adds its numbers."""

    seconds: Mapping[str, float]
    agent_is_apart: str
    addresses: Mapping[str, str]
    users: Mapping[str, str]

    def write(self, path: Path) -> None:
        """For whoever started the demo alone: it holds true values, and the users' passwords."""
        write_private(path, (json.dumps(asdict(self), indent=2) + "\n").encode())

    def text(self) -> str:
        """The report for the terminal."""
        return "\n".join([*self.numbers(), *self._setting()])

    @abstractmethod
    def numbers(self) -> list[str]:
        """Lines for the terminal: what the story found."""

    def _setting(self) -> list[str]:
        return [
            "",
            "Seconds of each stage:",
            *(f"  {stage:<44}{seconds:8.1f}" for stage, seconds in self.seconds.items()),
            "",
            self.agent_is_apart,
            "",
            *(f"{name:<10}{address}" for name, address in self.addresses.items()),
            "Users of this demo (made for it, with these passwords):",
            *(f"  {user:<10}{password}" for user, password in self.users.items()),
        ]
