"""admin: the platform's database and key, and organisations and users straight on it.

For the first start and for operators with a shell; the portal has pages for the rest.
"""

from __future__ import annotations

from pathlib import Path

import click

from crypto.secret import Secret
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, key_document
from market.cli.session import (
    Session,
    ask_secret,
    confirm,
    load_settings,
    now,
    pass_session,
    read_secret_file,
)
from market.entities.people import Operator, Organisation, Role, User
from market.services.people import administer_people
from market.services.people.administer_people import ROLES
from market.services.people.choose_password import make_password_link
from market.services.people.set_up import make_setup_link
from market.services.platform import Platform
from market.wiring import open_platform

_OPERATOR = Operator()

COMMANDS = {
    "migrate": Lazy(
        "operator.migrate:migrate_platform", "Make the database, or bring it up to date."
    ),
    "backup": Lazy("operator.backup:backup_platform", "Save the platform in one encrypted file."),
    "verify-backup": Lazy("operator.backup:verify_backup", "Whether a backup could be restored."),
    "restore": Lazy("operator.backup:restore_platform", "Make a platform of a backup."),
    "setup-link": Lazy(
        "operator.admin:setup_link", "The one-time link that makes the administrator."
    ),
    "rotate-secret": Lazy("operator.rotate:rotate_secret", "Change one of the platform's secrets."),
    "identity": Lazy("operator.admin:identity", "The platform's key, for people to compare."),
    "organisation": Lazy("operator.admin:organisation", "Add an organisation."),
    "export": Lazy("operator.export:export", "What is kept about an organisation, in one file."),
    "limits": Lazy("operator.limits:limits", "What an organisation may take, and takes."),
    "user": Lazy("operator.admin:user", "Add a user."),
    "password": Lazy("operator.admin:password", "Give a user a new password."),
    "reset": Lazy("operator.admin:reset", "The one-time link by which a user chooses a password."),
    "deactivate": Lazy("operator.admin:deactivate", "Keep a user out."),
    "activate": Lazy("operator.admin:activate", "Let a user in again."),
    "remove": Lazy("operator.admin:remove", "Remove a person, for good."),
    "users": Lazy("operator.admin:users", "List users."),
    "operations": Lazy(
        "operator.operations:operations", "Queues, late jobs, parts, agents, versions."
    ),
    "retention": Lazy("operator.retention:retention", "Delete ciphertext that nobody needs."),
    "audit": Lazy("operator.audit:audit", "What administrators did, verified."),
}


@click.group("admin", cls=LazyGroup, lazy=COMMANDS)
def admin() -> None:
    """The database, key, organisations and users of the platform in --home."""


def _platform(session: Session) -> Platform:
    return open_platform(load_settings(session))


def _password(path: Path | None) -> Secret:
    return read_secret_file(path) if path else ask_secret("New password", confirm=True)


@click.command("setup-link", cls=Leaf, epilog="Example: market admin setup-link")
@pass_session
def setup_link(session: Session) -> None:
    """Show a link that makes the first administrator, once, within a day.

    There is none once there is an administrator.
    """
    settings = load_settings(session)
    secret = make_setup_link(open_platform(settings), _OPERATOR, now=now())
    url = f"{settings.portal_url}/setup/{secret}"
    session.output.show({"url": url}, lambda output: output.line(url))


@click.command("identity", cls=Leaf, epilog="Example: market admin identity")
@pass_session
def identity(session: Session) -> None:
    """Show the platform's public key, and what people know it by: fingerprint and words.

    Read the words out to whoever asks, by a channel other than the portal: that is how they know
    that they speak to this platform (market pin platform).
    """
    key = _platform(session).identity.public
    session.output.show(key_document(key), lambda output: output.key(key.fingerprint()))


@click.command(
    "organisation", cls=Leaf, epilog="Example: market admin organisation acme --name 'Acme Inc.'"
)
@click.argument("organisation")
@click.option("--name", required=True, help="What people read.")
@pass_session
def organisation(session: Session, organisation: str, name: str) -> None:
    """Add ORGANISATION, a short name of a-z, 0-9 and hyphens; it also names its submit DAG."""
    new = Organisation(organisation, name)
    administer_people.add_organisation(_platform(session), _OPERATOR, new, now=now())
    session.output.show(
        {"organisation": organisation, "name": name},
        lambda output: output.line(f"Added organisation {organisation}."),
    )


