"""What the evaluator asks of Spark, and what it lets pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.random_ciphertext import RandomDataset, publish_random

from crypto.parameters import PRODUCTS
from crypto.shares import encode_residues
from market.adapters.spark import (
    CLUSTER_PARTITIONS,
    check_constants,
    error_of,
    evaluation_of,
    partitions_of,
)
from market.adapters.spark_process import run_limited
from market.adapters.stores.local import LocalStore
from market.errors import MarketError, Refused, Unavailable
from market.plan.moments import Output
from market.records.delivery import Share
from market.records.evaluation import Stopped
from market.records.platform_constants import sum_of_constants
from market.settings import Settings

SUM, PRODUCT = Output("sum", ("a",)), Output("product", ("a", "b"))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> RandomDataset:
    store = LocalStore(tmp_path_factory.mktemp("objects"))
    return publish_random(store, ("a", "b"), 3, ciphertexts_per_chunk=2)


def share(output: str, residues: tuple[int, ...]) -> Share:
    return Share(output, encode_residues(residues, PRODUCTS))


def test_shares_that_are_the_manifests_sums_pass(dataset: RandomDataset) -> None:
    shares = (share("sum", dataset.sum_of("a")), share("product", dataset.product_of("a", "b")))
    check_constants(dataset.manifest, (SUM, PRODUCT), shares)


def test_sum_that_is_off_by_one_is_refused(dataset: RandomDataset) -> None:
    first, *rest = dataset.sum_of("a")
    wrong = share("sum", ((first + 1) % PRODUCTS.primes[0], *rest))
    with pytest.raises(Refused) as refused:
        check_constants(dataset.manifest, (SUM,), (wrong,))
    assert refused.value.code == "constants-mismatch"


def test_weighted_sum_is_held_to_the_constants_of_all_its_columns(dataset: RandomDataset) -> None:
    weighed = Output("weighed", ("a", "b"), (2, -5))
    right = sum_of_constants(dataset.manifest, weighed, PRODUCTS)
    check_constants(dataset.manifest, (weighed,), (share("weighed", right),))
    for columns, weights in ((("a", "b"), (2, 5)), (("a",), (2,)), (("b", "a"), (2, -5))):
        other = sum_of_constants(dataset.manifest, Output("other", columns, weights), PRODUCTS)
        with pytest.raises(Refused) as refused:
            check_constants(dataset.manifest, (weighed,), (share("weighed", other),))
        assert refused.value.code == "constants-mismatch"


@pytest.mark.parametrize("residues", ["", "00", "ff" * 20, "zz" * 20])
def test_malformed_share_is_refused(dataset: RandomDataset, residues: str) -> None:
    with pytest.raises(Refused) as refused:
        check_constants(dataset.manifest, (SUM,), (Share("sum", residues),))
    assert refused.value.code == "constants-mismatch"


def test_share_of_another_output_is_refused(dataset: RandomDataset) -> None:
    other = share("mean", dataset.sum_of("a"))
    with pytest.raises(Refused, match="where sum was asked"):
        check_constants(dataset.manifest, (SUM,), (other,))


def test_manifest_without_the_column_is_unfit(dataset: RandomDataset, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        evaluation_of([dataset.manifest], (Output("x", ("income",)),), Settings(home=tmp_path))
    assert refused.value.code == "manifest-unfit"


def test_evaluation_names_objects_and_carries_no_credentials(
    dataset: RandomDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_S3_SECRET_ACCESS_KEY", "not-for-spark")
    settings = replace(Settings(home=tmp_path), store="s3", s3_bucket="chunks")
    evaluation = evaluation_of([dataset.manifest], (PRODUCT,), settings)
    assert [len(block.chunks) for block in evaluation.blocks] == [2, 2]
    assert dict(evaluation.store)["bucket"] == "chunks"
    assert "not-for-spark" not in repr(evaluation)


@pytest.mark.parametrize(
    ("master", "partitions"),
    [("local[2]", 4), ("local[1]", 2), ("local[3,4]", 6), ("k8s://host", CLUSTER_PARTITIONS)],
)
def test_every_core_has_work(master: str, partitions: int) -> None:
    assert partitions_of(master) == partitions


@pytest.mark.processes
def test_command_that_overruns_is_killed_with_its_group(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    script = f"(sleep 3; touch {alive}) & sleep 30"
    with pytest.raises(Unavailable) as stopped:
        run_limited(["/bin/sh", "-c", script], {}, tmp_path / "log", wall_seconds=1)
    assert stopped.value.code == "evaluation-timeout"
    assert not alive.exists()


@pytest.mark.processes
def test_command_that_fails_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as failed:
        run_limited(["/bin/sh", "-c", "exit 3"], {}, tmp_path / "log", wall_seconds=10)
    assert failed.value.code == "evaluation-failed"
    assert "3" in failed.value.message


@pytest.mark.parametrize(("may_pass", "kind"), [(True, Unavailable), (False, Refused)])
def test_what_stopped_the_workers_keeps_its_code(may_pass: bool, kind: type[MarketError]) -> None:
    error = error_of(Stopped("some-code", "What happened.", may_pass))
    assert isinstance(error, kind)
    assert (error.code, error.message) == ("some-code", "What happened.")
    assert "Nothing was spent" in error.next_action
