"""An S3 server is killed and started again under all who use it: an owner's client that sends, an
agent and Spark's workers that fetch."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Timer

import pytest
from servers.radosgw import Radosgw, S3Server
from world.declarations import TABLE, declaration, plan_of
from world.live_market import LiveMarket, now, serving_market
from world.ports import Ports
from world.random_ciphertext import RandomDataset, publish_random

from crypto.parameters import PRODUCTS
from market import wire
from market.adapters.spark import evaluation_of
from market.adapters.stores.s3 import S3Store
from market.adapters.stores.s3_client import Bucket
from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.client.http.api import PortalClient
from market.errors import Unavailable
from market.owner.publish.publish import publish
from market.owner.publish.settle_table import Files, OwnersWord
from market.patience import Patience
from market.plan.expression import Column
from market.plan.moments import Output
from market.plan.statistics import Covariance
from market.ports.object_store import Head, ObjectStore
from market.records.evaluation import Stopped, plan_blocks
from market.settings import Settings
from market.vault.store.chain import receipts
from spark_jobs.accumulate import accumulate
from spark_jobs.evaluate import partial_of

AWAY_SECONDS = 1.0
OUTPUTS = (Output("a", ("a",)),)


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Bucket:
    name = f"restarts-{secrets.token_hex(4)}"
    s3_server.make_bucket(name)
    return Bucket(s3_server.endpoint_url, name, s3_server.region, s3_server.credentials)


@dataclass
class Restart:
    """One restart of the gateway, at a moment that a test chooses."""

    cluster: Radosgw
    times: int = 0

    def once(self, *, away_seconds: float = AWAY_SECONDS) -> None:
        if self.times == 0:
            self.times += 1
            self.cluster.kill_gateway()
            self._returns = Timer(away_seconds, self.cluster.start_gateway)
            self._returns.start()

    def await_return(self) -> None:
        self._returns.join()


@pytest.fixture
def restart(s3_cluster: tuple[Radosgw, S3Server]) -> Iterator[Restart]:
    made = Restart(s3_cluster[0])
    yield made
    made.await_return()


class OnS3(LiveMarket):
    """Its chunks lie in a bucket, to which owners and agents have signed addresses."""

    def __init__(self, bucket: Bucket, root: Path, settings: Settings, ports: Ports) -> None:
        self.bucket = bucket
        super().__init__(root, settings, ports)

    def open_store(self, settings: Settings) -> ObjectStore:
        return S3Store(self.bucket)


@pytest.fixture(scope="module")
def market(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnS3]:
    with serving_market(partial(OnS3, bucket), tmp_path_factory.mktemp("market")) as made:
        yield made


def published(market: OnS3, dataset: str, while_sending: Callable[[], None]) -> None:
    """A version of three chunks, of which something happens after the first."""
    declared, table = market.root / f"{dataset}.toml", market.root / f"{dataset}.csv"
    declared.write_text(declaration(dataset))
    table.write_text(TABLE)

    def watch(what: str, _done: int, _total: int) -> None:
        if what == "send":
            while_sending()

    publish(
        market.client("olga", "owner"),
        market.owner,
        Files(declared, table),
        word=OwnersWord(lambda _meaning: True),
        now=now(),
        entropy=secrets.token_bytes,
        progress=watch,
    )


def test_publication_goes_on_and_ends_whole(market: OnS3, restart: Restart) -> None:
    published(market, "visits", restart.once)
    manifest = market.catalogue.dataset("visits").manifest.record
    chunks = [chunk for column in manifest.columns for chunk in column.chunks]
    assert len(chunks) == 3
    for chunk in chunks:
        assert market.platform.objects.head(chunk.key) == Head(chunk.size_bytes, chunk.sha256)
    assert market.released().state == "released"


class Interrupted(PortalClient):
    """The way to a portal whose store is restarted when the first chunk is asked for."""

    restart: Restart

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        self.restart.once()
        return super().download(key, limit_bytes=limit_bytes)


def test_agent_goes_on_and_charges_once(market: OnS3, restart: Restart) -> None:
    job = market.evaluated(plan_of(Covariance(Column("visits"), Column("insured"))))
    before = len(receipts(market.store))
    portal = Interrupted(market.url, market.token("olga", "agent"))
    portal.restart = restart
    agent = Agent(market.home, market.store, portal, secrets.token_bytes)
    send(agent, collect(agent, now=now()))
    portal.close()
    assert market.job(job).state == "released"
    assert len(receipts(market.store)) == before + 1


class Watched(S3Store):
    """A store of which something is known: how often boto gave up."""

    given_up = 0

    def __init__(self, bucket: Bucket, before: Callable[[], None]) -> None:
        super().__init__(bucket)
        self._before = before

    def read(self, key: str, into: memoryview) -> None:
        self._before()
        try:
            super().read(key, into)
        except Unavailable:
            self.given_up += 1
            raise


@pytest.fixture
def impatient_boto(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up after a second, so that what waits longer is ours."""
    monkeypatch.setattr("market.adapters.stores.s3_client._ATTEMPTS", 1)


@pytest.fixture(scope="module")
def dataset(bucket: Bucket) -> RandomDataset:
    return publish_random(S3Store(bucket), ("a",), 4, ciphertexts_per_chunk=2)


@pytest.mark.usefixtures("impatient_boto")
def test_workers_wait_and_compute_the_exact_sums(
    bucket: Bucket, dataset: RandomDataset, restart: Restart
) -> None:
    store = Watched(bucket, restart.once)
    blocks = plan_blocks(dataset.manifest, OUTPUTS)
    totals = accumulate(blocks, OUTPUTS, store, PRODUCTS)
    assert totals[0, "a"] == dataset.sum_of("a")
    assert store.given_up >= 1


@dataclass
class Carried:
    value: bytes


@pytest.mark.usefixtures("impatient_boto")
def test_workers_that_waited_long_enough_answer_that_the_store_is_away(
    bucket: Bucket, dataset: RandomDataset, restart: Restart, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = bucket.credentials
    secret = credentials.secret_access_key.reveal().decode()
    monkeypatch.setenv("MARKET_S3_ACCESS_KEY_ID", credentials.access_key_id)
    monkeypatch.setenv("MARKET_S3_SECRET_ACCESS_KEY", secret)
    settings = Settings(
        home=Path("/nonexistent"),
        store="s3",
        s3_endpoint_url=bucket.endpoint_url,
        s3_bucket=bucket.name,
    )
    asked = wire.encode(evaluation_of((dataset.manifest,), OUTPUTS, settings))
    restart.once(away_seconds=3)
    began = time.monotonic()
    (found,) = partial_of(Carried(asked), [0, 1], Patience(limit_seconds=0.7))
    assert isinstance(found, Stopped)
    assert (found.code, found.may_pass) == ("store-unreachable", True)
    assert time.monotonic() - began < 3