@click.command(
    "user",
    cls=Leaf,
    epilog="Example: market admin user ada --organisation acme --name Ada --role buyer",
)
@click.argument("user")
@click.option("--organisation", required=True)
@click.option("--name", required=True, help="What people read.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@click.option("--password-file", type=click.Path(path_type=Path), help="First line: the password.")
@pass_session
def user(
    session: Session,
    user: str,
    organisation: str,
    name: str,
    roles: tuple[Role, ...],
    password_file: Path | None,
) -> None:
    """Add USER to an organisation. The password is asked for, or read from input or a file."""
    new = User(user, organisation, name, roles, identity_key="", is_active=True)
    administer_people.check_user(new)
    password = _password(password_file).reveal().decode()
    administer_people.add_user(_platform(session), _OPERATOR, new, password, now=now())
    session.output.show(_document(new), lambda output: output.line(f"Added user {user}."))


@click.command("password", cls=Leaf, epilog="Example: market admin password ada")
@click.argument("user")
@click.option("--password-file", type=click.Path(path_type=Path), help="First line: the password.")
@pass_session
def password(session: Session, user: str, password_file: Path | None) -> None:
    """Give USER a new password."""
    platform = _platform(session)
    known = administer_people.read_user(platform, _OPERATOR, user)
    chosen = _password(password_file).reveal().decode()
    administer_people.set_password(platform, _OPERATOR, user, chosen, now=now())
    session.output.show(
        _document(known), lambda output: output.line(f"User {user} has a new password.")
    )


@click.command("reset", cls=Leaf, epilog="Example: market admin reset ada")
@click.argument("user")
@pass_session
def reset(session: Session, user: str) -> None:
    """Show a link by which USER chooses a password, once, within a day.

    It replaces an earlier one. When it is used, what the old password opened ends: sessions,
    Airflow, API tokens.
    """
    settings = load_settings(session)
    secret = make_password_link(open_platform(settings), _OPERATOR, user, now=now())
    url = f"{settings.portal_url}/password/{secret}"
    session.output.show({"url": url}, lambda output: output.line(url))


def _set_active(session: Session, user: str, *, is_active: bool) -> None:
    platform = _platform(session)
    administer_people.set_active(platform, _OPERATOR, user, is_active=is_active, now=now())
    changed = administer_people.read_user(platform, _OPERATOR, user)
    word = "active" if is_active else "inactive"
    session.output.show(
        _document(changed),
        lambda output: output.line(f"User {user} is {word}."),
    )


@click.command("deactivate", cls=Leaf, epilog="Example: market admin deactivate ada")
@click.argument("user")
@pass_session
def deactivate(session: Session, user: str) -> None:
    """Keep USER out: no password, token or session of theirs works any longer."""
    _set_active(session, user, is_active=False)


@click.command("activate", cls=Leaf, epilog="Example: market admin activate ada")
@click.argument("user")
@pass_session
def activate(session: Session, user: str) -> None:
    """Let USER in again."""
    _set_active(session, user, is_active=True)


@click.command("remove", cls=Leaf, epilog="Example: market admin remove ada")
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def remove(session: Session, user: str, *, yes: bool) -> None:
    """Remove USER for good: sessions, Airflow and API tokens end, a number replaces the name.

    What they signed, asked and did stays and verifies, under an id that nobody can take again.
    Their datasets stay listed and are answered no more: let them withdraw those first.
    """
    platform = _platform(session)
    known = administer_people.read_user(platform, _OPERATOR, user)
    confirm(session, f"Remove {known.name} ({user}) for good?", yes=yes)
    removed = administer_people.remove_user(platform, _OPERATOR, user, now=now())
    session.output.show(
        _document(removed), lambda output: output.line(f"User {user} is {removed.name} now.")
    )


@click.command("users", cls=Leaf, epilog="Example: market admin users --json")
@pass_session
def users(session: Session) -> None:
    """List the users of all organisations."""
    found = administer_people.list_users(_platform(session), _OPERATOR)

    def render(output: Output) -> None:
        rows = [
            (
                one.user,
                one.organisation,
                ", ".join(one.roles),
                "yes" if one.is_active else "no",
                "yes" if one.identity_key else "no",
                one.name,
            )
            for one in found
        ]
        columns = ("user", "organisation", "roles", "active", "key", "name")
        output.table(columns, rows, empty="Nobody yet: market admin setup-link")

    session.output.show([_document(one) for one in found], render)


def _document(one: User) -> dict[str, object]:
    return {
        "user": one.user,
        "organisation": one.organisation,
        "name": one.name,
        "roles": list(one.roles),
        "is_active": one.is_active,
        "identity_key": one.identity_key,
        "former_number": one.former_number,
    }
