"""A person's keys: made here, kept here, wrapped; only public keys leave.

Rules: one identity for ever, since what it signed names it; a recipient key for every job; one
reader key for what colleagues share; all wrapped by `unlock` (a random key file, mode 0600) or by a
passphrase that is stored nowhere. An identity is never written over.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from crypto.envelope import RecipientKey
from crypto.identity import PublicKey, SigningKey, sign
from crypto.keyfile import unwrap, wrap
from crypto.secret import Secret
from market.adapters.private_files import write_private_new, write_private_once
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.errors import Conflict, NotFound, Refused
from market.records.identity import IDENTITY_TAG

MINIMUM_PASSPHRASE_CHARACTERS = 12
_IDENTITY = "identity"
_RECIPIENT = "recipient"
_READER = "reader"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in a client's home.

    Attributes:
        ask_passphrase: called when there is no key file to unlock with.
    """

    home: ClientHome
    ask_passphrase: Callable[[], Secret]

    def make_identity(self, passphrase: Secret | None) -> SigningKey:
        """A new identity, under a passphrase, or under a new key file when that is None.

        Raises:
            Conflict: there is an identity already.
            Refused: the passphrase is too short.
        """
        if self.home.identity_path.exists():
            raise self._identity_exists()
        unlock = self._new_key_file() if passphrase is None else _checked(passphrase)
        key = SigningKey.generate()
        try:
            write_private_new(self.home.identity_path, [wrap(key.seed(), unlock, kind=_IDENTITY)])
        except FileExistsError as error:
            raise self._identity_exists() from error
        return key

    def identity(self) -> SigningKey:
        """The person's identity.

        Raises:
            NotFound: there is none yet.
            KeyFileError: it does not open: wrong passphrase, or an altered file.
        """
        if not self.home.identity_path.exists():
            raise NotFound(
                "no-identity",
                f"There is no identity in {self.home.path}.",
                "Make one: market keys new.",
            )
        data = self.home.identity_path.read_bytes()
        return SigningKey.from_seed(unwrap(data, self._unlock(), kind=_IDENTITY))

    def make_recipient(self, job: str) -> RecipientKey:
        """The job's recipient key, stored before anybody hears of it; the same one ever after.

        Raises:
            KeyFileError: the stored one does not open: wrong passphrase, or an altered file.
        """
        kept = self.home.read_job(job, "recipient.key")
        if kept is not None:
            return self._open_recipient(kept)
        key = RecipientKey.generate()
        wrapped = wrap(key.private(), self._unlock(), kind=_RECIPIENT)
        # Two clicks sign at once: the request of either names the key that stays.
        return self._open_recipient(self.home.write_job_once(job, "recipient.key", wrapped))

    def recipient(self, job: str) -> RecipientKey:
        """The job's recipient key, made when its request was signed.

        Raises:
            NotFound: `not-signed-here`: this client did not sign the job.
            KeyFileError: it does not open: wrong passphrase, or an altered file.
        """
        kept = self.home.read_job(job, "recipient.key")
        if kept is None:
            raise NotFound(
                "not-signed-here",
                f"Job {job} was not signed with the keys in {self.home.path}.",
                "Open it where it was signed; nobody else can.",
            )
        return self._open_recipient(kept)

    def make_reader(self) -> RecipientKey:
        """The person's reader key, stored before anybody hears of it; the same one ever after.

        Raises:
            KeyFileError: the stored one does not open: wrong passphrase, or an altered file.
        """
        if self.home.reader_path.exists():
            return self.reader()
        key = RecipientKey.generate()
        wrapped = wrap(key.private(), self._unlock(), kind=_READER)
        write_private_once(self.home.reader_path, wrapped)
        return self.reader()

    def reader(self) -> RecipientKey:
        """The person's reader key, by which they read what colleagues share with them.

        Raises:
            NotFound: `no-reader-key`: none was registered from this home.
            KeyFileError: it does not open: wrong passphrase, or an altered file.
        """
        if not self.home.reader_path.exists():
            raise NotFound(
                "no-reader-key",
                f"There is no reader key in {self.home.path}.",
                "Register one (market keys register), and have the result shared anew.",
            )
        data = self.home.reader_path.read_bytes()
        return RecipientKey.from_private(unwrap(data, self._unlock(), kind=_READER))

    def _open_recipient(self, data: bytes) -> RecipientKey:
        return RecipientKey.from_private(unwrap(data, self._unlock(), kind=_RECIPIENT))

    def _new_key_file(self) -> Secret:
        # A key file may be left of an interrupted run; it protects nothing yet, but losing one
        # that does would lose every key.
        write_private_once(self.home.unlock_path, secrets.token_bytes(32))
        return self._unlock()

    def _identity_exists(self) -> Conflict:
        return Conflict(
            "identity-exists",
            f"There is an identity in {self.home.path} already.",
            "Use it (`market keys show`), or give another --home.",
        )

    def _unlock(self) -> Secret:
        path = self.home.unlock_path
        if not path.exists():
            return self.ask_passphrase()
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise Refused(
                "key-file-open",
                f"{path} has mode {mode:04o}, expected 0600: others on this machine can read it.",
                f"Run `chmod 600 {path}`; if others may have read it, ask for a new user and key.",
            )
        return Secret(path.read_bytes())


def register_identity(portal: PortalClient, user: str, key: SigningKey) -> str:
    """Tell the portal the user's public key, with proof; returns the key's fingerprint.

    Raises:
        NotPermitted: the user has registered another key.
        Refused: the portal answered with the fingerprint of another key.
    """
    proof = sign(key, IDENTITY_TAG, user.encode())
    answer = portal.put("identity", {"public_key": key.public.hex, "proof": proof})
    expected = PublicKey.parse(key.public.hex).fingerprint()
    if answer["fingerprint"] != expected:
        raise Refused(
            "identity-mismatch",
            f"The portal registered {answer['fingerprint']}, expected {expected}.",
            "Do not use this portal: it does not repeat what it was told.",
        )
    return expected


def _checked(passphrase: Secret) -> Secret:
    if len(passphrase.reveal().decode()) < MINIMUM_PASSPHRASE_CHARACTERS:
        raise Refused(
            "passphrase-short",
            f"The passphrase has fewer than {MINIMUM_PASSPHRASE_CHARACTERS} characters.",
            "Take several words.",
        )
    return passphrase
