"""Which grant counts: the newest of a buyer, and none once that one is gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from world.builders import DAY, NOW, a_grant
from world.people import fingerprint

from market.policy.listing.entitlement import grant_in_force, grant_states

SOME_GRANTS = st.lists(
    st.tuples(st.sampled_from(["bob", "eve"]), st.integers(1, 5), st.integers(6, 9)), max_size=8
).map(
    lambda drawn: [
        a_grant(buyer, grant=f"g{place}", issued_at=NOW + issued, expires_at=NOW + ends)
        for place, (buyer, issued, ends) in enumerate(drawn)
    ]
)


def test_states_tell_what_became_of_each_grant() -> None:
    grants = [
        a_grant("bob", grant="first", issued_at=NOW - 3),
        a_grant("bob", grant="taken-back", issued_at=NOW - 2),
        a_grant("bob", grant="newest", issued_at=NOW - 1),
        a_grant("eve", grant="over", issued_at=NOW - 3, expires_at=NOW),
    ]
    assert grant_states(grants, {"taken-back"}, now=NOW) == {
        "first": "replaced",
        "taken-back": "revoked",
        "newest": "live",
        "over": "expired",
    }


def test_grant_that_ends_later_does_not_outlive_the_one_given_after_it() -> None:
    generous = a_grant("bob", grant="generous", issued_at=NOW - 2, expires_at=NOW + 300 * DAY)
    careful = a_grant("bob", grant="careful", issued_at=NOW - 1, expires_at=NOW + DAY)
    bob = fingerprint("bob")
    assert grant_in_force([generous, careful], (), bob, now=NOW) == careful
    assert grant_in_force([generous, careful], {"careful"}, bob, now=NOW) is None
    assert grant_in_force([generous, careful], (), bob, now=NOW + DAY) is None


@given(SOME_GRANTS, st.sets(st.integers(0, 7)), st.randoms(use_true_random=False))
def test_at_most_one_grant_of_a_buyer_lives_in_whatever_order_they_come(grants, gone, random):  # type: ignore[no-untyped-def]
    revoked = {f"g{place}" for place in gone}
    states = grant_states(grants, revoked, now=NOW + 7)
    shuffled = random.sample(grants, len(grants))
    assert grant_states(shuffled, revoked, now=NOW + 7) == states
    for name in ("bob", "eve"):
        own = [grant for grant in grants if grant.buyer == fingerprint(name)]
        live = [grant for grant in own if states[grant.grant] == "live"]
        newest = max(own, key=lambda grant: (grant.issued_at, grant.grant), default=None)
        assert live in ([], [newest])
        in_force = grant_in_force(shuffled, revoked, fingerprint(name), now=NOW + 7)
        assert in_force == (live[0] if live else None)
