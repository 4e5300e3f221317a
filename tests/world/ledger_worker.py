"""A process that spends from one hot account, for tests of races and of sudden crashes.

python -m world.ledger_worker URL NAME ROUNDS   reserve, then debit, release or leave
python -m world.ledger_worker URL die           write half a transaction, say so, wait to be killed
"""

from __future__ import annotations

import random
import signal
import sys

from market.database.engine import open_database
from market.database.ledger import sql_ledger as ledger
from market.database.ledger.sql_ledger import SqlLedger
from market.entities.account import Charge
from market.errors import Refused

ACCOUNTS = ("hot/1", "hot/2")
NOW = 1_000
LATER = 2_000


def spend(url: str, name: str, rounds: int) -> None:
    """Prints the keys it knows to be debited, reserved, and refused."""
    book = SqlLedger(open_database(url))
    chance = random.Random(name)  # noqa: S311 - a repeatable history, no secret
    for number in range(rounds):
        key = f"{name}/{number}"
        charges = [Charge(account, chance.randint(1, 9)) for account in ACCOUNTS]
        chance.shuffle(charges)
        try:
            book.reserve(key, tuple(charges), now=NOW, expires_at=LATER)
        except Refused:
            print(f"refused {key}")
            continue
        then = chance.choice(("debit", "debit", "cancel", "reserve"))
        if then == "debit":
            book.debit(key, now=NOW)
        elif then == "cancel":
            book.cancel(key, now=NOW)
        print(f"{then} {key}")


def die(url: str) -> None:
    with open_database(url).transaction() as connection:
        charges = tuple(Charge(account, 5) for account in ACCOUNTS)
        ledger.reserve(connection, "killed", charges, now=NOW, expires_at=LATER)
        ledger.debit(connection, "killed", now=NOW)
        print("half-way", flush=True)
        signal.pause()


if __name__ == "__main__":
    if sys.argv[2] == "die":
        die(sys.argv[1])
    else:
        spend(sys.argv[1], sys.argv[2], int(sys.argv[3]))
