"""How much noise each member adds, so that the honest ones' alone protects the people in the data.

Rules: up to t members and the recipient put together what they know: their own noise and the opened
sum. What protects is the noise of the h = m - t members that are left, whichever they are; it must
have the scale that the quote was made for. All members being honest, more noise is in the sum than
that, and the error that is quoted is of all of it.

gaussian: each of the m members draws a discrete Gaussian of variance s = ceil(sigma^2 / h). A sum
of h of them is no discrete Gaussian, but close to that of variance h s >= sigma^2: Kairouz, Liu and
Steinke, "The Distributed Discrete Gaussian Mechanism for Federated Learning with Secure
Aggregation" (ICML 2021, arXiv:2102.06387, proposition 14). For s >= 1/4 and d outputs,

    D_alpha <= alpha Delta^2 / (2 h s) + tau d,   tau = 10 sum_{k=1}^{h-1} exp(-2 pi^2 s k/(k+1)),

and alpha > 1, so the release is zCDP with rho = Delta^2 / (2 h s) + tau d. Outputs of several
scales compose to the sum of their terms. No share is drawn below s = 5. Then every one of the at
most seven terms of tau (h <= 8) is at most exp(-pi^2 s) < exp(-49) < 2^-70, and

    tau d < 10 * 7 * 2^-70 * 2^20 < 2^-43 < 10^-12        for d <= 2^20 outputs:

one unit of 10^-12, charged once, pays for all of them.

laplace: each of the first t + 1 members draws a discrete Laplace of the whole scale. At least one
of any t + 1 members is honest, and what is added to that one's noise is post-processing: pure
epsilon, without an allowance. (`decisions/0003`: why not Pólya or Skellam.)

    >>> joint_noise("gaussian", 2**60, members=3, threshold=1)
    JointNoise(law='gaussian', share_scale_squared=576460752303423488, contributors=3)
    >>> joint_noise("laplace", 2**60, members=5, threshold=2).contributors
    3
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Literal

from crypto.errors import ParameterError
from crypto.shamir import check_threshold

Law = Literal["gaussian", "laplace"]

FLOOR_SQUARED = 5
"""The smallest variance of a member's discrete Gaussian."""
MOST_OUTPUTS = 1 << 20
"""Of one run: so many the allowance covers."""
TAIL_SCALES = 40


@dataclass(frozen=True, slots=True)
class JointNoise:
    """The noise of one output: what one member draws, and how many of them do.

    Attributes:
        share_scale_squared: sigma^2 of a member's discrete Gaussian, or b^2 of a member's discrete
            Laplace, in lattice units.
        contributors: the members at points 1 to this one draw.
    """

    law: Law
    share_scale_squared: int
    contributors: int

    @property
    def scale(self) -> int:
        """b of a member's discrete Laplace, sigma of a member's discrete Gaussian rounded up."""
        return _root_up(self.share_scale_squared)

    @property
    def variance(self) -> int:
        """Of all members' noise together, at most, in lattice units squared."""
        # A discrete Gaussian's variance is at most sigma^2, a discrete Laplace's below 2 b^2
        # (Canonne, Kamath and Steinke, NeurIPS 2020).
        each = self.share_scale_squared * (2 if self.law == "laplace" else 1)
        return self.contributors * each

    @property
    def tail(self) -> int:
        """All members' noise together passes it with probability below 2^-50, in lattice units."""
        if self.law == "laplace":
            # Each passes 40 scales with probability below 2 exp(-40) < 2^-56, and they are at most
            # five.
            return self.contributors * TAIL_SCALES * self.scale
        # A discrete Gaussian is sub-Gaussian (the same), and so is a sum: below 2 exp(-800).
        return TAIL_SCALES * _root_up(self.variance)


def joint_noise(law: Law, scale_squared: int, *, members: int, threshold: int) -> JointNoise:
    """The members' noise whose honest part alone has the scale `scale_squared`: sigma^2 of a
    discrete Gaussian, or b^2 of a discrete Laplace, in lattice units.

    Raises:
        ParameterError: members, threshold, law or scale outside their range, or a Laplace scale
            that is no square.
    """
    check_threshold(members, threshold)
    if scale_squared < 1:
        raise ParameterError(f"noise scale squared is {scale_squared}, expected at least 1")
    if law == "gaussian":
        honest = members - threshold
        share = max(-(-scale_squared // honest), FLOOR_SQUARED)
        return JointNoise(law, share, members)
    if law == "laplace":
        if isqrt(scale_squared) ** 2 != scale_squared:
            raise ParameterError(f"Laplace scale squared is {scale_squared}, expected a square")
        return JointNoise(law, scale_squared, threshold + 1)
    raise ParameterError(f"noise law is {law!r}, expected gaussian or laplace")


def allowance_rho_units(law: Law, outputs: int) -> int:
    """What a run is charged beyond its scales, in units of 10^-12, for noise drawn in shares.

    Raises:
        ParameterError: more outputs than it covers.
    """
    if not 0 <= outputs <= MOST_OUTPUTS:
        raise ParameterError(f"{outputs} outputs, expected at most {MOST_OUTPUTS}")
    return 1 if law == "gaussian" and outputs else 0


def _root_up(square: int) -> int:
    return isqrt(square - 1) + 1
