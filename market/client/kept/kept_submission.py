"""The key under which a submission is on its way, kept until its job is known.

Whoever does not hear whether it arrived sends it again under the same key: the portal then answers
with the job that there is. With the answer the key goes, so that the same commit, submitted once
more, is asked once more.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from crypto import canonical
from market.adapters.private_files import write_private_once
from market.client.kept.home import ClientHome
from market.policy.submission.submission import Submission
from market.policy.submission.submission_key import KEY_BYTES


def kept_key(home: ClientHome, portal: str, submission: Submission) -> str:
    """The key of a submission on its way to a portal (its address): one that is kept, or a new one,
    which is kept now."""
    path = _path(home, portal, submission)
    write_private_once(path, secrets.token_hex(KEY_BYTES).encode())
    return path.read_text("ascii")


def forget_key(home: ClientHome, portal: str, submission: Submission) -> None:
    """The submission has come to its job."""
    _path(home, portal, submission).unlink(missing_ok=True)


def _path(home: ClientHome, portal: str, submission: Submission) -> Path:
    named = canonical.dumps({"portal": portal, "submission": submission.to_json()})
    return home.path / "submitting" / hashlib.sha256(named).hexdigest()
