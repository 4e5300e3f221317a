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

import numpy as np
from numpy.typing import NDArray

from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.joint_noise import MOST_OUTPUTS, Law, joint_noise
from crypto.mpc import field
from crypto.mpc.noise import draw_noise
from crypto.mpc.party import Party
from crypto.mpc.primitives import share
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

    async def run(self, party: Party, blocks: Sequence[bytes]) -> NDArray[np.uint64]:
        """This member's shares of the sums.

        Raises:
            SessionAborted: the session ended early.
            FormatError: the block is no vector of the right length.
            ParameterError: values beyond half the prime, or noise the field does not hold.
        """
        secret = field.add(field.from_signed(self._values(blocks)), self._noise(party))
        if not party.is_verified:
            counts = dict.fromkeys(range(1, party.members + 1), secret.size)
            dealt = await share(party, counts, secret)
        else:
            counts = dict.fromkeys(range(1, party.members + 1), secret.size + 1)
            masked = await share(party, counts, with_mask(secret, party))
            dealt = await check_dealings(party, masked)
        return field.weighted(np.stack(list(dealt.values())), [1] * len(dealt))

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

    def _noise(self, party: Party) -> field.Elements:
        noises = [
            joint_noise(self.law, scale, members=party.members, threshold=party.threshold)
            for scale in self.scales_squared
        ]
        entropy = party.entropy(NOISE_KEY_BYTES)
        return field.from_signed(draw_noise(noises, point=party.point, entropy=entropy))


def make_union(arguments: Json) -> Union:
    """The program of its public arguments.

    Raises:
        FormatError: other arguments than it takes.
    """
    law, scales = members_of(arguments, "law", "scales_squared")
    if not isinstance(scales, list) or not 1 <= len(scales) <= MOST_OUTPUTS:
        raise FormatError(f"scales_squared is no list of 1 to {MOST_OUTPUTS}")
    return Union(as_law(law), tuple(as_scale_squared(scale) for scale in scales))
