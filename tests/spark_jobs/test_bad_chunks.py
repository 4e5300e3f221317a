"""Files of the store changed on the disk: the evaluation is refused and nothing is spent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from world.builders import DATASET
from world.job_builders import carried
from world.market import Market
from world.random_ciphertext import publish_random
from world.stages import InProcessEvaluator
from world.stored_objects import content

from market.adapters.stores.local import LocalStore
from market.entities.job import Job
from market.policy.budget.accounts import lineage_accounts
from market.services.compute.evaluate_job import evaluate_job

HEADER_BYTES = len(b"object/1 sha256=\n") + 64


@dataclass(frozen=True)
class Files:
    """Where the chunks of two columns lie, and one of another dataset."""

    age: Path
    cost: Path
    foreign: Path


def rewritten(path: Path, data: bytes) -> None:
    """Put other bytes in an object's place, as the store itself would have written them."""
    header = f"object/1 sha256={hashlib.sha256(data).hexdigest()}\n".encode()
    path.write_bytes(header + data)


def body(path: Path) -> bytes:
    return path.read_bytes()[HEADER_BYTES:]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def swap(files: Files) -> None:
    age, cost = files.age.read_bytes(), files.cost.read_bytes()
    files.age.write_bytes(cost)
    files.cost.write_bytes(age)


SPOILED: dict[str, tuple[Callable[[Files], object], str]] = {
    "missing": (lambda files: files.age.unlink(), "chunk-missing"),
    "empty": (lambda files: files.age.write_bytes(b""), "chunk-altered"),
    "truncated": (
        lambda files: files.age.write_bytes(files.age.read_bytes()[:-1]),
        "chunk-altered",
    ),
    "truncated to its header": (
        lambda files: files.age.write_bytes(files.age.read_bytes()[:HEADER_BYTES]),
        "chunk-altered",
    ),
    "truncated and written anew": (
        lambda files: rewritten(files.age, body(files.age)[:-4]),
        "chunk-altered",
    ),
    "lengthened": (
        lambda files: files.age.write_bytes(files.age.read_bytes() + b"\0"),
        "chunk-altered",
    ),
    "altered in a limb": (
        lambda files: files.age.write_bytes(flipped(files.age.read_bytes(), -1)),
        "chunk-altered",
    ),
    "altered in the seeds": (
        lambda files: rewritten(files.age, flipped(body(files.age), 80)),
        "chunk-altered",
    ),
    "altered and written anew": (
        lambda files: rewritten(files.age, flipped(body(files.age), -1)),
        "chunk-altered",
    ),
    "swapped with another column's": (swap, "chunk-altered"),
    "another dataset's": (
        lambda files: files.age.write_bytes(files.foreign.read_bytes()),
        "chunk-altered",
    ),
}


@pytest.fixture
def market() -> Market:
    made = Market()
    made.publish()
    return made


def spoiled(market: Market, root: Path, spoil: Callable[[Files], object]) -> Job:
    """Evaluate an approved job over a store on the disk in which something was changed."""
    store = LocalStore(root)
    job = market.approved()
    manifest = market.catalogue.dataset(DATASET).manifest.record
    for column in manifest.columns:
        (chunk,) = column.chunks
        data = content(market.objects, chunk.key)
        store.put(chunk.key, data, sha256=chunk.sha256)
    foreign = publish_random(store, ("x",), 1, ciphertexts_per_chunk=1, dataset="foreign", seed=99)
    keys = [
        manifest.column("age").chunks[0].key,
        manifest.column("cost").chunks[0].key,
        foreign.manifest.columns[0].chunks[0].key,
    ]
    spoil(Files(*(root / "objects" / f"{key}~" for key in keys)))
    platform = replace(market.platform, evaluator=InProcessEvaluator(store))
    return evaluate_job(platform, job, now=market.now)


@pytest.mark.parametrize("name", SPOILED)
def test_bad_chunk_ends_the_job_and_spends_nothing(
    name: str, market: Market, tmp_path: Path
) -> None:
    spoil, code = SPOILED[name]
    ended = spoiled(market, tmp_path, spoil)
    assert (ended.state, ended.end.code) == ("refused", code)
    assert ended.end.next_action
    assert not carried(market.jobs, ended, "shares")
    (lineage,) = lineage_accounts(market.catalogue.dataset(DATASET).manifest.record)
    balance = market.ledger.balance(lineage)
    assert (balance.spent_units, balance.reserved_units) == (0, 0)


def test_chunks_as_they_were_stored_are_evaluated(market: Market, tmp_path: Path) -> None:
    assert spoiled(market, tmp_path, lambda _files: None).state == "evaluated"
