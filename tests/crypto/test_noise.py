"""Statistical tests draw real randomness; each fails by chance once in 10^6 runs or less."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Callable
from math import isqrt

import numpy as np
import opendp.prelude as dp
import pytest
from scipy import stats

from crypto.errors import ParameterError
from crypto.ladder import Ladder
from crypto.noise import (
    DerivedBits,
    derive_noise,
    noise_at,
    noise_commitment,
    sample_gaussian,
    sample_laplace,
    uniform_below,
)
from crypto.secret import Secret

dp.enable_features("contrib")

ALPHA = 1e-6
KEY = Secret(bytes(range(32)))
CONTEXT = {
    "manifest_hash": "m" * 64,
    "output": "age",
    "ladder": Ladder("gaussian", reach=2**50, bound=53),
    "rung": -8,
}
LAPLACE = Ladder("laplace", reach=2**50, bound=53)


class SystemBits:
    """The operating system's randomness."""

    def bits(self, count: int) -> int:
        return secrets.randbits(count)


def fresh_bits() -> DerivedBits:
    return DerivedBits(Secret(secrets.token_bytes(32)))


def noise(**changes: object) -> int:
    return derive_noise(KEY, **{**CONTEXT, **changes})  # type: ignore[arg-type]


def chi_square_p(drawn: list[int], weight: Callable[[int], float]) -> float:
    """p of a chi-square test of integers against the law with these weights, tails pooled."""
    support = range(-400, 401)
    total = math.fsum(weight(x) for x in support)
    expected = {x: len(drawn) * weight(x) / total for x in support}
    kept = [x for x in support if expected[x] >= 10]
    counts = Counter(drawn)
    observed = [counts[x] for x in kept]
    wanted = [expected[x] for x in kept]
    observed.append(len(drawn) - sum(observed))
    wanted.append(len(drawn) - math.fsum(wanted))
    if wanted[-1] < 5:
        tail_o, tail_w = observed.pop(), wanted.pop()
        observed[0] += tail_o
        wanted[0] += tail_w
    return float(stats.chisquare(observed, wanted).pvalue)


@pytest.mark.parametrize("scale_squared", [1, 2, 7, 30])
def test_gaussian_has_the_discrete_gaussian_s_law(scale_squared: int) -> None:
    bits = fresh_bits()
    drawn = [sample_gaussian(scale_squared, bits) for _ in range(20_000)]
    assert chi_square_p(drawn, lambda x: math.exp(-x * x / (2 * scale_squared))) > ALPHA


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_laplace_has_the_discrete_laplace_s_law(scale: int) -> None:
    bits = fresh_bits()
    drawn = [sample_laplace(scale, bits) for _ in range(20_000)]
    assert chi_square_p(drawn, lambda x: math.exp(-abs(x) / scale)) > ALPHA


def test_test_of_the_law_notices_a_wrong_scale() -> None:
    bits = fresh_bits()
    drawn = [sample_gaussian(8, bits) for _ in range(20_000)]
    assert chi_square_p(drawn, lambda x: math.exp(-x * x / 14)) < ALPHA
    twice_zero = [x for x in drawn for _ in range(2 if x == 0 else 1)]
    assert chi_square_p(twice_zero, lambda x: math.exp(-x * x / 16)) < ALPHA


@pytest.mark.parametrize("limit", [2, 3, 10, 257])
def test_uniform_integers_are_uniform(limit: int) -> None:
    bits = fresh_bits()
    counts = Counter(uniform_below(limit, bits) for _ in range(20_000))
    assert set(counts) <= set(range(limit))
    assert stats.chisquare([counts[x] for x in range(limit)]).pvalue > ALPHA


