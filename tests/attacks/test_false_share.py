"""A member hands the recipient another share than it holds, and so another result.

Nothing in the session can show it: the lie is told after it, to the recipient alone. t + 1 shares
would open to the liar's number; all of them do not fit together.
"""

from __future__ import annotations

import pytest
from world.local_parties import run_together

from crypto.mpc.programs.union import Union
from crypto.shamir import PRIME, interpolate


@pytest.mark.parametrize(("members", "threshold"), [(3, 1), (4, 1), (5, 2), (7, 2), (9, 4)])
@pytest.mark.parametrize("is_verified", [False, True])
def test_recipient_does_not_take_the_liar_s_number(
    members: int, threshold: int, is_verified: bool
) -> None:
    program = Union("gaussian", (10**6,))
    ended = run_together(
        program,
        {},
        members=members,
        threshold=threshold,
        is_verified=is_verified,
    )
    shares = {point: int(vector[0]) for point, vector in ended.shares.items()}
    true = interpolate(shares, members=members, threshold=threshold)
    assert true.is_consistent
    for liar, share in shares.items():
        false = shares | {liar: (share + 10**12) % PRIME}
        opened = interpolate(false, members=members, threshold=threshold)
        assert not opened.is_consistent
        if members >= 3 * threshold + 1:
            assert (opened.value, opened.liars) == (true.value, (liar,))
        else:
            assert opened.liars == ()
