"""What happened, as JSON lines, each with the seconds since the beginning."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Record:
    """`tell` hears of every line, too. Several threads write."""

    path: Path
    tell: Callable[[str], None] = lambda _line: None
    _began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def note(self, event: str, **details: Any) -> None:
        line = json.dumps({"at": round(self.seconds, 1), "event": event, **details})
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.tell(line)
