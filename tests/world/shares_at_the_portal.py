"""Reader keys and shared results in a market in memory, as clients would sign them."""

from __future__ import annotations

from typing import Any

from crypto.envelope import RecipientKey
from crypto.secret import Secret
from market.client.results.colleagues import signed_reader_key
from market.entities.job import Job
from market.records.shared_result import SharedResult
from market.records.signed import sign_record
from market.services.people.register_reader_key import register_reader_key
from world.market import Market
from world.people import a_key
from world.shared import a_shared_header


def reader_of(name: str) -> RecipientKey:
    """The same for the same name."""
    return RecipientKey.from_private(Secret(name.encode().ljust(32, b".")))


def registered(market: Market, name: str) -> None:
    """The user has registered their reader key."""
    text = signed_reader_key(a_key(name), reader_of(name), name, now=market.now)
    register_reader_key(market.platform, market.user(name), text)


def shared_text(
    market: Market, job: Job, recipient: str, /, *, by: str = "bob", **header: Any
) -> str:
    """What `by` signs of a job for somebody; header members by name."""
    words: dict[str, Any] = {
        "job": job.job,
        "request_hash": job.request_hash,
        "sharer": a_key(by).public.hex,
        "recipient": a_key(recipient).public.hex,
        "reader_key": reader_of(recipient).public_hex,
        "issued_at": market.now,
    }
    word = SharedResult(a_shared_header(**(words | header)), "5e" * 80)
    return sign_record(a_key(by), word).encode().decode()
