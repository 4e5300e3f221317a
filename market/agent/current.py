"""Whether this store holds every release of its agent, by the agent's own receipts at the portal.

A database, or a whole machine, that was put back to an older state knows nothing of what it has
forgotten; the portal shows receipts that this agent signed. It is asked at every start, before
anything is approved or released. The limit: a portal that withholds the newest receipts.
"""

from __future__ import annotations

from collections.abc import Callable

from market.agent.agent import Agent
from market.agent.chain import unknown_receipt
from market.agent.token import token_of
from market.client.http.api import PortalClient
from market.client.verify.own_appointments import appointments
from market.errors import Refused
from market.policy.listing.appointment import check_appointed
from market.vault.home import AgentHome
from market.vault.store.chain import head
from market.vault.store.opening import AgentStore

_SUBJECT = "start"
_FINAL = frozenset({"agent-unreconciled", "agent-not-appointed"})


def check_current(home: AgentHome, store: AgentStore, portal: PortalClient) -> None:
    """Compare this store's receipts with what the portal shows of this agent's.

    Raises:
        Refused: `agent-unreconciled`: the portal shows a receipt of this agent that is not here;
            `agent-not-appointed`: its owner has appointed another.
        MarketError: the portal does not answer, or shows what is not a receipt of this agent.
    """
    store.check_reconciled()
    kept = appointments(portal, owner_key=None)
    if kept:
        check_appointed(home.signing_key().public.hex, kept[-1])
    shown = unknown_receipt(store, portal, home.signing_key().public.hex)
    if shown is not None:
        store.set_unreconciled()
        sequence, _ = head(store)
        raise Refused(
            "agent-unreconciled",
            f"This agent has signed receipt {shown.receipt.sequence}; its store ends with "
            f"{sequence} or holds another: it is an older copy, or two agents used one key.",
            "Run `market agent reconcile` with the newest receipt you know of.",
        )


def await_current(
    agent: Agent, *, pause: Callable[[], None], should_stop: Callable[[], bool]
) -> bool:
    """Ask until the portal has shown enough to judge by; nothing is released before.

    Returns:
        False when told to stop before that.

    Raises:
        Refused: `agent-unreconciled`, `agent-not-appointed`.
    """
    while True:
        with agent.failures.logged(_SUBJECT, but=_FINAL):
            with token_of(agent.home.path):
                check_current(agent.home, agent.store, agent.portal)
            agent.failures.forget(_SUBJECT)
            return True
        pause()
        if should_stop():
            return False
