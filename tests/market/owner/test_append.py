"""A version that only appends rows sends what is new, and opens to what the whole table holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from world.arrivals import Arrivals, watched_arrivals
from world.declarations import declaration, plan_of
from world.live_market import LiveMarket, live_market, now
from world.people import a_key
from world.stored_objects import content

from crypto.chunk import parse_chunk
from crypto.error_bound import SAMPLED_ERROR
from crypto.parameters import PRODUCTS, SEED_BYTES
from crypto.referee import opened
from crypto.seeds import expand_c1_batch
from crypto.shares import combine, decode_table
from market.client.http.api import PortalClient
from market.entities.people import Operator
from market.errors import Refused
from market.owner.publish import encrypt_table, make_version
from market.owner.publish.discard import discard
from market.owner.publish.publish import Published
from market.owner.table.read_csv import CsvTable
from market.owner.word.drop_version import drop_version
from market.owner.word.standing import change_standing
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.listing.counted_chunks import chunks_named_again, chunks_of, new_chunks
from market.records.manifest import Manifest
from market.services.publish.drop_ciphertext import drop_ciphertext
from market.tables.table import Batch
from market.vault.holdings import read_holding
from market.vault.keys import read_constants, read_keys

pytestmark = pytest.mark.stories

BLOCK = PRODUCTS.values_per_ciphertext
UNIT = 'column = "person"\n'
HEADER = "person,visits,insured\n"
CAPACITY = 5 * BLOCK


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    """Whose owners' blocks are of one ciphertext, so that small tables have several."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (encrypt_table, make_version):
            patched.setattr(module, "CIPHERTEXTS_PER_CHUNK", 1)
        with live_market(tmp_path_factory.mktemp("append")) as made:
            yield made


@pytest.fixture(scope="module")
def arrivals() -> Iterator[Arrivals]:
    with watched_arrivals() as watched:
        yield watched


def declared(dataset: str, capacity: int = CAPACITY, **changes: str) -> str:
    text = declaration(dataset, unit=UNIT, **changes)
    text = text.replace("capacity_rows = 4000", f"capacity_rows = {capacity}")
    return text.replace("max_rows = 1\n", "max_rows = 2\n")


def rows(drawn: np.random.Generator, people: int, count: int) -> list[str]:
    """Rows of people some of whom have more than the two that count, with cells nobody can read."""
    cells, words = [*map(str, range(-2, 13)), "", "many"], ["yes", "no", "?"]
    chosen = zip(
        drawn.integers(people, size=count),
        drawn.choice(cells, count),
        drawn.choice(words, count),
        strict=True,
    )
    return [f"p{person},{visits},{insured}\n" for person, visits, insured in chosen]


def table(*parts: list[str]) -> str:
    return HEADER + "".join(line for part in parts for line in part)


def publish(market: LiveMarket, dataset: str, text: str, **changes: str) -> Published:
    return market.publish(dataset, table=text, text=declared(dataset, **changes), appends=True)


def manifest_of(market: LiveMarket, dataset: str, version: int) -> Manifest:
    return market.platform.catalogue.version(dataset, version).manifest.record


def seeds_and_values(
    market: LiveMarket, manifest: Manifest
) -> tuple[dict[bytes, bytes], dict[str, np.ndarray]]:
    """Of each seed what it hides, and of each column its coefficients, as its key opens them."""
    key = read_keys(market.home, manifest).ckks
    hidden: dict[bytes, bytes] = {}
    values: dict[str, np.ndarray] = {}
    for column in manifest.columns:
        found = []
        for chunk in column.chunks:
            data = content(market.platform.objects, chunk.key)
            parsed = parse_chunk(data, key.parameters, expected_ciphertexts=chunk.ciphertexts)
            c1 = expand_c1_batch(parsed.seeds, chunk.first_ciphertext, key.parameters)
            for place in range(chunk.ciphertexts):
                seed = parsed.seeds[place * SEED_BYTES : (place + 1) * SEED_BYTES]
                assert seed not in hidden
                hidden[seed] = parsed.c0[place].tobytes()
                found.append(opened(key, parsed.c0[place], c1[place]))
        values[column.name] = np.concatenate(found)
    return hidden, values


def sums(market: LiveMarket, manifest: Manifest) -> dict[str, list[int]]:
    """What both constants of each ciphertext open to."""
    chosen = read_keys(market.home, manifest).ckks.parameters
    names = [column.name for column in manifest.columns]
    own = read_constants(market.home, manifest, names)
    return {
        column.name: [
            combine(b, a, chosen)
            for b, a in zip(
                decode_table(column.constants, manifest.ciphertexts, chosen),
                own[column.name],
                strict=True,
            )
        ]
        for column in manifest.columns
    }


