"""Random histories with a moving clock: SQLite does what the model does, and never passes a cap."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from world.memory.ledger import MemoryLedger

from market.database.engine import open_database
from market.database.ledger.sql_ledger import SqlLedger
from market.database.migrate import migrate
from market.entities.account import Charge
from market.errors import MarketError
from market.ports.ledger import Ledger

ACCOUNTS = ("a", "b", "c")
accounts = st.sampled_from(ACCOUNTS)
units = st.integers(min_value=0, max_value=20)
charges = st.dictionaries(accounts, units, min_size=1).map(
    lambda held: tuple(Charge(account, amount) for account, amount in held.items())
)


class Histories(RuleBasedStateMachine):
    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.directory.name) / 'agent.db'}"
        migrate(url, "agent")
        self.database = open_database(url)
        self.real = SqlLedger(self.database)
        self.model = MemoryLedger()
        self.now = 0

    def teardown(self) -> None:
        self.database.close()
        self.directory.cleanup()

    def same(self, act: Callable[[Ledger], object]) -> None:
        assert outcome(act, self.real) == outcome(act, self.model)

    @rule(account=accounts, cap=st.integers(min_value=0, max_value=60))
    def open_account(self, account: str, cap: int) -> None:
        self.same(lambda ledger: ledger.open_account(account, cap))

    @rule(target=keys, key=st.integers(0, 9).map(str), charges=charges, wait=st.integers(1, 9))
    def reserve(self, key: str, charges: tuple[Charge, ...], wait: int) -> str:
        now = self.now
        self.same(lambda ledger: ledger.reserve(key, charges, now=now, expires_at=now + wait))
        return key

    @rule(key=keys)
    def debit(self, key: str) -> None:
        self.same(lambda ledger: ledger.debit(key, now=self.now))

    @rule(key=keys)
    def cancel(self, key: str) -> None:
        self.same(lambda ledger: ledger.cancel(key, now=self.now))

    @rule()
    def expire(self) -> None:
        self.same(lambda ledger: ledger.expire(now=self.now))

    @rule(seconds=st.integers(1, 6))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def balances_agree_and_stay_within_their_caps(self) -> None:
        for account in ACCOUNTS:
            self.same(lambda ledger, account=account: ledger.balance(account))
            self.same(lambda ledger, account=account: ledger.debited(account))
            if account in self.model.caps:
                balance = self.real.balance(account)
                assert balance.spent_units + balance.reserved_units <= balance.cap_units
                assert min(balance.spent_units, balance.reserved_units) >= 0


def outcome(act: Callable[[Ledger], object], ledger: Ledger) -> object:
    try:
        return act(ledger)
    except MarketError as error:
        return type(error), str(error)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=10, stateful_step_count=25)
