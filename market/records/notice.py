"""What the platform tells of what waits for somebody, at the address that they gave for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Signed by the platform. `notice` names it: what comes twice has one name.

    `kind` is what is to be done (market.entities.inbox), `subject` about what; `url` is the page.
    Times are unix seconds.
    """

    TAG: ClassVar[str] = "market/notice/1"

    notice: str
    user: str
    kind: str
    subject: str
    text: str
    url: str
    since: int
    issued_at: int
