"""With whom a dataset may be asked together, as its owner writes it down."""

from __future__ import annotations

import pytest
from world.declarations import declaration, parsed
from world.people import fingerprint

from market.errors import Refused
from market.owner.declaration.describe import parse_declaration
from market.records.fingerprint_words import words_of
from market.records.union import SOLD_ALONE, Partner, Together, Union

KEY = fingerprint("oscar")
OTHER = fingerprint("carol")


def test_nothing_said_is_sold_alone() -> None:
    assert parsed().together == SOLD_ALONE == Together(is_sold_alone=True, unions=())


@pytest.mark.parametrize("key", [KEY, words_of(KEY), KEY.upper()])
def test_owners_key_is_read_in_words_or_hex(key: str) -> None:
    told = f'[[together.unions]]\nvalues = "masked"\nothers = {{ zoo-visits = "{key}" }}\n'
    union = Union((Partner("zoo-visits", KEY),), "masked")
    assert parsed(population=told).together == Together(unions=(union,))


def test_several_unions_stand_in_one_order_however_they_were_written() -> None:
    told = (
        "[together]\nsold_alone = false\n"
        '[[together.unions]]\nvalues = "plain"\n'
        f'others = {{ zoo-visits = "{KEY}", ark-visits = "{OTHER}" }}\n'
        f'[[together.unions]]\nvalues = "masked"\nothers = {{ ark-visits = "{OTHER}" }}\n'
    )
    together = parsed(population=told).together
    assert not together.is_sold_alone
    assert [(one.names, one.values) for one in together.unions] == [
        (("ark-visits",), "masked"),
        (("ark-visits", "zoo-visits"), "plain"),
    ]


def union(values: str = '"masked"', others: str = f'{{ zoo-visits = "{KEY}" }}') -> str:
    return f"[[together.unions]]\nvalues = {values}\nothers = {others}\n"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("together = 1", "together"),
        ("[together]\nsold_alone = 3", "is_sold_alone"),
        ("[together]\nsold_alone = false", "neither alone nor with others"),
        ("[together]\nelse = 3", "together.else is not known"),
        ("[together]\nunions = [3]", "unions[0] is not a table"),
        (union('"hidden"'), "values"),
        (union(others="{}"), "others"),
        (union(others='{ zoo-visits = "abandon ability" }'), "number of words is 2"),
        (union(others="{ zoo-visits = 3 }"), "expected the words"),
        (union(others=f'{{ Zoo = "{KEY}" }}'), "dataset"),
        (union(others=f'{{ zoo-visits = "{KEY}", ark-visits = "{KEY}" }}'), "one owner twice"),
        (union() + union(), "each set of others once"),
        (union(others=f'{{ visits = "{KEY}" }}'), "names visits itself"),
    ],
)
def test_what_is_no_union_is_refused_by_its_key(told: str, reason: str) -> None:
    with pytest.raises(Refused, match="declaration-invalid") as caught:
        parse_declaration(declaration(population=told))
    assert reason in caught.value.message
