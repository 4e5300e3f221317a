"""A publication whose process is killed again and again ends in one version, and what was finished
is in it to the byte."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from world.arrivals import Arrivals, watched_arrivals
from world.crashes import ForkServer
from world.declarations import TABLE, declaration
from world.live_market import LiveMarket, live_market
from world.stored_objects import content

from crypto.chunk import parse_chunk
from crypto.parameters import SEED_BYTES, SUMS
from market import wire
from market.owner.publish.encrypt_table import CIPHERTEXTS_PER_CHUNK
from market.owner.publish.encrypted_parts import EncryptedPart

pytestmark = pytest.mark.crashes

BLOCKS = 3
NEVER = 10**9
CAPACITY_ROWS = BLOCKS * CIPHERTEXTS_PER_CHUNK * SUMS.values_per_ciphertext


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("killed")) as made:
        yield made


@pytest.fixture(scope="module")
def arrivals() -> Iterator[Arrivals]:
    with watched_arrivals() as watched:
        yield watched


@pytest.fixture(scope="module")
def runs(market: LiveMarket) -> Iterator[ForkServer]:
    token = market.token("olga", "owner")
    server = ForkServer("world.publication_crashes", str(market.home.path), token)
    yield server
    server.close()


@pytest.fixture(scope="module")
def files(market: LiveMarket) -> tuple[Path, Path]:
    """A declaration and a table of three encrypted columns, several chunks each."""
    declared, table = market.root / "visits.toml", market.root / "visits.csv"
    text = declaration(recomputation="false")
    declared.write_text(text.replace("capacity_rows = 4000", f"capacity_rows = {CAPACITY_ROWS}"))
    table.write_text(TABLE)
    return declared, table


@dataclass
class Left:
    """What the deaths left on the disk, all of them together.

    Attributes:
        chunks: whole ones by name; nothing else says that a chunk was made.
        finished: names of those of which a part says so.
        keys: the files of both keys, once something is encrypted under them.
        signed: the manifest.
    """

    market: LiveMarket
    chunks: dict[str, bytes] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    keys: set[tuple[bytes, bytes]] = field(default_factory=set)
    signed: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        pending = self.market.home.outgoing_path / "visits" / "1"
        self.chunks |= {path.name: path.read_bytes() for path in pending.glob("*.ect")}
        parts = (wire.decode(EncryptedPart, p.read_bytes()) for p in pending.glob("*.part"))
        self.finished |= {Path(part.chunk.key).name for part in parts if part.chunk}
        held = self.market.home.datasets_path / "visits"
        if self.finished:
            self.keys.add(((held / "ckks.key").read_bytes(), (held / "noise.key").read_bytes()))
        if (held / "1" / "manifest.json").exists():
            self.signed.add((held / "1" / "manifest.json").read_bytes())


def seeds_of(chunk: bytes) -> set[bytes]:
    parsed = parse_chunk(chunk, SUMS, expected_ciphertexts=CIPHERTEXTS_PER_CHUNK)
    return {parsed.seeds[at : at + SEED_BYTES] for at in range(0, len(parsed.seeds), SEED_BYTES)}


def test_process_killed_again_and_again_ends_in_one_version(
    market: LiveMarket, arrivals: Arrivals, runs: ForkServer, files: tuple[Path, Path]
) -> None:
    left = Left(market)
    # Each life is longer than the one before: the first ends before a chunk is finished.
    for fatal in count(28, 12):
        word, number = runs.ask(*files, fatal)
        left.look()
        if word == "lived":
            break
        assert number == signal.SIGKILL
    assert left.finished, "no life ended while it encrypted"
    catalogue, objects = market.platform.catalogue, market.platform.objects
    manifest = catalogue.dataset("visits").manifest
    assert manifest.record.version == 1
    assert left.signed == {manifest.encode()}
    assert len(left.keys) == 1
    sent = {Path(key).name: content(objects, key) for key in objects.list("datasets/visits/")}
    named = {Path(chunk.key).name for column in manifest.record.columns for chunk in column.chunks}
    assert named == sent.keys()
    assert {Path(key).name for key in arrivals.stored} == named
    assert arrivals.again == []
    assert left.finished <= named
    # A chunk that was sent is the one that was left; those thrown away share no seed with any.
    made = sent | left.chunks
    assert sent == {name: made[name] for name in named}
    seeds = set[bytes]().union(*map(seeds_of, made.values()))
    assert len(seeds) == CIPHERTEXTS_PER_CHUNK * len(made)
    # The constants that lay in parts open it.
    assert abs(market.value(market.released(), "#valid") - 300) < 60


def test_append_killed_again_and_again_sends_the_new_rows_once(
    market: LiveMarket, arrivals: Arrivals, runs: ForkServer
) -> None:
    declared, table = market.root / "grows.toml", market.root / "grows.csv"
    text = declaration("grows", recomputation="false")
    declared.write_text(text.replace("capacity_rows = 4000", f"capacity_rows = {CAPACITY_ROWS}"))
    full = CIPHERTEXTS_PER_CHUNK * SUMS.values_per_ciphertext
    line = "p{0},{1},yes\n"
    before = "person,visits,insured\n" + "".join(line.format(i, i % 11) for i in range(full + 50))
    table.write_text(before)
    assert runs.ask(declared, table, NEVER)[0] == "lived"
    catalogue, objects = market.platform.catalogue, market.platform.objects
    old = set(objects.list("datasets/grows/"))
    table.write_text(before + "".join(line.format(full + i, 3) for i in range(50, 90)))
    for fatal in count(20, 25):
        word, number = runs.ask(declared, table, fatal, "appends")
        if word == "lived":
            break
        assert number == signal.SIGKILL
    newest = catalogue.dataset("grows").manifest.record
    named = {chunk.key for column in newest.columns for chunk in column.chunks}
    assert newest.version == 2
    assert named & old, "nothing was taken over"
    assert set(objects.list("datasets/grows/")) == named | old
    assert arrivals.again == []
