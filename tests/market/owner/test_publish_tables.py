"""Publishing real tables: what the owner is asked, what a kill leaves, what reaches the portal."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from world.declarations import TABLE, declaration
from world.live_market import LiveMarket, live_market, now
from world.stored_objects import content

from crypto.chunk import parse_chunk
from crypto.parameters import PRODUCTS
from market.errors import Refused, Unavailable
from market.owner.outgoing import Outgoing
from market.owner.publish.encrypt_table import Progress
from market.owner.publish.publish import Published, publish
from market.owner.publish.settle_table import Files, OwnersWord
from market.owner.table.survey import ROWS, Consent, Finding, nobody_to_ask
from market.vault.home import AgentHome

pytestmark = pytest.mark.stories

UNREADABLE = "person,visits,insured\n" + "".join(f"p{i},many,yes\n" for i in range(40))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("tables")) as made:
        yield made


def published(
    market: LiveMarket,
    dataset: str,
    table: str | bytes = TABLE,
    *,
    suffix: str = "csv",
    text: str | None = None,
    consent: Consent = nobody_to_ask,
    progress: Progress = lambda _what, _done, _total: None,
) -> Published:
    directory = market.root / "tables"
    directory.mkdir(exist_ok=True)
    declared, rows = directory / f"{dataset}.toml", directory / f"{dataset}.{suffix}"
    declared.write_text(text or declaration(dataset))
    rows.write_bytes(table.encode() if isinstance(table, str) else table)
    return publish(
        market.client("olga", "owner"),
        market.owner,
        Files(declared, rows),
        word=OwnersWord(lambda _meaning: True, consent),
        now=now(),
        entropy=secrets.token_bytes,
        progress=progress,
    )


def stored(market: LiveMarket, dataset: str) -> list[str]:
    return market.platform.objects.list(f"datasets/{dataset}/")


def traces(home: AgentHome, dataset: str) -> list[Path]:
    return [path for path in home.path.rglob("*") if dataset in path.parts]


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        (UNREADABLE, ["visits"]),
        (UNREADABLE + "q,3,yes\n", ["visits"]),
        (UNREADABLE.replace("yes", "?"), ["visits", "insured"]),
        (UNREADABLE.replace("many", ""), ["visits"]),
        (UNREADABLE.replace("many", "-200"), ["visits"]),
        ("person,visits,insured\n", [ROWS]),
        (TABLE, []),
        (UNREADABLE + "".join(f"q{i},3,yes\n" for i in range(5)), []),
    ],
    ids=["none", "one", "two columns", "missing", "clipped", "no rows", "good", "a tenth"],
)
def test_owner_is_asked_about_columns_of_which_hardly_a_cell_is_as_declared(
    market: LiveMarket, table: str, asked: list[str]
) -> None:
    seen: list[Finding] = []

    def refuse(found: Sequence[Finding]) -> None:
        seen.extend(found)
        raise Refused("not-confirmed", "You said no.", "Nothing was done.")

    with pytest.raises(Refused, match="not-confirmed"):
        published(market, "asked", table, consent=refuse)
    assert [one.about for one in seen] == asked
    # Nothing came of it: no object, no key, no account, no version.
    assert stored(market, "asked") == []
    assert traces(market.home, "asked") == []


def test_yes_publishes_and_nobody_to_ask_does_not(market: LiveMarket) -> None:
    with pytest.raises(Refused, match="columns-unread") as refused:
        published(market, "unread", UNREADABLE)
    assert "--accept visits" in refused.value.next_action
    # The refusal may be kept in a log: it names columns and no number that was read off the data.
    assert "40" not in str(refused.value)
    done = published(market, "unread", UNREADABLE, consent=lambda _found: None)
    assert done.report.encoding.columns[0].unreadable == 40


def test_headers_levels_codes_and_separator_are_taken_as_declared(market: LiveMarket) -> None:
    text = declaration("odd").replace("capacity_rows", 'separator = ";"\ncapacity_rows')
    text = text.replace('name = "visits"', 'name = "visits"\nheader = "2020 Fälle (年)"')
    text = text.replace('meaning = "Visits', 'missing = [-200, "NA"]\nmeaning = "Visits')
    group = '[[columns]]\nname = "income"\ntype = "categorical"\nmeaning = "m"\n'
    levels = """levels = ["<=50K", ">50K", 'a "b" & c=d*e%']\n"""
    text = text.replace("[policy]", f"{group}{levels}\n[policy]")
    table = (
        '2020 Fälle (年);insured;income;x,y\n3;yes;<=50K;1\n-200;no;>50K;2\nNA;no;"a ""b"" & '
        'c=d*e%";3\n4,5;no;>51K;4\n'
    )
    done = published(market, "odd", table, text=text)
    assert done.report.read_as == "CSV, separated by semicolon (;)"
    assert done.report.encoding.ignored_columns == ("x,y",)
    visits, _, income = done.report.encoding.columns
    assert (visits.missing, visits.unreadable, income.other) == (2, 1, 1)
    listing = market.platform.catalogue.dataset("odd").listing.record
    listed = listing.schema.columns[2]
    assert listed.levels == ("<=50K", ">50K", 'a "b" & c=d*e%')
    # Where a column stands and what is missing is between the owner and the file.
    public = market.platform.catalogue.dataset("odd").listing.encode()
    assert b"-200" not in public
    assert b"2020" not in public


class Killed(BaseException):
    """As SIGKILL: nothing after it runs, and nothing catches it."""


def killed_at(step: int) -> Progress:
    left = [step]

    def progress(_what: str, _done: int, _total: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return progress


def test_killed_at_any_point_it_goes_on_with_what_is_there(market: LiveMarket) -> None:
    made: dict[str, bytes] = {}
    pending = market.home.outgoing_path / "killed" / "1"
    # Three columns: killed in each step of encrypting, and after each of sending.
    kills = 0
    for step in (1, 2, 3, 4, 1, 2, 3):
        try:
            published(market, "killed", progress=killed_at(step))
        except Killed:
            kills += 1
        else:
            # Two are sent at once: what was under way when the others were killed had arrived.
            break
        for path in pending.glob("*.ect"):
            data = path.read_bytes()
            assert made.setdefault(path.name, data) == data
        for name in stored(market, "killed"):
            assert content(market.platform.objects, name) == made[Path(name).name]
    else:
        published(market, "killed")
    assert kills >= 4
    manifest = market.platform.catalogue.dataset("killed").manifest.record
    named = sorted(Path(c.key).name for column in manifest.columns for c in column.chunks)
    assert sorted(made) == named
    assert manifest.version == 1


def test_chunk_that_was_not_written_whole_is_made_again_with_another_seed(
    market: LiveMarket,
) -> None:
    pending = market.home.outgoing_path / "torn" / "1"
    with pytest.raises(Killed):
        published(market, "torn", progress=killed_at(3))
    (torn, *others) = sorted(pending.glob("*.ect"))
    before = seeds_in(iter([torn]))
    torn.write_bytes(torn.read_bytes()[:-1])
    orphan = pending / f"{torn.name[:-4]}0.ect"
    orphan.write_bytes(b"no part names it")
    published(market, "torn")
    names = {Path(name).name for name in stored(market, "torn")}
    assert {one.name for one in others} < names
    assert not {torn.name, orphan.name} & names
    (again,) = names - {one.name for one in others}
    key = next(name for name in stored(market, "torn") if name.endswith(again))
    data = content(market.platform.objects, key)
    chunk = parse_chunk(data, PRODUCTS, expected_ciphertexts=1)
    assert chunk.seeds not in before


def test_death_right_after_signing_leaves_that_manifest(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Outgoing, "complete", _killed)
        with pytest.raises(Killed):
            published(market, "signed")
    signed = (market.home.datasets_path / "signed" / "1" / "manifest.json").read_bytes()
    published(market, "signed")
    assert market.platform.catalogue.dataset("signed").manifest.encode() == signed


def test_disk_without_room_is_told_before_anything_is_encrypted(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(market.root)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=99_999))
        with pytest.raises(Unavailable, match="the disk lacks"):
            published(market, "roomless")
    assert list((market.home.outgoing_path / "roomless").glob("*/*.ect")) == []
    published(market, "roomless")


def _killed(_attempt: Outgoing, _report: bytes) -> None:
    raise Killed


def seeds_in(paths: Iterator[Path]) -> set[bytes]:
    found = set()
    for path in paths:
        table = parse_chunk(path.read_bytes(), PRODUCTS, expected_ciphertexts=1).seeds
        found.add(bytes(table))
    return found


def test_table_that_changes_while_it_is_read_is_not_published(market: LiveMarket) -> None:
    path = market.root / "tables" / "moving.csv"

    def write_more(_what: str, done: int, _total: int) -> None:
        if done == 1:
            with path.open("a") as file:
                file.write("late,3,yes\n")

    with pytest.raises(Refused, match="table-changed"):
        published(market, "moving", progress=write_more)
    assert stored(market, "moving") == []
    assert published(market, "moving", path.read_text()).report.encoding.rows_seen == 301


def test_wrong_line_is_found_before_anything_is_made(market: LiveMarket) -> None:
    with pytest.raises(Refused, match="Line 302 has 2 cells, the header has 3"):
        published(market, "ragged", TABLE + "p,3\n")
    assert traces(market.home, "ragged") == []
