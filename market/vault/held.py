"""What an agent holds under a name: a dataset's version, or an agreement of a consortium.

An id is one of the two at the portal. Here the owner's own files decide: what was put under
consortia/ is a consortium's, whatever a platform calls it.
"""

from __future__ import annotations

from market.entities.job import AskedDataset
from market.vault.consortia import newest_agreement, read_membership
from market.vault.holdings import Holding, read_holding
from market.vault.home import AgentHome
from market.vault.membership import Membership


def read_held(home: AgentHome, asked: AskedDataset) -> Holding | Membership:
    """Read and verify it (raises as `read_holding` and `read_membership`)."""
    if newest_agreement(home, asked.dataset):
        return read_membership(home, asked.dataset, asked.version)
    return read_holding(home, asked.dataset, asked.version, edition=asked.edition)
