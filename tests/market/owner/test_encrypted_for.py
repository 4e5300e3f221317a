"""What a table is encrypted for: sums alone or products too, and levels that are only counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from world.declarations import TABLE, declaration
from world.live_market import LiveMarket, live_market

from crypto.parameters import PRODUCTS, SUMS
from crypto.shares import combine, sum_residues
from market.errors import Refused
from market.owner.declaration.describe import parse_declaration
from market.plan.expression import Column
from market.plan.moments import Output
from market.plan.plan import NamedStatistic, Plan
from market.plan.statistics import Count, Covariance, GroupBy, Histogram, Quantile, Sum
from market.records.manifest import Manifest
from market.records.platform_constants import sum_of_constants
from market.vault.holdings import read_holding
from market.vault.keys import read_constants

pytestmark = pytest.mark.stories

LEVELS = [f"c{level}" for level in range(70)]
CODE = f"""\
[[columns]]
name = "code"
type = "categorical"
levels = {LEVELS!r}
meaning = "Why they came"

[policy]"""
WIDE_TABLE = "person,visits,insured,code\n" + "".join(
    f"p{i},{i % 11},{'yes' if i % 3 else 'no'},c{i % 7 if i < 280 else 99}\n" for i in range(300)
)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("need")) as made:
        yield made


def wide(dataset: str, **changes: str) -> str:
    text = declaration(dataset, **changes).replace("[policy]", CODE)
    return text.replace('"covariance"]', '"covariance", "histogram", "group_by"]')


def exact(market: LiveMarket, dataset: str, column: str) -> int:
    """The sum that both shares open to without noise."""
    holding = read_holding(market.home, dataset, 1)
    record, chosen = holding.manifest.record, holding.parameters
    kept = read_constants(market.home, record, [column])[column]
    platform = sum_of_constants(record, Output(column, (column,)), chosen)
    opened = combine(platform, sum_residues(kept, chosen), chosen)
    whole, rest = divmod(opened, chosen.unit(1))
    assert rest == 0
    return whole


def asked(dataset: str, **statistics: object) -> Plan:
    named = (NamedStatistic(name, 1, one) for name, one in statistics.items())  # type: ignore[arg-type]
    return Plan(3, (dataset,), "gaussian", tuple(named))


def manifest(market: LiveMarket, dataset: str) -> Manifest:
    return market.catalogue.dataset(dataset).manifest.record


def test_policy_without_products_encrypts_for_sums_in_twelve_bytes_a_value(
    market: LiveMarket,
) -> None:
    market.publish("sums", text=declaration("sums", recomputation="false"))
    record = manifest(market, "sums")
    assert (record.parameters, record.parameters_digest) == ("SUMS", SUMS.digest())
    sizes = {chunk.size_bytes for column in record.columns for chunk in column.chunks}
    assert sizes == {64 + 64 + 12 * 8192}
    job = market.released(asked("sums", people=Count(), visits=Sum(Column("visits"))), "sums")
    assert market.value(job, "#valid") == pytest.approx(300, abs=60)


def test_product_on_a_table_for_sums_is_refused_and_nothing_is_spent(market: LiveMarket) -> None:
    market.publish("alone", text=declaration("alone", recomputation="false"))
    plan = asked("alone", both=Covariance(Column("visits"), Column("insured")))
    with pytest.raises(AssertionError, match="encrypted for sums alone"):
        market.planned(plan, "alone")


def test_levels_above_sixty_four_have_shares_and_no_ciphertext(market: LiveMarket) -> None:
    market.publish("wide", text=wide("wide"), table=WIDE_TABLE)
    record = manifest(market, "wide")
    assert record.parameters == "PRODUCTS"
    without = [column.name for column in record.columns if not column.chunks]
    assert without == [f"code={level}" for level in (*LEVELS, "OTHER")]
    assert {len(record.column(name).constants) for name in without} == {8 * 5}
    holding = read_holding(market.home, "wide", 1)
    schema = holding.listing.record.schema
    assert without == [one.id for one in schema.factors if schema.is_only_summed(one)]
    job = market.released(asked("wide", codes=Histogram("code"), people=Count()), "wide")
    assert market.value(job, "code=c3") == pytest.approx(40, abs=60)
    assert market.value(job, "code=OTHER") == pytest.approx(20, abs=60)
    counts = [exact(market, "wide", f"code={level}") for level in ("c3", "OTHER", "c69")]
    assert counts == [40, 20, 0]


def test_counted_level_is_not_multiplied(market: LiveMarket) -> None:
    market.publish("counted", text=wide("counted"), table=WIDE_TABLE)
    plan = asked("counted", grouped=GroupBy(("code",), Sum(Column("visits"))))
    with pytest.raises(AssertionError, match="kept as sums only"):
        market.planned(plan, "counted")


@pytest.mark.parametrize(("recomputation", "sets"), [("true", "PRODUCTS"), ("false", "SUMS")])
def test_counted_bins_have_shares_and_answer_medians(
    market: LiveMarket, recomputation: str, sets: str
) -> None:
    dataset = f"bins-{sets.lower()}"
    text = declaration(dataset, recomputation=recomputation)
    binned = text.replace('"midpoint"', '"midpoint"\nbins = [0, 2, 5, 10]\nonly_summed = true')
    sold = binned.replace('"covariance"]', '"quantile", "histogram"]')
    market.publish(dataset, text=sold)
    record = manifest(market, dataset)
    assert record.parameters == sets
    without = [column.name for column in record.columns if not column.chunks]
    bins = ("%5B0%2C%202%29", "%5B2%2C%205%29", "%5B5%2C%2010%5D")
    assert without == [f"visits.bin={one}" for one in bins]
    # Each of 0 to 10 is there 27 times, the first three once more.
    assert [exact(market, dataset, name) for name in without] == [56, 82, 162]
    median = Quantile("visits", ("0.5",))
    job = market.released(asked(dataset, bins=Histogram("visits"), median=median), dataset)
    assert market.value(job, without[2]) == pytest.approx(162, abs=60)


def only_summed(text: str) -> set[str]:
    schema = parse_declaration(text).schema
    return {factor.id for factor in schema.factors if schema.is_only_summed(factor)}


def test_owner_says_whether_levels_are_only_counted() -> None:
    meaning = 'meaning = "Why they came"'
    multiplied = wide("both").replace(meaning, f"only_summed = false\n{meaning}")
    assert only_summed(multiplied) == set()
    few = wide("both").replace(repr(LEVELS), '["a", "b"]')
    assert only_summed(few) == set()
    counted = few.replace('["a", "b"]', '["a", "b"]\nonly_summed = true')
    assert only_summed(counted) == {"code=a", "code=b", "code=OTHER"}


def test_need_follows_the_policy_unless_it_is_said() -> None:
    sells, does_not = (declaration(recomputation=word) for word in ("true", "false"))
    assert parse_declaration(sells).parameters(None) is PRODUCTS
    assert parse_declaration(does_not).parameters(None) is SUMS
    said = 'encrypted_for = "products"\n'
    assert parse_declaration(said + does_not).parameters(None) is PRODUCTS
    with pytest.raises(Refused, match="sells products of columns"):
        parse_declaration('encrypted_for = "sums"\n' + sells)
    with pytest.raises(Refused, match="encrypted_for is 'slots'"):
        parse_declaration('encrypted_for = "slots"\n' + sells)


def test_a_key_for_products_goes_on_and_one_for_sums_does_not_grow(market: LiveMarket) -> None:
    market.publish("less", text=declaration("less"))
    market.publish(
        "less", text=declaration("less", recomputation="false"), table=TABLE + "p,1,yes\n"
    )
    assert manifest(market, "less").parameters == "PRODUCTS"
    market.publish("more", text=declaration("more", recomputation="false"))
    with pytest.raises(Refused, match="key-for-sums"):
        market.publish("more", text=declaration("more"), table=TABLE + "p,1,yes\n")
    assert manifest(market, "more").version == 1
