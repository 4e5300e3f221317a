"""market.ports.appointments.Appointments, on every implementation."""

from __future__ import annotations

import pytest
from world.builders import NOW, an_appointment, sign

from market.errors import Conflict
from market.ports.appointments import Appointments
from market.records.appointment import AgentAppointment
from market.records.signed import Signed


def word(number: int, agent: str = "agent", by: str = "olga") -> Signed[AgentAppointment]:
    return sign(an_appointment(agent, number), by=by)


def test_appointments_are_kept_as_signed_and_in_order(appointments: Appointments) -> None:
    assert appointments.of_owner("olga") == []
    first, second = word(1), word(2, "second agent")
    appointments.add("olga", first, now=NOW)
    appointments.add("olga", second, now=NOW)
    appointments.add("olga", second, now=NOW + 1)
    assert appointments.of_owner("olga") == [first, second]
    assert appointments.of_owner("oscar") == []


@pytest.mark.parametrize(("number", "agent"), [(1, "other"), (3, "other"), (1, "agent")])
def test_number_that_is_not_the_next_is_a_conflict(
    appointments: Appointments, number: int, agent: str
) -> None:
    appointments.add("olga", word(1), now=NOW)
    if (number, agent) == (1, "agent"):
        appointments.add("olga", word(number, agent), now=NOW)
        appointments.add("olga", word(2), now=NOW)
    with pytest.raises(Conflict, match="agent-appointed"):
        appointments.add("olga", word(number, agent), now=NOW)
    assert appointments.of_owner("olga")[0] == word(1)


def test_first_number_is_one(appointments: Appointments) -> None:
    with pytest.raises(Conflict, match="expected 1"):
        appointments.add("olga", word(2), now=NOW)