@pytest.mark.parametrize("scale_log2", [40, 98])
def test_wide_gaussian_is_normal_and_fills_its_low_bits(scale_log2: int) -> None:
    bits = fresh_bits()
    scale = 2**scale_log2
    drawn = [sample_gaussian(scale * scale, bits) for _ in range(6_000)]
    assert stats.kstest([x / scale for x in drawn], "norm").pvalue > ALPHA
    low = np.bincount([x & 1023 for x in drawn], minlength=1024)
    assert stats.chisquare(low).pvalue > ALPHA


def test_wide_laplace_is_laplacian_and_fills_its_low_bits() -> None:
    bits = fresh_bits()
    scale = 2**40 + 12_345
    drawn = [sample_laplace(scale, bits) for _ in range(10_000)]
    assert stats.kstest([x / scale for x in drawn], "laplace").pvalue > ALPHA
    low = np.bincount([x & 1023 for x in drawn], minlength=1024)
    assert stats.chisquare(low).pvalue > ALPHA


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
@pytest.mark.parametrize("scale", [3, 2**30])
def test_samplers_agree_with_opendp_s(law: str, scale: int) -> None:
    count = 10_000
    domain = dp.vector_domain(dp.atom_domain(T=dp.i64))
    if law == "gaussian":
        theirs = dp.m.make_gaussian(domain, dp.l2_distance(T=dp.i64), scale=float(scale))
    else:
        theirs = dp.m.make_laplace(domain, dp.l1_distance(T=dp.i64), scale=float(scale))
    bits = SystemBits()
    sample = {
        "gaussian": lambda: sample_gaussian(scale * scale, bits),
        "laplace": lambda: sample_laplace(scale, bits),
    }[law]
    ours = [sample() for _ in range(count)]
    # With ties the two-sample test is conservative, so it still never fails by chance.
    assert stats.ks_2samp(ours, theirs([0] * count)).pvalue > ALPHA


@pytest.mark.parametrize("rho", [0.01, 0.5, 3.0])
def test_zcdp_of_a_scale_is_opendp_s_map(rho: float) -> None:
    sensitivity = 2**43 + 2 * 53 * 245
    scale_squared = math.ceil(sensitivity**2 / (2 * rho))
    gaussian = dp.m.make_gaussian(
        dp.vector_domain(dp.atom_domain(T=dp.i64)),
        dp.l2_distance(T=dp.i64),
        scale=math.sqrt(scale_squared),
    )
    assert gaussian.map(sensitivity) == pytest.approx(rho, rel=1e-9)


def test_same_sum_at_the_same_scale_has_the_same_noise() -> None:
    assert noise() == noise()
    assert noise(ladder=LAPLACE) == noise(ladder=LAPLACE)


@pytest.mark.parametrize(
    "change",
    [
        {"manifest_hash": "n" + "m" * 63},
        {"output": "age "},
        {"ladder": LAPLACE},
        {"ladder": Ladder("gaussian", reach=2**50 + 1, bound=53)},
        {"ladder": Ladder("gaussian", reach=2**50, bound=54)},
        {"rung": -9},
    ],
)
def test_any_changed_field_changes_the_noise(change: dict[str, object]) -> None:
    assert noise(**change) != noise()


def test_another_key_or_version_changes_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    before = noise()
    other = Secret(bytes(range(1, 33)))
    assert derive_noise(other, **CONTEXT) != before  # type: ignore[arg-type]
    monkeypatch.setattr("crypto.noise.VERSION", 4)
    assert noise() != before


def test_fields_cannot_run_into_each_other() -> None:
    assert noise(manifest_hash="ab", output="c") != noise(manifest_hash="a", output="bc")


def test_noise_over_many_questions_has_the_asked_width() -> None:
    # Rung -8 is rho 1/4: sigma is sqrt 2 times the reach, and b likewise.
    scale = math.sqrt(2) * 2**50
    drawn = [noise(output=str(i)) / scale for i in range(1_000)]
    wide = [noise(output=str(i), ladder=LAPLACE) / scale for i in range(1_000)]
    keys = [derive_noise(Secret(secrets.token_bytes(32)), **CONTEXT) / scale for _ in range(1_000)]  # type: ignore[arg-type]
    assert stats.kstest(drawn, "norm").pvalue > ALPHA
    assert stats.kstest(keys, "norm").pvalue > ALPHA
    assert stats.kstest(wide, "laplace").pvalue > ALPHA


