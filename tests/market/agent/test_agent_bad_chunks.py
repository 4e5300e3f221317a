"""What the store or the agent's own directory may turn into: nothing is released or spent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from world.declarations import plan_of
from world.live_market import LiveMarket, now

from market.entities.job import Job
from market.plan.expression import Column
from market.plan.statistics import Covariance, Sum
from market.policy.budget.accounts import flooding_account, lineage_accounts
from market.services.compute.evaluate_job import evaluate_job
from market.vault.store.chain import receipts
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances

HEADER_BYTES = len(b"object/1 sha256=\n") + 64


@dataclass(frozen=True)
class Files:
    """Stored chunks of two columns and of another dataset; where the agent
    keeps two datasets' keys."""

    visits: Path
    insured: Path
    foreign: Path
    keys: dict[str, Path]


@pytest.fixture(scope="module")
def files(market: LiveMarket) -> Files:
    market.publish("others")

    def stored(dataset: str, column: str) -> Path:
        manifest = market.platform.catalogue.dataset(dataset).manifest.record
        (chunk,) = manifest.column(column).chunks
        return market.root / "platform" / "objects" / "objects" / f"{chunk.key}~"

    return Files(
        stored("visits", "visits"),
        stored("visits", "insured"),
        stored("others", "visits"),
        {name: market.home.datasets_path / name for name in ("visits", "others")},
    )


@pytest.fixture
def restored(files: Files) -> Iterator[None]:
    """Everything that a test changes is put back."""
    paths = (files.visits, files.insured)
    before = [path.read_bytes() for path in paths]
    yield
    for path, whole in zip(paths, before, strict=True):
        path.write_bytes(whole)


@pytest.fixture(scope="module")
def jobs(market: LiveMarket, files: Files) -> tuple[Job, Job]:
    """A product, recomputed in full, and a sum; evaluated before anything was changed."""
    assert files.visits.exists()
    product = plan_of(Covariance(Column("visits"), Column("insured")), Sum(Column("visits")))
    asked = [market.requested(plan) for plan in (product, plan_of(Sum(Column("insured"))))]
    market.step()
    first, second = (evaluate_job(market.platform, market.job(j), now=now()) for j in asked)
    return first, second


@pytest.fixture(scope="module")
def product(market: LiveMarket, files: Files) -> Job:
    """Another product, evaluated before anything was changed."""
    assert files.visits.exists()
    return market.evaluated(plan_of(Covariance(Column("visits"), Column("insured"))))


def copied(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change an object's bytes as the store itself would have written them."""
    data = change(path.read_bytes()[HEADER_BYTES:])
    path.write_bytes(f"object/1 sha256={hashlib.sha256(data).hexdigest()}\n".encode() + data)


def swap(files: Files) -> None:
    visits = files.visits.read_bytes()
    copied(files.insured, files.visits)
    files.insured.write_bytes(visits)


SPOILED: dict[str, tuple[Callable[[Files], object], str]] = {
    "missing": (lambda files: files.visits.unlink(), "store-refused"),
    "truncated": (
        lambda files: files.visits.write_bytes(files.visits.read_bytes()[:-1]),
        "chunk-altered",
    ),
    "truncated and written anew": (
        lambda files: rewritten(files.visits, lambda data: data[:-4]),
        "chunk-altered",
    ),
    "lengthened": (
        lambda files: rewritten(files.visits, lambda data: data + b"\0"),
        "object-too-large",
    ),
    "altered": (
        lambda files: rewritten(files.visits, lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        "chunk-altered",
    ),
    "altered in the seeds": (
        lambda files: rewritten(
            files.visits, lambda data: data[:80] + bytes([data[80] ^ 1]) + data[81:]
        ),
        "chunk-altered",
    ),
    "swapped with another column's": (swap, "chunk-altered"),
    "another dataset's": (lambda files: copied(files.foreign, files.visits), "chunk-altered"),
}


def spent(market: LiveMarket) -> dict[str, int]:
    """Units spent in either ledger, and how many receipts the agent has signed."""
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    people, key = lineage_accounts(manifest), flooding_account(manifest.key_id)
    agents = balances(market.store, [*people, key])
    found = {f"agent {name}": balance.spent_units for name, balance in agents.items()}
    found |= {
        f"platform {name}": market.platform.ledger.balance(name).spent_units for name in people
    }
    return found | {"receipts": len(receipts(market.store))}


@pytest.mark.parametrize("kind", ["ckks", "noise"])
def test_dataset_under_another_key_is_refused_and_spends_nothing(
    kind: str, market: LiveMarket, files: Files, jobs: tuple[Job, Job]
) -> None:
    before = spent(market)
    kept, foreign = (files.keys[dataset] / f"{kind}.key" for dataset in ("visits", "others"))
    whole = kept.read_bytes()
    copied(foreign, kept)
    # A running agent has its keys in memory.
    market.reopen()
    try:
        with capture_logs() as lines:
            market.step()
    finally:
        kept.write_bytes(whole)
        market.reopen()
    said = {line["subject"]: line["code"] for line in lines if "subject" in line}
    for job in jobs:
        assert said[job.job] == "holding-damaged"
        assert market.job(job).state == "evaluated"
        assert "release" not in find_replies(market.store, job.job)
    assert spent(market) == before


def test_jobs_go_on_when_the_keys_are_back(market: LiveMarket, jobs: tuple[Job, Job]) -> None:
    before = spent(market)
    market.step()
    assert [market.job(job).state for job in jobs] == ["released", "released"]
    after = spent(market)
    assert all(after[name] > units for name, units in before.items())


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.usefixtures("restored")
def test_bad_chunk_is_refused_and_spends_nothing(
    name: str, market: LiveMarket, files: Files, product: Job
) -> None:
    spoil, code = SPOILED[name]
    before = spent(market)
    spoil(files)
    with capture_logs() as lines:
        market.step()
    said = [line["code"] for line in lines if line.get("subject") == product.job]
    assert said == [code]
    assert market.job(product).state == "evaluated"
    assert "release" not in find_replies(market.store, product.job)
    assert spent(market) == before


def test_job_goes_on_when_the_bytes_are_back(market: LiveMarket, product: Job) -> None:
    market.step()
    assert market.job(product).state == "released"
