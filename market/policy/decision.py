"""A decision is a value with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Refused


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes. `rho_units` is what the buyer may spend in all under this entitlement."""

    rho_units: int


@dataclass(frozen=True, slots=True)
class Denied:
    """No, with a stable code, the reason, and what to do next."""

    code: str
    message: str
    next_action: str

    def error(self) -> Refused:
        return Refused(self.code, self.message, self.next_action)


def denied_by(error: Refused) -> Denied:
    """The refusal of a rule that raises, as a value."""
    return Denied(error.code, error.message, error.next_action)


Decision = Granted | Denied
