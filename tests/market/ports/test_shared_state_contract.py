"""market.ports.shared_state, on every implementation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from world.builders import NOW
from world.ports import Ports

from market.entities.overview import Trouble
from market.entities.stages import AllForms, ConsortiumForm, Form

TASK = "housekeeping"
SECONDS = 30
LAB = AllForms((Form("lab", "Lab", (("clinic-visits", "Visits"),)),))
BOTH = AllForms(LAB.organisations, (ConsortiumForm("wards", 2, "Wards", "union", ()),))


def take(ports: Ports, holder: str, now: int) -> bool:
    return ports.leases.take(TASK, holder, now=now, lease_seconds=SECONDS)


def test_lease_is_one_holders_until_its_time_is_up(ports: Ports) -> None:
    assert ports.leases.holder(TASK, now=NOW) == ""
    assert take(ports, "one", NOW)
    assert not take(ports, "two", NOW + SECONDS - 1)
    assert ports.leases.holder(TASK, now=NOW + SECONDS - 1) == "one"
    assert ports.leases.holder(TASK, now=NOW + SECONDS) == ""
    assert take(ports, "two", NOW + SECONDS)
    assert not take(ports, "one", NOW + SECONDS)


def test_holder_keeps_a_lease_by_asking_again(ports: Ports) -> None:
    for second in range(0, 5 * SECONDS, 5):
        assert take(ports, "one", NOW + second)
        assert not take(ports, "two", NOW + second)


def test_lease_that_was_given_up_is_the_next_ones(ports: Ports) -> None:
    assert take(ports, "one", NOW)
    ports.leases.give_up(TASK, "two")
    assert not take(ports, "two", NOW)
    ports.leases.give_up(TASK, "one")
    assert take(ports, "two", NOW)


def test_leases_of_other_names_are_others(ports: Ports) -> None:
    assert take(ports, "one", NOW)
    assert ports.leases.take("another", "two", now=NOW, lease_seconds=SECONDS)


def test_one_of_many_takes_a_free_lease(ports: Ports) -> None:
    for name in ("first", "second"):
        with ThreadPoolExecutor(8) as pool:
            taken = list(
                pool.map(
                    lambda number, name=name: ports.leases.take(
                        name, f"holder-{number}", now=NOW, lease_seconds=SECONDS
                    ),
                    range(8),
                )
            )
        assert taken.count(True) == 1


def test_code_is_redeemed_once_and_forgotten_when_it_has_expired(ports: Ports) -> None:
    redeem = ports.redeemed.redeem
    assert redeem("a", expires_at=NOW + 30, now=NOW)
    assert not redeem("a", expires_at=NOW + 30, now=NOW + 30)
    assert redeem("b", expires_at=NOW + 30, now=NOW)
    assert redeem("a", expires_at=NOW + 90, now=NOW + 31)


def test_one_of_many_redeems_a_code(ports: Ports) -> None:
    with ThreadPoolExecutor(8) as pool:
        redeemed = list(
            pool.map(lambda _: ports.redeemed.redeem("a", expires_at=NOW + 30, now=NOW), range(8))
        )
    assert redeemed.count(True) == 1


def test_forms_are_replaced_whole(ports: Ports) -> None:
    assert (ports.forms.read().number, ports.forms.read().forms) == (0, AllForms())
    assert ports.forms.replace(LAB, after=0)
    assert ports.forms.replace(BOTH, after=1)
    assert (ports.forms.read().number, ports.forms.read().forms) == (2, BOTH)


def test_same_forms_again_have_the_same_number(ports: Ports) -> None:
    ports.forms.replace(LAB, after=0)
    assert ports.forms.replace(LAB, after=1)
    assert ports.forms.read().number == 1


@pytest.mark.parametrize("after", [0, 1, 3])
def test_forms_made_from_what_was_before_others_replace_nothing(ports: Ports, after: int) -> None:
    ports.forms.replace(LAB, after=0)
    ports.forms.replace(BOTH, after=1)
    assert not ports.forms.replace(LAB, after=after)
    assert ports.forms.read().forms == BOTH


def test_trouble_goes_on_since_it_began_and_ends_when_it_is_told_no_more(ports: Ports) -> None:
    ports.troubles.tell({"a": "x", "b": "y"}, "one", now=NOW)
    ports.troubles.tell({"a": "x", "b": "z"}, "two", now=NOW + 1)
    assert ports.troubles.known() == [
        Trouble("a", "x", "one", NOW, None),
        Trouble("b", "z", "two", NOW + 1, None),
    ]
    ports.troubles.tell({}, "two", now=NOW + 2)
    ports.troubles.tell({"b": "z"}, "two", now=NOW + 3)
    assert ports.troubles.known() == [
        Trouble("a", "x", "one", NOW, NOW + 2),
        Trouble("b", "z", "two", NOW + 3, None),
    ]
