"""What follows upon the portal's acceptance of a version, also where the answer to it was missed.

The portal may have listed a version whose publisher heard nothing of it: the line was cut, or the
process ended. From then on it can neither be published again nor thrown away, only be finished; and
for that neither table nor declaration is needed, since both are encrypted and signed already.
"""

from __future__ import annotations

from crypto.flooding import CAP_UNITS
from market import wire
from market.client.http.api import PortalClient
from market.errors import NotFound
from market.owner.outgoing import Outgoing
from market.owner.table.survey import TableReport
from market.policy.budget.accounts import flooding_account
from market.vault.holdings import read_holding
from market.vault.home import AgentHome
from market.vault.store.lineages import confirm
from market.vault.store.opening import AgentStore


def finish(home: AgentHome, store: AgentStore, attempt: Outgoing, *, now: int) -> TableReport:
    """The portal lists the version: its caps count, the agent answers it, its ciphertext goes."""
    manifest = read_holding(home, attempt.dataset, attempt.version).manifest.record
    key = flooding_account(manifest.key_id)
    confirm(store, attempt.dataset, attempt.version, [(key, CAP_UNITS)])
    report = wire.decode(TableReport, attempt.report())
    attempt.finish(now)
    return report


def finish_if_listed(
    portal: PortalClient, home: AgentHome, store: AgentStore, attempt: Outgoing, *, now: int
) -> bool:
    """Finish an attempt that the portal lists as it was signed here; whether it does.

    Raises:
        MarketError: the portal does not answer.
    """
    if not attempt.is_complete:
        return False
    try:
        shown = portal.get(f"datasets/{attempt.dataset}")
    except NotFound:
        return False
    signed = read_holding(home, attempt.dataset, attempt.version).manifest
    if shown["manifest"] != signed.encode().decode():
        return False
    finish(home, store, attempt, now=now)
    return True
