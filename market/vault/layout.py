"""Where an agent's directory keeps a dataset.

datasets/<dataset>/ckks.key             CKKS secret key (wrapped)
datasets/<dataset>/noise.key            noise key (wrapped)
datasets/<dataset>/grants/<id>.json     grants the owner signed
datasets/<dataset>/revocations/<id>.json
datasets/<dataset>/standings/<number>.json  standings the owner signed
datasets/<dataset>/<version>/listing.json, manifest.json    as signed
datasets/<dataset>/<version>/editions/<number>.json         later editions of the listing
datasets/<dataset>/<version>/constants.bin  market.vault.constants, key material
datasets/<dataset>/<version>/rows.json      market.vault.row_blocks
datasets/<dataset>/<version>/dropped.json   the owner's word that it goes; its constants are gone
datasets/<dataset>/<version>/published      the portal lists it
datasets/<dataset>/<version>/table          its digest (market.owner.publish.same_table)
datasets/<dataset>/<version>/dataset.toml   as it was declared (market.owner.publish.kept_layout)

Of a consortium, under consortia/: market.vault.consortia.
"""

from __future__ import annotations

from pathlib import Path

from market.errors import Refused
from market.plan.dataset_ids import DATASET_ID
from market.vault.home import AgentHome


def dataset_path(home: AgentHome, dataset: str) -> Path:
    """The directory of a dataset, whether or not there is one.

    Raises:
        Refused: `dataset-malformed`, for whatever could name another place.
    """
    if not DATASET_ID.fullmatch(dataset):
        raise Refused(
            "dataset-malformed", f"{dataset!r:.80} is not a dataset id.", "Look at the portal."
        )
    return home.datasets_path / dataset


def version_path(home: AgentHome, dataset: str, version: int) -> Path:
    """The directory of one version (raises as `dataset_path`)."""
    return dataset_path(home, dataset) / str(int(version))


def consortium_path(home: AgentHome, consortium: str) -> Path:
    """The directory of a consortium, whether or not there is one (raises as `dataset_path`)."""
    return home.consortia_path / dataset_path(home, consortium).name


def agreement_path(home: AgentHome, consortium: str, number: int) -> Path:
    """The directory of one agreement (raises as `dataset_path`)."""
    return consortium_path(home, consortium) / str(int(number))


def table_path(home: AgentHome, consortium: str, number: int, version: int) -> Path:
    """What is kept of one table bound to an agreement (raises as `dataset_path`)."""
    return agreement_path(home, consortium, number) / "tables" / str(int(version))


def damaged(message: str) -> Refused:
    """What is kept here does not verify or fit (`holding-damaged`)."""
    return Refused(
        "holding-damaged",
        f"The agent's own store is damaged: {message}.",
        "Restore the agent from its backup and reconcile it.",
    )
