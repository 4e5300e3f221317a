"""Attack: deal one set of members two keys, so that their joint randomness lies on no polynomial.

The dealer agrees with each holder about the key it gave to them; only the holders among themselves
can see that they hold two.
"""

from __future__ import annotations

from contextlib import ExitStack

from world.mpc_members import Cast, Intruder, blame, frame, next_frame, worker


def test_holders_of_two_keys_for_one_set_end_the_session() -> None:
    cast = Cast.of(4)
    with ExitStack() as stack:
        members = [
            stack.enter_context(worker(cast.session(point, is_verified=True)))
            for point in (2, 3, 4)
        ]
        intruder = stack.enter_context(Intruder(cast, 1))
        links = [intruder.join(2, keys=b"\x01" * 16 + intruder.keys(2)[16:])]
        links += [intruder.join(point) for point in (3, 4)]
        for link in links:
            while (came := next_frame(link)) is not None and not came[0].round:
                pass
            assert came is not None
            # Each hears that the dealer holds just what it was dealt.
            link.sendall(frame(came[0].kind, 1, came[1]))
        for member in members:
            assert blame(member.until_met()) == ("prepare", 0, "keys-differ")