@pytest.mark.parametrize("seed", range(3))
def test_appended_version_holds_what_the_whole_table_holds(market: LiveMarket, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    before = rows(drawn, 9_000 + 3_000 * seed, 2 * BLOCK + 3_000 * seed)
    # People of before come again, and some have all the rows that they may have.
    more = rows(drawn, 20_000, BLOCK)
    grown, whole = f"grown-{seed}", f"whole-{seed}"
    publish(market, grown, table(before))
    done = publish(market, grown, table(before, more))
    publish(market, whole, table(before, more))
    first, second = manifest_of(market, grown, 1), manifest_of(market, grown, 2)
    fresh = manifest_of(market, whole, 1)
    taken = done.blocks - done.new_blocks
    assert done.blocks == 5
    assert taken == full_blocks(market, grown) >= 1
    assert len(chunks_named_again(second)) == taken * len(second.columns)
    hidden, values = seeds_and_values(market, second)
    hidden_before, _ = seeds_and_values(market, first)
    _, values_of_whole = seeds_and_values(market, fresh)
    for name, coefficients in values.items():
        assert np.abs(coefficients - values_of_whole[name]).max() <= 2 * SAMPLED_ERROR
    for name, opened_sums in sums(market, second).items():
        for one, other in zip(opened_sums, sums(market, fresh)[name], strict=True):
            assert abs(one - other) <= 2 * BLOCK * SAMPLED_ERROR
    # No seed hides two plaintexts: under one that both versions have lies the same ciphertext.
    both = hidden.keys() & hidden_before.keys()
    assert len(both) == taken * len(second.columns)
    assert all(hidden[one] == hidden_before[one] for one in both)


def full_blocks(market: LiveMarket, dataset: str) -> int:
    """How many blocks of its first version are full: not more than were published."""
    (valid, *_) = manifest_of(market, dataset, 1).columns
    counts = sums(market, manifest_of(market, dataset, 1))[valid.name]
    return sum(abs(count - BLOCK * PRODUCTS.unit(1)) < PRODUCTS.unit(1) / 2 for count in counts)


def test_only_what_is_new_is_sent(market: LiveMarket, arrivals: Arrivals) -> None:
    drawn = np.random.default_rng(7)
    before, more = rows(drawn, 60_000, 3 * BLOCK), rows(drawn, 60_000, 300)
    publish(market, "sent", table(before))
    arrivals.stored.clear()
    done = publish(market, "sent", table(before, more))
    second = manifest_of(market, "sent", 2)
    assert 0 < done.new_blocks < done.blocks
    assert sorted(arrivals.stored) == sorted(chunk.key for chunk in new_chunks(second))
    stored = market.platform.catalogue.stored()[0].stored_bytes
    publish(market, "sent", table(before, more, more))
    third = manifest_of(market, "sent", 3)
    more_bytes = sum(chunk.size_bytes for chunk in new_chunks(third))
    assert market.platform.catalogue.stored()[0].stored_bytes == stored + more_bytes
    # A third version names what the first has sent, and its agent answers it.
    assert {chunk.key.split("/")[3] for chunk in chunks_of(third)} >= {"1", "3"}
    job = market.released(plan_of(Sum(Column("visits"))), dataset="sent")
    assert market.value(job, "visits") != 0


def test_table_is_read_once_where_few_rows_are_appended(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings, batches = list[CsvTable](), CsvTable.batches

    def watched(table: CsvTable) -> Iterator[Batch]:
        readings.append(table)
        return batches(table)

    monkeypatch.setattr(CsvTable, "batches", watched)
    drawn = np.random.default_rng(13)
    before = rows(drawn, 60_000, 3 * BLOCK)
    publish(market, "read", table(before))
    for more, expected in ((300, 1), (6 * BLOCK, 2)):
        readings.clear()
        done = market.publish(
            "read",
            table=table(before, rows(drawn, 60_000, more)),
            text=declared("read", capacity=9 * BLOCK),
            appends=True,
        )
        assert done.new_blocks < done.blocks
        assert len(readings) == expected


class Cut(PortalClient):
    """A connection that breaks at the third upload."""

    left = 2

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        if not self.left:
            raise ConnectionError("the line is cut")
        self.left -= 1
        super().upload(key, data, sha256=sha256)


@pytest.mark.parametrize("then", ["goes on", "discarded"])
def test_interrupted_append_goes_on_or_leaves_the_version_before_whole(
    market: LiveMarket, then: str
) -> None:
    drawn = np.random.default_rng(11)
    before, more = rows(drawn, 60_000, 3 * BLOCK), rows(drawn, 60_000, 300)
    name = f"cut-{then.replace(' ', '-')}"
    publish(market, name, table(before))
    whole = market.client("olga", "owner")
    market.clients["olga", "owner"] = Cut(market.url, market.token("olga", "owner"))
    with pytest.raises(ConnectionError):
        publish(market, name, table(before, more))
    market.clients["olga", "owner"].close()
    market.clients["olga", "owner"] = whole
    signed = read_holding(market.home, name, 2).manifest.record
    assert chunks_named_again(signed)
    if then == "discarded":
        assert discard(whole, market.home, market.store, name, now=now())
    done = publish(market, name, table(before, more))
    again = manifest_of(market, name, 2)
    assert (again == signed) == (then == "goes on")
    assert 0 < done.new_blocks < done.blocks
    assert chunks_named_again(again) == chunks_named_again(signed)
    for version in (1, 2):
        seeds_and_values(market, manifest_of(market, name, version))


def test_capacity_may_grow_with_the_rows(market: LiveMarket) -> None:
    drawn = np.random.default_rng(8)
    before, more = rows(drawn, 60_000, 3 * BLOCK), rows(drawn, 60_000, 4 * BLOCK)
    publish(market, "larger", table(before))
    done = market.publish(
        "larger",
        table=table(before, more),
        text=declared("larger", capacity=8 * BLOCK),
        appends=True,
    )
    assert (done.blocks, 0 < done.new_blocks < 8) == (8, True)


def changed_row(before: list[str]) -> list[str]:
    person, visits, insured = before[5].strip().split(",")
    return [*before[:5], f"{person},{'1' if visits != '1' else '2'},{insured}\n", *before[6:]]


@pytest.mark.parametrize("change", ["row", "order", "fewer", "declaration", "unasked"])
def test_changed_earlier_rows_encrypt_all_anew(market: LiveMarket, change: str) -> None:
    drawn = np.random.default_rng(9)
    before, more = rows(drawn, 60_000, 3 * BLOCK), rows(drawn, 60_000, 300)
    name = f"changed-{change}"
    publish(market, name, table(before))
    now_is = {
        "row": changed_row(before),
        "order": [before[1], before[0], *before[2:]],
        "fewer": before[: 2 * BLOCK],
    }
    text = declared(name)
    if change == "declaration":
        text = text.replace("high = 10", "high = 12")
    rows_now = table(now_is.get(change, before), more)
    done = market.publish(name, table=rows_now, text=text, appends=change != "unasked")
    assert done.new_blocks == done.blocks
    assert not chunks_named_again(manifest_of(market, name, 2))


def test_dropped_version_leaves_the_next_one_whole(market: LiveMarket) -> None:
    drawn = np.random.default_rng(12)
    before, more = rows(drawn, 60_000, 3 * BLOCK), rows(drawn, 60_000, 300)
    publish(market, "dropped", table(before))
    olga, home = market.client("olga", "owner"), market.home
    with pytest.raises(Refused, match="version-answered"):
        drop_version(olga, a_key("olga"), home, "dropped", 1, now=now())
    publish(market, "dropped", table(before, more))
    first, second = manifest_of(market, "dropped", 1), manifest_of(market, "dropped", 2)
    for _ in range(2):
        drop_version(olga, a_key("olga"), home, "dropped", 1, now=now())
        last = None
        while last := drop_ciphertext(market.platform, last, now=now(), by=Operator()):
            pass
    stored = set(market.platform.objects.list("datasets/dropped/"))
    assert stored == {chunk.key for chunk in chunks_of(second)}
    # Nothing here makes a share of the first version any more, and nobody has it answered again.
    with pytest.raises(Refused, match="holding-damaged"):
        read_constants(home, first, ["#valid"])
    with pytest.raises(Refused, match="version-dropped"):
        change_standing(olga, a_key("olga"), home, "dropped", served_versions=(1,), now=now())
    job = market.released(plan_of(Sum(Column("visits"))), dataset="dropped")
    assert market.value(job, "visits") != 0
    assert publish(market, "dropped", table(before, more, more)).new_blocks < 5
