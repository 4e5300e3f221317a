"""The platform's own secrets: files in MARKET_HOME/secrets (0700), mode 0600, made at first use.

    identity           seed of the platform's Ed25519 identity
    sign-on            signs one-time codes: portal and Airflow's api-server
    object-urls        signs the local store's addresses: the portal alone
    airflow-jwt        signs Airflow's tokens
    airflow-session    signs Airflow's cookies and file tokens

None of them opens a ciphertext. Losing `identity` loses the platform's name: back it up.
"""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

from crypto.secret import Secret
from market.adapters.private_files import write_private_once
from market.errors import Refused

IDENTITY = "identity"
SIGN_ON = "sign-on"
OBJECT_URLS = "object-urls"
AIRFLOW_JWT = "airflow-jwt"
AIRFLOW_SESSION = "airflow-session"

_BYTES = {IDENTITY: 32, SIGN_ON: 32, OBJECT_URLS: 32, AIRFLOW_JWT: 64, AIRFLOW_SESSION: 32}


def platform_secret(home: Path, name: str, *, size_bytes: int = 32) -> Secret:
    """The secret of this name, made if it does not exist yet.

    Two processes that make it at once get the same one.

    Raises:
        Refused: `secret-exposed` when others than its owner may read the file,
            `secret-malformed` when it does not hold as many bytes as it should.
    """
    path = home / "secrets" / name
    size_bytes = _BYTES.get(name, size_bytes)
    if not path.exists():
        write_private_once(path, secrets.token_bytes(size_bytes).hex().encode())
    return _read(path, size_bytes)


def make_secrets(home: Path) -> None:
    """Make every secret named above that is not there."""
    for name in _BYTES:
        platform_secret(home, name)


def _read(path: Path, size_bytes: int) -> Secret:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Refused(
            "secret-exposed",
            f"{path} has mode {mode:04o}, expected 0600.",
            f"Think who has read it; then chmod 600 {path}, or remove it and start again.",
        )
    text = path.read_bytes().strip()
    try:
        value = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        value = b""
    if len(value) != size_bytes:
        raise Refused(
            "secret-malformed",
            f"{path} does not hold {size_bytes} bytes in hex.",
            "Restore it from a backup, or remove it and start again.",
        )
    return Secret(value)
