"""The portal's users as Airflow asks for them: at every request, from the portal's own store.

Nothing is cached: whatever ends in the portal (a session, a user, a role, a membership) ends here
with the next request, as Airflow's own list of revoked tokens is read at every request too.
"""

from __future__ import annotations

from collections.abc import Callable

from market.airflow.names import PLATFORM_USER
from market.airflow.single_sign_on.rights import PLATFORM, Standing, standing_of
from market.entities.people import User
from market.errors import NotFound
from market.ports.consortia import Consortia
from market.ports.people import People


class KnownUsers:
    """Standings by user id and session.

    Args:
        people: opens the portal's users.
        consortia: opens its consortia.
        clock: unix seconds.
    """

    def __init__(
        self,
        people: Callable[[], People],
        consortia: Callable[[], Consortia],
        clock: Callable[[], int],
    ) -> None:
        self._people = people
        self._consortia = consortia
        self._clock = clock

    def standing(self, user: str, session: str) -> Standing | None:
        """None for a user who is not known or not active, or whose session has ended.

        Args:
            session: the hash of the portal session a token came from; empty where the platform
                acts on the user's behalf.
        """
        if user == PLATFORM_USER:
            return PLATFORM
        found = self._in_session(user, session) if session else self._by_name(user)
        if found is None or not found.is_active:
            return None
        return standing_of(found, self._consortia().of_organisation(found.organisation))

    def _in_session(self, user: str, session: str) -> User | None:
        found = self._people().hashed_session_user(session, now=self._clock())
        return found if found is not None and found.user == user else None

    def _by_name(self, user: str) -> User | None:
        try:
            return self._people().user(user)
        except NotFound:
            return None
