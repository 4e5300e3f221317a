"""The members' tables. Nobody but this story ever has them in one place: it needs the truth.

visits      the RAND Health Insurance Experiment, a third of the person-years at each member
customers   a shop's and a bank's, under customer numbers that 2,500 people share
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from market.demo.rand_table import rand_table

SHOP_ROWS: Final = 6_000
BANK_ROWS: Final = 8_000
SHARED: Final = 2_500
_SEED: Final = 20_190
"""The customers are made up, the same ones each time."""
_SEGMENTS: Final = ("basic", "plus", "premium")


def visits(members: tuple[str, ...]) -> Mapping[str, pd.DataFrame]:
    """Every member's rows, by member; each row is at one of them."""
    whole = rand_table()
    return {name: whole.iloc[place :: len(members)] for place, name in enumerate(members)}


def shop_and_bank() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the shop knows of its customers, and the bank of its own; in no common order."""
    made = np.random.default_rng(_SEED)
    numbers = made.choice(10**8, SHOP_ROWS + BANK_ROWS - SHARED, replace=False)
    ids = pd.Series([f"{number:08d}" for number in numbers])
    shop = pd.DataFrame(
        {
            "customer": ids[:SHOP_ROWS],
            "spent": made.gamma(2.0, 90.0, SHOP_ROWS).round(2),
        }
    )
    bank = pd.DataFrame(
        {
            "customer": ids[SHOP_ROWS - SHARED :].to_numpy(),
            "segment": made.choice(_SEGMENTS, BANK_ROWS, p=(0.6, 0.3, 0.1)),
        }
    )
    return shop.sample(frac=1, random_state=1), bank.sample(frac=1, random_state=2)


def joined() -> pd.DataFrame:
    """The table that nobody has: a row for each customer of both."""
    shop, bank = shop_and_bank()
    return shop.merge(bank, on="customer", validate="one_to_one")
