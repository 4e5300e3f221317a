"""A released job's result, and a colleague to share it with: homes, keys, documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crypto.envelope import RecipientKey
from crypto.identity import SigningKey
from crypto.keyfile import wrap
from crypto.secret import Secret
from market import wire
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.results.colleagues import Colleague, signed_reader_key
from market.client.results.share_result import sealed_to, shared_header
from market.records.delivery import Bundle
from market.records.shared_result import SharedHeader
from world.people import a_key
from world.sealed_results import JOB, NOW, Story

UNLOCK = Secret(b"u" * 32)


def a_shared_header(**changes: Any) -> SharedHeader:
    """Of bob's result, for bea."""
    plain: dict[str, Any] = {
        "job": JOB,
        "request_hash": "0a" * 32,
        "statement_hash": "0b" * 32,
        "sharer": a_key("bob").public.hex,
        "recipient": a_key("bea").public.hex,
        "reader_key": "0c" * 32,
        "issued_at": NOW,
    }
    return SharedHeader(**(plain | changes))


def no_passphrase() -> Secret:
    raise AssertionError("the key file unlocks")


def new_keyring(path: Path, identity: SigningKey) -> Keyring:
    """Of a home with an identity, and nothing else."""
    home = ClientHome(path)
    write_private(home.unlock_path, UNLOCK.reveal())
    write_private(home.identity_path, wrap(identity.seed(), UNLOCK, kind="identity"))
    return Keyring(home, no_passphrase)


def buyer_keyring(path: Path, story: Story) -> Keyring:
    """Of the home in which the story's request was signed."""
    return home_of_asker(path, story.buyer, JOB, story.recipient, story.request_text)


def home_of_asker(
    path: Path, identity: SigningKey, job: str, recipient: RecipientKey, request: str
) -> Keyring:
    """Of a home in which the request of a job was signed."""
    keyring = new_keyring(path, identity)
    key = wrap(recipient.private(), UNLOCK, kind="recipient")
    keyring.home.write_job(job, "recipient.key", key)
    keyring.home.write_job(job, "request.json", request.encode())
    return keyring


def bea(keyring: Keyring) -> Colleague:
    """The colleague, by whoever compared their key."""
    reader = keyring.make_reader().public_hex
    return Colleague("bea", "Bea", keyring.identity().public.hex, reader)


def shared_by(
    story: Story, colleague: Colleague, data: bytes, *, key: RecipientKey | None = None
) -> str:
    """What the story's buyer signs for a colleague, of the bundle they opened."""
    bundle = wire.decode(Bundle, data)
    header = shared_header(bundle, story.buyer.public.hex, colleague, now=NOW)
    return sealed_to(colleague, header, key or story.recipient, story.buyer)


class ColleaguesPortal:
    """What a portal shows of colleagues, and is told."""

    url = "http://127.0.0.1:9"

    def __init__(self, *shown: dict[str, str]) -> None:
        self.shown, self.told = list(shown), list[dict[str, Any]]()

    def get(self, path: str, **_query: str) -> Any:
        assert path == "colleagues"
        return self.shown

    def post(self, path: str, body: dict[str, Any]) -> Any:
        assert path == "shared-results"
        self.told.append(body)
        return {}


def shown(user: str, identity: SigningKey, reader: RecipientKey, *, of: str = "") -> dict[str, str]:
    """A line of the portal's list of colleagues."""
    signed = signed_reader_key(identity, reader, of or user, now=NOW)
    key = identity.public.hex
    return {"user": user, "name": user.title(), "identity_key": key, "reader_key": signed}
