"""Airflow's auth manager, over the portal's users (setting [core] auth_manager).

A token says who somebody is and which portal session it came from, nothing else. Both are looked up
at every request, so sign-out, a new password, deactivation and a right taken away in the portal all
hold here at once, whatever the token's own expiry says.
"""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.common.types import MenuItem
from fastapi import FastAPI

from market import settings as settings_module
from market.adapters.platform_secrets import SIGN_ON, rotated_secret
from market.airflow.single_sign_on import rights
from market.airflow.single_sign_on.known_users import KnownUsers
from market.airflow.single_sign_on.rights import Standing
from market.airflow.single_sign_on.routes import SignOn
from market.database.platform import PlatformDatabase, open_platform_database
from market.errors import NotPermitted
from market.ports.consortia import Consortia
from market.ports.people import People
from market.ports.shared_state import RedeemedCodes
from market.settings import Settings

ACTING_SECONDS = 60
"""How long the platform's tokens live: for one deed on a user's behalf, or until it asks again."""


class MarketUser(BaseUser):  # type: ignore[misc] # Airflow's classes are not checked
    """A portal user in one session, or the platform itself."""

    def __init__(self, standing: Standing, session: str) -> None:
        self.standing = standing
        self.session = session

    def get_id(self) -> str:
        """The portal's user id: the `sub` of a token."""
        return self.standing.user

    def get_name(self) -> str:
        """The user id: Airflow notes this name as who triggered a run, so it must identify."""
        return self.standing.user


class MarketAuthManager(BaseAuthManager[MarketUser]):  # type: ignore[misc] # see above
    """Rights are in `rights`, beside this; this class translates Airflow's questions."""

    def __init__(self) -> None:
        super().__init__()
        self._known = KnownUsers(self._people, self._consortia, self._now)

    @functools.cached_property
    def _settings(self) -> Settings:
        return settings_module.load(Path(os.environ["MARKET_HOME"]), os.environ)

    @functools.cached_property
    def _opened(self) -> PlatformDatabase:
        return open_platform_database(self._settings.platform_database_url)

    def _people(self) -> People:
        return self._opened.people

    def _consortia(self) -> Consortia:
        return self._opened.consortia

    def _redeemed(self) -> RedeemedCodes:
        return self._opened.redeemed

    def _now(self) -> int:
        return int(time.time())

    def serialize_user(self, user: MarketUser) -> dict[str, Any]:
        """What a token says of its user: id and session, no right."""
        return {"sub": user.get_id(), "session": user.session}

    def deserialize_user(self, token: dict[str, Any]) -> MarketUser:
        """The user of a token, as they stand now at the portal.

        Raises:
            KeyError: a token without user or session; ValueError: one of them is no longer good.
                Airflow answers both with 403.
        """
        user, session = str(token["sub"]), str(token["session"])
        standing = self._known.standing(user, session)
        if standing is None:
            raise ValueError("the user is not known or not active, or the session has ended")
        return MarketUser(standing, session)

    def token_of(self, user: str, session: str) -> str:
        """An access token. One without a session is good for a minute: the platform's, acting.

        Raises:
            NotPermitted: the user is not known or not active, or the session has ended.
        """
        standing = self._known.standing(user, session)
        if standing is None:
            raise NotPermitted(
                "user-inactive",
                f"User {user} is not known or not active, or the session has ended.",
                "Sign in to the portal again, or ask the administrator.",
            )
        lifetime = {} if session else {"expiration_time_in_seconds": ACTING_SECONDS}
        token: str = self.generate_jwt(MarketUser(standing, session), **lifetime)
        return token

    def get_url_login(self, **kwargs: Any) -> str:
        """Where Airflow sends a browser that is not signed on."""
        next_url = kwargs.get("next_url")
        return "/auth/login" + (f"?{urlencode({'next': next_url})}" if next_url else "")

    def get_url_logout(self) -> str | None:
        """The portal's start page: Airflow's login page would sign its user straight on again."""
        return f"{self._settings.portal_url}/"

    def get_fastapi_app(self) -> FastAPI:
        """The routes that Airflow mounts under /auth."""
        secret = rotated_secret(self._settings, SIGN_ON)
        portal = self._settings.portal_url
        return SignOn(self._people, self._redeemed, self.token_of, secret, portal, self._now).app()

    def is_authorized_dag(
        self,
        *,
        method: Any,
        user: MarketUser,
        access_entity: Any = None,
        details: Any = None,
    ) -> bool:
        """Whether a request to a DAG, or to an entity of it, passes (`rights.may_use_dag`)."""
        return rights.may_use_dag(
            user.standing,
            str(method),
            access_entity.value if access_entity else None,
            details.id if details else None,
        )

    def filter_authorized_dag_ids(
        self,
        *,
        dag_ids: set[str],
        user: MarketUser,
        method: Any = "GET",
        team_name: str | None = None,  # noqa: ARG002 - Airflow's signature
    ) -> set[str]:
        """Of some DAGs, those the user may do `method` to: lists hold no others."""
        who = user.standing
        return {dag for dag in dag_ids if rights.may_use_dag(who, str(method), None, dag)}

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: MarketUser) -> bool:
        """Whether the user may answer a wait's question."""
        return rights.may_answer_wait(user.standing, assigned_users)

    def is_authorized_view(self, *, access_view: Any, user: MarketUser) -> bool:
        """Whether the user may see a view of the installation."""
        return rights.may_see_view(user.standing, access_view.value)

    def is_authorized_custom_view(self, *, user: MarketUser, **_question: Any) -> bool:
        """Pages of plugins: administrators only."""
        return self._administers(user)

    def filter_authorized_menu_items(self, menu_items: list[Any], *, user: MarketUser) -> list[Any]:
        """Of Airflow's menu, what the user has use for."""
        shown = rights.shown_menu(user.standing, [item.value for item in menu_items])
        return [MenuItem(item) for item in shown]

    def is_authorized_configuration(self, *, user: MarketUser, **_question: Any) -> bool:
        """Administrators only."""
        return self._administers(user)

    def is_authorized_connection(self, *, user: MarketUser, **_question: Any) -> bool:
        """Administrators only."""
        return self._administers(user)

    def is_authorized_asset(self, *, user: MarketUser, **_question: Any) -> bool:
        """Administrators only."""
        return self._administers(user)

    def is_authorized_asset_alias(self, *, user: MarketUser, **_question: Any) -> bool:
        """Administrators only."""
        return self._administers(user)

    def is_authorized_pool(self, *, user: MarketUser, **_question: Any) -> bool:
        """Administrators only."""
        return self._administers(user)

    def is_authorized_variable(self, *, user: MarketUser, **_question: Any) -> bool:
        """Administrators only."""
        return self._administers(user)

    def _administers(self, user: MarketUser) -> bool:
        return user.standing.is_administrator
