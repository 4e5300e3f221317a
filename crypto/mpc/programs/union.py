"""Members add vectors: each knows its own rows, and what comes out is the sum over all rows.

Rules: a member computes its sums at home, in the clear; the program adds that member's noise to
them and deals the vector once. The shares of the total are what every member returns: one exchange,
whatever the number of outputs, and nothing is opened. Verified, the dealings are checked before a
share leaves. A member can give false sums of its own rows: that spoils the result, and shows
nothing of another's.

Public arguments, in canonical JSON:

    {"law": "gaussian", "scales_squared": ["1048576", ...]}

one scale for each output: what the noise of the honest members alone must have
(crypto.joint_noise). Secret blocks: one of little-endian int64 for each output, or none at a member
without data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.joint_noise import MOST_OUTPUTS, Law, joint_noise
from crypto.mpc import field
from crypto.mpc.field import Elements
from crypto.mpc.noise import draw_noise
from crypto.mpc.party import Party, Place
from crypto.mpc.primitives import share
from crypto.mpc.program import Computation, Entropy
from crypto.mpc.programs.arguments import as_law, as_scale_squared, members_of
from crypto.mpc.verified import check_dealings, with_mask
from crypto.noise import NOISE_KEY_BYTES


@dataclass(frozen=True, slots=True)
class Union:
    """The sum of all members' vectors, and of their noise (crypto.mpc.program.Program)."""

    law: Law
    scales_squared: tuple[int, ...]

    @property
    def needs_verification(self) -> bool:
        """Never: a lie moves the sum, which a member's own numbers can do as well."""
        return False

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        """Add the noise to this member's vector.

        Raises:
            FormatError: the block is no vector of the right length.
            ParameterError: values beyond half the prime, or noise the field does not hold.
        """
        values = field.from_signed(self._values(blocks))
        return partial(_add_up, field.add(values, self._noise(place, entropy)))

    def to_json(self) -> Json:
        """The public arguments."""
        return {"law": self.law, "scales_squared": [str(scale) for scale in self.scales_squared]}

    def _values(self, blocks: Sequence[bytes]) -> field.Signed:
        outputs = len(self.scales_squared)
        if not blocks:
            return np.zeros(outputs, np.int64)
        if len(blocks) != 1 or len(blocks[0]) != 8 * outputs:
            raise FormatError(
                f"blocks have {[len(block) for block in blocks]} bytes, expected [{8 * outputs}]"
            )
        return np.frombuffer(blocks[0], "<i8").astype(np.int64)

    def _noise(self, place: Place, entropy: Entropy) -> Elements:
        noises = [
            joint_noise(self.law, scale, members=place.members, threshold=place.threshold)
            for scale in self.scales_squared
        ]
        drawn = draw_noise(noises, point=place.point, entropy=entropy(NOISE_KEY_BYTES))
        return field.from_signed(drawn)


async def _add_up(secret: Elements, party: Party) -> Elements:
    points = range(1, party.members + 1)
    if not party.is_verified:
        dealt = await share(party, dict.fromkeys(points, secret.size), secret)
    else:
        counts = dict.fromkeys(points, secret.size + 1)
        masked = await share(party, counts, with_mask(secret, party))
        dealt = await check_dealings(party, masked)
    return field.weighted(np.stack(list(dealt.values())), [1] * len(dealt))


def make_union(arguments: Json) -> Union:
    """The program of its public arguments.

    Raises:
        FormatError: other arguments than it takes.
    """
    law, scales = members_of(arguments, "law", "scales_squared")
    if not isinstance(scales, list) or not 1 <= len(scales) <= MOST_OUTPUTS:
        raise FormatError(f"scales_squared is no list of 1 to {MOST_OUTPUTS}")
    return Union(as_law(law), tuple(as_scale_squared(scale) for scale in scales))
