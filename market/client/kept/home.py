"""The files a person keeps. Directory 0700, files 0600, written whole or not at all.

client.toml             portal address, its public key (pinned at login), user, token
identity.key            the Ed25519 identity, wrapped (crypto.keyfile)
reader.key              the key that colleagues seal shared results to, wrapped
unlock                  what unwraps the keys, unless a passphrase does
pins/                   keys of others (market.client.kept.pins)
datasets/<dataset>.json listing and manifest as last seen, signed
consortia/<id>.json     how far each consortium had come when it was last seen
consortia/<id>.<number>.json    what its members signed of an agreement that answered here
submitting/<digest>     keys of submissions whose answer has not come (kept.kept_submission)
programs.json           folders of the programs worked on last (questions.own_programs)
jobs/<job>/             submission.json, recipient.key, request.json, platform.json (the first b
                        seen), bundle.json, question.json, subject.txt, result.json;
                        shared.json where the result came from a colleague; program.bundle
                        until the job has ended
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from market.adapters.private_files import write_private, write_private_once
from market.errors import NotPermitted, Refused
from market.plan.dataset_ids import DATASET_ID


@dataclass(frozen=True, slots=True)
class Account:
    """Where a person is signed in.

    Attributes:
        platform_key: the portal's public key (hex).
        currency: that its prices are in, as it says; empty where it was not asked yet.
    """

    url: str
    user: str
    token: str
    platform_key: str
    currency: str = ""


_ACCOUNT = frozenset(field.name for field in dataclasses.fields(Account))
_NEEDED = _ACCOUNT - {"currency"}


def _damaged(path: Path) -> Refused:
    return Refused(
        "account-damaged",
        f"{path} does not hold {', '.join(sorted(_NEEDED))}.",
        "Sign in again: market login writes it anew.",
    )


FirstSight = Callable[[str, str, str], None]
"""Called with kind, name and fingerprint of a key that nothing but the portal vouches for yet."""


class ClientHome:
    """A client's directory.

    Args:
        on_first_sight: tells the person of a key pinned unseen.
        pins_path: where pins lie, unless in this directory.
    """

    def __init__(
        self,
        path: Path,
        on_first_sight: FirstSight = lambda _kind, _name, _fingerprint: None,
        *,
        pins_path: Path | None = None,
    ) -> None:
        self.path = path
        self.on_first_sight = on_first_sight
        self.pins_path = pins_path or path / "pins"

    @property
    def identity_path(self) -> Path:
        return self.path / "identity.key"

    @property
    def reader_path(self) -> Path:
        return self.path / "reader.key"

    @property
    def unlock_path(self) -> Path:
        return self.path / "unlock"

    def consortium_path(self, consortium: str) -> Path:
        """Where it is kept how far a consortium has come.

        Raises:
            Refused: `consortium-malformed`.
        """
        if not DATASET_ID.fullmatch(consortium):
            raise Refused(
                "consortium-malformed",
                f"{consortium!r:.80} is not a consortium's id.",
                "Take it from `market consortium list`.",
            )
        return self.path / "consortia" / f"{consortium}.json"

    def agreement_path(self, consortium: str, number: int) -> Path:
        """Where the documents of one of its agreements are kept (raises as `consortium_path`)."""
        return self.consortium_path(consortium).with_suffix(f".{number}.json")

    def dataset_path(self, dataset: str) -> Path:
        """Where a dataset's documents are kept.

        Raises:
            Refused: `dataset-malformed`.
        """
        if not DATASET_ID.fullmatch(dataset):
            raise Refused(
                "dataset-malformed",
                f"{dataset!r:.80} is not a dataset id.",
                "Take it from `market dataset list`.",
            )
        return self.path / "datasets" / f"{dataset}.json"

    def job_path(self, job: str, name: str) -> Path:
        """Where a job's file of this name is kept.

        Raises:
            Refused: `job-malformed`: no platform gives such an id; it could name another path.
        """
        if not job.startswith("job-") or not job.removeprefix("job-").isalnum():
            raise Refused(
                "job-malformed", f"{job!r} is not a job id.", "Take it from `market jobs`."
            )
        return self.path / "jobs" / job / name

    def account(self) -> Account:
        """Where the person is signed in.

        Raises:
            NotPermitted: `not-signed-in` before login.
            Refused: `account-damaged`: client.toml holds something else.
        """
        path = self.path / "client.toml"
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotPermitted(
                "not-signed-in", "You are not signed in.", "Run `market login`."
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _damaged(path) from error
        if not _NEEDED <= set(values) <= _ACCOUNT or not all(
            isinstance(v, str) for v in values.values()
        ):
            raise _damaged(path)
        return Account(**values)

    def save_account(self, account: Account) -> None:
        """Write client.toml, in place of an earlier account."""
        lines = [
            f"{name} = {json.dumps(getattr(account, name))}\n"
            for name in ("url", "user", "token", "platform_key", "currency")
        ]
        write_private(self.path / "client.toml", "".join(lines).encode())

    def forget_account(self) -> None:
        """Remove client.toml; pins, keys and jobs stay."""
        (self.path / "client.toml").unlink(missing_ok=True)

    def read_job(self, job: str, name: str) -> bytes | None:
        """A job's file, or None while there is none. Raises as `job_path`."""
        path = self.job_path(job, name)
        return path.read_bytes() if path.exists() else None

    def write_job(self, job: str, name: str, data: bytes) -> None:
        """Write a job's file, whole or not at all, in place of an earlier one."""
        write_private(self.job_path(job, name), data)

    def remove_job(self, job: str, name: str) -> None:
        """Remove a job's file; nothing happens where there is none. Raises as `job_path`."""
        self.job_path(job, name).unlink(missing_ok=True)

    def write_job_once(self, job: str, name: str, data: bytes) -> bytes:
        """Keep the first content written under this name; return what is kept."""
        path = self.job_path(job, name)
        write_private_once(path, data)
        return path.read_bytes()
