"""What every evaluator answers: in this process, and Spark."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from world.kept_spark import kept_running, wait_until_it_answers
from world.random_ciphertext import RandomDataset, publish_random
from world.spark_classes import lend_spark_classes
from world.stages import InProcessEvaluator

from crypto.parameters import PRODUCTS
from crypto.shares import encode_residues
from market.adapters.platform_secrets import make_secrets
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.errors import Refused
from market.plan.moments import Output
from market.ports.stages import Evaluator
from market.records.manifest import Manifest
from market.settings import Settings

SUM, PRODUCT = Output("a", ("a",)), Output("ab", ("a", "b"))
COLUMNS = ("a", "b")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def spark(home: Path) -> Iterator[SparkEvaluator]:
    """An application that is kept; that one of a job's own answers so too is asked where Sparks
    are tested (tests/spark_jobs)."""
    settings = Settings(home=home, spark_master="local[2]")
    make_secrets(settings)
    lend_spark_classes(home)
    with kept_running(settings):
        wait_until_it_answers(settings)
        yield SparkEvaluator(settings)


@pytest.fixture(params=["in process", pytest.param("Spark", marks=pytest.mark.processes)])
def evaluator(request: pytest.FixtureRequest, home: Path) -> Evaluator:
    if request.param == "Spark":
        return cast(Evaluator, request.getfixturevalue("spark"))
    return InProcessEvaluator(LocalStore(home / "objects"))


@pytest.fixture
def dataset(home: Path, request: pytest.FixtureRequest) -> RandomDataset:
    """Each test has its own, which it may spoil."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    store = LocalStore(home / "objects")
    return publish_random(store, COLUMNS, 3, ciphertexts_per_chunk=2, dataset=name)


def chunk_of(home: Path, manifest: Manifest, column: str) -> Path:
    return home / "objects" / "objects" / f"{manifest.column(column).chunks[-1].key}~"


def test_sums_of_a_column_without_chunks_are_the_manifests(
    evaluator: Evaluator, dataset: RandomDataset
) -> None:
    bare = replace(dataset.manifest.column("a"), name="k=x", chunks=())
    manifest = replace(dataset.manifest, columns=(*dataset.manifest.columns, bare))
    levels = Output("k=x", ("k=x",))
    found = evaluator.evaluate("job-1", (manifest,), (levels, PRODUCT, SUM))[0]
    wanted = evaluator.evaluate("job-2", (dataset.manifest,), (SUM, PRODUCT))[0]
    assert [share.output for share in found] == ["k=x", "ab", "a"]
    assert (found[0].residues, found[1]) == (wanted[0].residues, wanted[1])


def test_product_with_a_column_without_chunks_is_refused(
    evaluator: Evaluator, dataset: RandomDataset
) -> None:
    first, second = dataset.manifest.columns
    manifest = replace(dataset.manifest, columns=(first, replace(second, chunks=())))
    with pytest.raises(Refused, match=r"manifest-unfit.*only summed"):
        evaluator.evaluate("job-1", (manifest,), (PRODUCT,))


def test_shares_are_the_exact_sums_in_the_order_asked(
    evaluator: Evaluator, dataset: RandomDataset
) -> None:
    shares = evaluator.evaluate("job-1", (dataset.manifest,), (PRODUCT, SUM))[0]
    assert [(share.output, share.residues) for share in shares] == [
        ("ab", encode_residues(dataset.product_of("a", "b"), PRODUCTS)),
        ("a", encode_residues(dataset.sum_of("a"), PRODUCTS)),
    ]


def missing(chunk: Path) -> None:
    chunk.unlink()


def altered(chunk: Path) -> None:
    data = chunk.read_bytes()
    chunk.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.parametrize(
    ("spoil", "code"), [(missing, "chunk-missing"), (altered, "chunk-altered")]
)
def test_chunk_that_is_not_as_it_was_stored_is_refused(
    evaluator: Evaluator,
    dataset: RandomDataset,
    home: Path,
    spoil: Callable[[Path], None],
    code: str,
) -> None:
    chunk = chunk_of(home, dataset.manifest, "b")
    spoil(chunk)
    with pytest.raises(Refused) as refused:
        evaluator.evaluate("job-1", (dataset.manifest,), (PRODUCT,))
    assert refused.value.code == code
    assert dataset.manifest.column("b").chunks[-1].key in refused.value.message
    assert "Nothing was spent" in refused.value.next_action


def test_sum_that_is_not_the_constants_sum_is_refused(
    evaluator: Evaluator, dataset: RandomDataset
) -> None:
    """The owner signed the constants of `b`; the chunks are those of `a`."""
    a, b = (dataset.manifest.column(name) for name in COLUMNS)
    crossed = replace(dataset.manifest, columns=(replace(a, constants=b.constants), b))
    with pytest.raises(Refused) as refused:
        evaluator.evaluate("job-1", (crossed,), (SUM,))
    assert refused.value.code == "constants-mismatch"


def test_output_over_a_column_that_is_not_there_is_refused(
    evaluator: Evaluator, dataset: RandomDataset
) -> None:
    with pytest.raises(Refused) as refused:
        evaluator.evaluate("job-1", (dataset.manifest,), (Output("c", ("c",)),))
    assert refused.value.code == "manifest-unfit"


def test_parameters_nobody_knows_are_refused(evaluator: Evaluator, dataset: RandomDataset) -> None:
    unknown = replace(dataset.manifest, parameters="none")
    with pytest.raises(Refused) as refused:
        evaluator.evaluate("job-1", (unknown,), (SUM,))
    assert refused.value.code == "manifest-unfit"
