"""What every evaluator answers: in this process, Spark on this machine, Spark in pods."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from servers.radosgw import S3Server
from world.kept_spark import kept_running, wait_until_it_answers
from world.kubernetes_api import Object, kubernetes_api
from world.lent import lend_spark_classes
from world.random_ciphertext import RandomDataset, publish_random
from world.spark_templates import pods_settings
from world.stages import InProcessEvaluator, evaluated_here
from world.stored_objects import content

from crypto import canonical
from crypto.parameters import PRODUCTS
from crypto.shares import encode_residues
from market import wire
from market.adapters.platform_secrets import make_secrets
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.documents import create_document, read_document
from market.adapters.stores.local import LocalStore
from market.adapters.stores.opening import open_store
from market.errors import Refused
from market.plan.moments import Output
from market.ports.object_store import ObjectStore
from market.ports.stages import Evaluator
from market.records.evaluation import Evaluation
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


@dataclass(frozen=True)
class Site:
    """An evaluator, and the store that it reads."""

    evaluator: Evaluator
    store: ObjectStore


@pytest.fixture(
    params=[
        "in process",
        pytest.param("Spark", marks=pytest.mark.processes),
        pytest.param("pods", marks=[pytest.mark.processes, pytest.mark.servers]),
    ]
)
def site(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Site]:
    store = LocalStore(home / "objects")
    if request.param == "in process":
        yield Site(InProcessEvaluator(store), store)
    elif request.param == "Spark":
        yield Site(request.getfixturevalue("spark"), store)
    else:
        yield from _pods(request.getfixturevalue("s3_server"), tmp_path)


def _pods(server: S3Server, home: Path) -> Iterator[Site]:
    """The real spark-submit and a real S3, before an API whose drivers compute in this process."""
    bucket = f"pods-{secrets.token_hex(4)}"
    server.make_bucket(bucket)
    with kubernetes_api() as api, pytest.MonkeyPatch.context() as environment:
        environment.setenv("MARKET_S3_ACCESS_KEY_ID", server.access_key_id)
        environment.setenv("MARKET_S3_SECRET_ACCESS_KEY", server.secret_access_key)
        settings = pods_settings(home, api.url, s3_endpoint_url=server.endpoint_url, bucket=bucket)
        store = open_store(settings.store_description)

        def drive(pod: Object) -> None:
            *_, asked, answered, described = pod["spec"]["containers"][0]["args"]
            theirs = open_store(canonical.loads(described.encode()))
            evaluation = wire.decode(Evaluation, read_document(theirs, asked))
            evaluated = evaluated_here(evaluation, theirs)
            create_document(theirs, answered, wire.encode(evaluated))
            api.tell(pod["metadata"]["name"], "Succeeded", exit_code=0)

        api.on_pod = drive
        yield Site(SparkEvaluator(settings), store)


@pytest.fixture
def evaluator(site: Site) -> Evaluator:
    return site.evaluator


@pytest.fixture
def dataset(site: Site, request: pytest.FixtureRequest) -> RandomDataset:
    """Each test has its own, which it may spoil."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    return publish_random(site.store, COLUMNS, 3, ciphertexts_per_chunk=2, dataset=name)


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


def missing(store: ObjectStore, key: str) -> None:
    store.delete(key)


def altered(store: ObjectStore, key: str) -> None:
    data = content(store, key)
    other = data[:-1] + bytes([data[-1] ^ 1])
    store.delete(key)
    store.put(key, other, sha256=hashlib.sha256(other).hexdigest())


@pytest.mark.parametrize(
    ("spoil", "code"), [(missing, "chunk-missing"), (altered, "chunk-altered")]
)
def test_chunk_that_is_not_as_it_was_stored_is_refused(
    site: Site, dataset: RandomDataset, spoil: Callable[[ObjectStore, str], None], code: str
) -> None:
    key = dataset.manifest.column("b").chunks[-1].key
    spoil(site.store, key)
    with pytest.raises(Refused) as refused:
        site.evaluator.evaluate("job-1", (dataset.manifest,), (PRODUCT,))
    assert refused.value.code == code
    assert key in refused.value.message
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
