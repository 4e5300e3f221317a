"""Who may do what in Airflow. Pure; Airflow's words for methods and entities are plain strings.

    platform        reads DAGs with a form, ends waits, triggers the warm-up; nothing else
    administrator   everything, except to answer a wait's question
    buyer           reads and triggers the submit DAG of their organisation, but not its source
    member          as much of the DAG of each agreement that their organisation has consented to
                    with all its other members; a buyer or an owner there
    anyone else     nothing

Airflow authorises per DAG, never per run: whoever reads a DAG reads all its runs, parameters and
logs. So a DAG belongs to one organisation, or to the members of one agreement, and its name says to
which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from market.airflow.names import (
    CONSORTIUM_PREFIX,
    PLATFORM_USER,
    SUBMIT_PREFIX,
    WARM_UP,
    consortium_dag,
    submit_dag,
)
from market.entities.consortium import Consortium
from market.entities.people import User


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a user matters here: who they are, and the DAGs with a form that are theirs."""

    user: str
    is_administrator: bool
    dags: frozenset[str]

    @property
    def is_platform(self) -> bool:
        """Whether the platform itself asks, not a person."""
        return self.user == PLATFORM_USER


PLATFORM = Standing(PLATFORM_USER, is_administrator=False, dags=frozenset())


def standing_of(user: User, seated: Iterable[Consortium]) -> Standing:
    """The standing of a portal user; `seated` are those in which their organisation has a seat."""
    dags = set()
    if "buyer" in user.roles:
        dags.add(submit_dag(user.organisation))
    if "buyer" in user.roles or "owner" in user.roles:
        # Who is only invited has agreed to nothing yet, and nobody to them.
        agreed = (one for one in seated if one.state in ("agreed", "ended"))
        dags.update(consortium_dag(one.consortium, one.number) for one in agreed)
    return Standing(user.user, "administrator" in user.roles, frozenset(dags))


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
        return dag == WARM_UP or dag.startswith((SUBMIT_PREFIX, CONSORTIUM_PREFIX))
    return who.is_administrator or dag in who.dags


def may_see_view(who: Standing, view: str) -> bool:
    """Whether `who` may see a view of the installation."""
    return who.is_administrator or view in ("WEBSITE", "PLUGINS")


def may_answer_wait(who: Standing, assigned: set[str]) -> bool:
    """Whether `who` may answer a wait's question: only whom nobody can sign on as."""
    return who.is_platform and who.user in assigned


def shown_menu(who: Standing, items: list[str]) -> list[str]:
    """The menu items `who` has use for, of Airflow's."""
    return items if who.is_administrator else [i for i in items if i in ("Dags",)]
