"""Which version of a dataset is answered, under whose policy: the newest, unless the owner said
otherwise. One rule for portal and agent; each applies it to the documents it holds itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from market.policy.decision import Denied
from market.records.listing import Policy
from market.records.standing import Standing


@dataclass(frozen=True, slots=True)
class Serving:
    """What a dataset's owner said of it last; no `standing` is the standing `listed`."""

    newest_version: int
    standing: Standing | None

    def refusal(self, dataset: str, version: int) -> Denied | None:
        """Why this version is not answered, or None."""
        if self.standing is not None and self.standing.state == "withdrawn":
            return Denied(
                "dataset-withdrawn",
                f"The owner has withdrawn dataset {dataset}.",
                "Nothing was spent. Look for another dataset, or ask the owner.",
            )
        if self.standing is not None and self.standing.state == "paused":
            return Denied(
                "dataset-paused",
                f"The owner has paused dataset {dataset}.",
                "Nothing was spent. Submit again when it is listed, or ask the owner.",
            )
        served = self.standing.served_versions if self.standing else ()
        if version != self.newest_version and version not in served:
            return Denied(
                "version-superseded",
                f"The job asks version {version} of {dataset}; "
                f"version {self.newest_version} is current.",
                f"Nothing was spent. Submit again: version {self.newest_version} is current.",
            )
        return None


def policy_in_force(own: Policy, newest: Policy) -> Policy:
    """The policy an older version is served under: the newest in all that protects.

    Price, delta and declared budget stay the version's `own`: they are what its buyers read and
    sign, and none opens anything. What the people in the data may lose, their account holds.
    """
    return replace(
        newest,
        delta=own.delta,
        price_cents=own.price_cents,
        budget_rho_units=own.budget_rho_units,
        total_rho_units=own.total_rho_units,
    )
