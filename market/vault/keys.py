"""A dataset's secret keys, and the constants of a version: what makes a share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto import parameters
from crypto.errors import CryptoError
from crypto.noise import noise_commitment
from crypto.parameters import Parameters
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market.errors import NotFound
from market.records.manifest import Manifest
from market.vault.constants import Constants, decode_constants
from market.vault.home import AgentHome
from market.vault.layout import damaged, dataset_path, version_path


@dataclass(frozen=True, slots=True)
class Keys:
    """A dataset's secret keys; both print `<secret>`."""

    ckks: CkksSecretKey
    noise: Secret


def write_keys(home: AgentHome, dataset: str, keys: Keys) -> None:
    """Keep a new dataset's keys, wrapped."""
    path = dataset_path(home, dataset)
    home.write_secret(path / "ckks.key", keys.ckks.to_secret(), kind="ckks")
    home.write_secret(path / "noise.key", keys.noise, kind="noise")


def begun_keys(home: AgentHome, dataset: str, chosen: Parameters) -> Keys | None:
    """The keys of a dataset no version of which is signed yet: nothing commits to them. None if
    they are not both there, or of another parameter set."""
    path = dataset_path(home, dataset)
    try:
        secret = home.read_secret(path / "ckks.key", kind="ckks")
        noise = home.read_secret(path / "noise.key", kind="noise")
        return Keys(CkksSecretKey.from_secret(secret, chosen), noise)
    except (NotFound, CryptoError):
        return None


def read_keys(home: AgentHome, manifest: Manifest) -> Keys:
    """The dataset's keys, checked against what the manifest commits to.

    Raises:
        NotFound: a key was destroyed or never here.
        Refused: `holding-damaged` when a key is not the manifest's.
    """
    path = dataset_path(home, manifest.dataset)
    secret = home.read_secret(path / "ckks.key", kind="ckks")
    noise = home.read_secret(path / "noise.key", kind="noise")
    ckks = CkksSecretKey.from_secret(secret, parameters.by_name(manifest.parameters))
    seen = (ckks.key_id(), noise_commitment(noise))
    if seen != (manifest.key_id, manifest.noise_commitment):
        raise damaged(f"the keys of {manifest.dataset} are not those of its manifest")
    return Keys(ckks, noise)


def read_constants(home: AgentHome, manifest: Manifest, columns: Sequence[str]) -> Constants:
    """The a_i of the named columns.

    Raises:
        Refused: `holding-damaged` when the table is missing or altered.
    """
    path = version_path(home, manifest.dataset, manifest.version) / "constants.bin"
    try:
        return decode_constants(manifest, path.read_bytes(), columns)
    except (OSError, CryptoError) as error:
        raise damaged(f"constants of {manifest.dataset}: {error}") from error
