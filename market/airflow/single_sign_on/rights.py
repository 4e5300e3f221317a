"""Who may do what in Airflow. Pure; Airflow's words for methods and entities are plain strings.

    platform        reads submit DAGs, ends waits, triggers the warm-up; nothing else
    administrator   everything, except to answer a wait's question
    buyer           reads and triggers the submit DAG of their organisation, but not its source
    anyone else     nothing

Airflow authorises per DAG, never per run: whoever reads a DAG reads all its runs, parameters and
logs. So a DAG belongs to one organisation, and its name says to which.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.airflow.names import PLATFORM_USER, SUBMIT_PREFIX, WARM_UP, submit_dag
from market.entities.people import User


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a user matters here; `organisation` is empty for the platform itself."""

    user: str
    organisation: str
    is_administrator: bool
    is_buyer: bool

    @property
    def is_platform(self) -> bool:
        """Whether the platform itself asks, not a person."""
        return self.user == PLATFORM_USER


PLATFORM = Standing(PLATFORM_USER, "", is_administrator=False, is_buyer=False)


def standing_of(user: User) -> Standing:
    """The standing of a portal user."""
    return Standing(
        user.user,
        user.organisation,
        is_administrator="administrator" in user.roles,
        is_buyer="buyer" in user.roles,
    )


def may_use_dag(who: Standing, method: str, entity: str | None, dag: str | None) -> bool:
    """Whether `who` may do `method` (GET, POST, PUT, DELETE) to an entity of a DAG.

    `dag` is None at list endpoints: a reader passes, since the list itself is filtered, except to
    the audit log, which shows entries without a DAG to whoever passes.
    """
    if who.is_administrator:
        return True
    if dag is None:
        return method == "GET" and entity != "AUDIT_LOG"
    if not owns_dag(who, dag):
        return False
    if who.is_platform:
        if dag == WARM_UP:
            return (method, entity) == ("POST", "RUN")
        return method == "GET" or (method, entity) == ("PUT", "TASK_INSTANCE")
    if method == "GET":
        return entity != "CODE"
    return (method, entity) == ("POST", "RUN")


def owns_dag(who: Standing, dag: str) -> bool:
    """Whether a DAG is one of `who`'s at all."""
    if who.is_platform:
        return dag == WARM_UP or dag.startswith(SUBMIT_PREFIX)
    return who.is_administrator or (who.is_buyer and dag == submit_dag(who.organisation))


def may_see_view(who: Standing, view: str) -> bool:
    """Whether `who` may see a view of the installation."""
    return who.is_administrator or view in ("WEBSITE", "PLUGINS")


def may_answer_wait(who: Standing, assigned: set[str]) -> bool:
    """Whether `who` may answer a wait's question: only whom nobody can sign on as."""
    return who.is_platform and who.user in assigned


def shown_menu(who: Standing, items: list[str]) -> list[str]:
    """The menu items `who` has use for, of Airflow's."""
    return items if who.is_administrator else [i for i in items if i in ("Dags",)]