def test_derived_noise_is_frozen_by_version() -> None:
    """A change of these integers is a change of VERSION: old receipts must stay recomputable."""
    assert noise() == 1_796_662_984_396_128
    assert noise(ladder=LAPLACE) == -2_061_346_142_382_235


def test_stream_is_aes_ctr_in_whole_bytes() -> None:
    first, second = DerivedBits(KEY), DerivedBits(KEY)
    assert [first.bits(3), first.bits(9)] == [second.bits(8) >> 5, second.bits(16) >> 7]
    assert first.bits(0) == 0


def test_rung_above_the_flooding_floor_is_refused() -> None:
    ladder = Ladder("gaussian", reach=2**50, bound=2**20)
    noise(ladder=ladder, rung=ladder.highest)
    with pytest.raises(ParameterError, match="expected at most"):
        noise(ladder=ladder, rung=ladder.highest + 1)


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_noise_of_a_lower_rung_is_that_of_a_higher_one_with_more_added(law: str) -> None:
    """So that both cost what the higher one does: of the lower one's error the higher one's is a
    part, and what was added is independent of it."""
    ladder = Ladder(law, reach=2**50, bound=53)  # type: ignore[arg-type]
    high, low = (
        np.array([noise(output=str(i), ladder=ladder, rung=rung) for i in range(1_000)]) / 2**50
        for rung in (0, -16)
    )
    added = low - high
    assert abs(stats.spearmanr(added, high).statistic) < 0.16
    assert np.var(low) == pytest.approx(4 * np.var(high), rel=0.35)
    assert np.var(added) == pytest.approx(3 * np.var(high), rel=0.35)


@pytest.mark.parametrize(
    ("reach", "rung"),
    [
        (1, -16),
        pytest.param(3, -8, marks=pytest.mark.nightly),
        pytest.param(2, -21, marks=pytest.mark.nightly),
    ],
)
def test_laplace_noise_has_its_law_after_every_step(reach: int, rung: int) -> None:
    ladder = Ladder("laplace", reach=reach, bound=0)
    scale = isqrt(ladder.scale_squared(rung))
    bits = fresh_bits()
    drawn = [noise_at(ladder, rung, bits) for _ in range(20_000)]
    assert chi_square_p(drawn, lambda x: math.exp(-abs(x) / scale)) > ALPHA


def test_gaussian_noise_has_its_law_after_many_steps() -> None:
    ladder = Ladder("gaussian", reach=2, bound=0)
    scale_squared = ladder.scale_squared(-24)
    bits = fresh_bits()
    drawn = [noise_at(ladder, -24, bits) for _ in range(5_000)]
    assert chi_square_p(drawn, lambda x: math.exp(-x * x / (2 * scale_squared))) > ALPHA


def test_unknown_law_short_key_and_empty_ranges_are_refused() -> None:
    with pytest.raises(ParameterError, match="law"):
        Ladder("none", 1, 0)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="32"):
        derive_noise(Secret(b"short"), **CONTEXT)  # type: ignore[arg-type]
    for refuse in (sample_gaussian, sample_laplace, uniform_below):
        with pytest.raises(ParameterError, match="at least 1"):
            refuse(0, SystemBits())


def test_commitment_binds_the_key_and_is_no_stream_key() -> None:
    assert noise_commitment(KEY) == noise_commitment(Secret(bytes(range(32))))
    assert noise_commitment(KEY) != noise_commitment(Secret(bytes(32)))
    assert len(noise_commitment(KEY)) == 64
    with pytest.raises(ParameterError, match="32"):
        noise_commitment(Secret(b""))
