"""What the platform's processes have to know of each other: who leads, which codes were redeemed,
which forms hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from market.entities.overview import Trouble
from market.entities.stages import AllForms


class Leases(Protocol):
    """A task that one process does at a time, for as long as it says that it lives.

    Clocks are those of the processes: two that are apart by more than a lease may lead at once for
    a round. What is done under a lease has to bear that.
    """

    def take(self, name: str, holder: str, *, now: int, lease_seconds: int) -> bool:
        """Hold the lease until `now + lease_seconds`: True for who holds it, or takes it over from
        one whose time is up; nothing is written while the other half of a lease is left."""

    def give_up(self, name: str, holder: str) -> None:
        """Leave it to whoever asks next; what another holds is left alone."""

    def holder(self, name: str, *, now: int) -> str:
        """Who holds it now; empty for nobody."""


class Troubles(Protocol):
    """What stops the duties of housekeeping, told by the process that leads; one for each duty."""

    def tell(self, troubles: Mapping[str, str], process: str, *, now: int) -> None:
        """These are all that there are now: their codes, by duty.

        One that was told with the same code before goes on since then; one that is not among them
        has ended, and is kept until its duty has another.
        """

    def known(self) -> list[Trouble]:
        """The last of each duty, by its name."""


class RedeemedCodes(Protocol):
    """One-time codes that were redeemed, as long as they might be shown again."""

    def redeem(self, nonce: str, *, expires_at: int, now: int) -> bool:
        """True the first time only. What has expired before `now` is forgotten."""


@dataclass(frozen=True, slots=True)
class NumberedForms:
    """All forms; `number` grows with each change, from 0 for none yet."""

    number: int
    forms: AllForms


class Forms(Protocol):
    """What Airflow's forms offer: one document, replaced whole."""

    def read(self) -> NumberedForms:
        """The forms as they are."""

    def replace(self, forms: AllForms, *, after: int) -> bool:
        """Replace all at once; False where they are not those of number `after` any more: then
        what these were made from may be out of date. The same again changes nothing."""
