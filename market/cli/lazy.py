"""Groups of commands that are imported when they are called, not when the program starts.

A client's installation lacks the packages of an owner or a platform; its commands must work, and
those it cannot run must say which package is missing.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click

from market.cli.session import Session
from market.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command: `room.module:attribute` under market.cli, and its line in the list of commands.

    `extra` is the installation extra the module needs, empty for none.
    """

    target: str
    short_help: str
    extra: str = ""


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Session).use_json()


def _set_home(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Session).use_home(value)


def global_options() -> list[click.Parameter]:
    """--json and --home, which stand before or after any command."""
    return [
        click.Option(
            ["--json"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_set_json,
            help="Write one JSON document, errors too.",
        ),
        click.Option(
            ["--home"],
            metavar="DIRECTORY",
            is_eager=True,
            expose_value=False,
            callback=_set_home,
            help="Home of the role that speaks; else what MARKET_CLIENT_HOME, MARKET_AGENT_HOME or "
            "(platform) MARKET_HOME names; else a folder in ~/.market.",
        ),
    ]


class Leaf(click.Command):
    """A command that also takes the global options."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.extend(global_options())


class LazyGroup(click.Group):
    """A group whose commands are named, not imported."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, Lazy], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.lazy = dict(lazy)
        self.params.extend(global_options())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names, in the order in which they were given."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for a name that this group has not.

        Raises:
            Unavailable: `extra-missing`: a package it needs is not installed.
        """
        del ctx
        if cmd_name not in self.lazy:
            return None
        return _load(cmd_name, self.lazy[cmd_name])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name.

        Raises:
            click.UsageError: there is none; it says which is nearest.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if near := get_close_matches(args[0], self.lazy, n=2):
                nearest = f"{error.format_message()} Did you mean {' or '.join(near)}?"
                raise click.UsageError(nearest, ctx) from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' short helps as they are given here, so that none is imported."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in self.lazy.items()])


def _load(name: str, entry: Lazy) -> click.Command:
    module, _, attribute = entry.target.partition(":")
    try:
        loaded = importlib.import_module(f"market.cli.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "market").partition(".")[0] in ("market", "crypto"):
            raise
        raise Unavailable(
            "extra-missing",
            f"`{name}` needs the package {error.name}, which is not installed.",
            f"Install the extra: pip install 'ciphertext-market[{entry.extra or 'client'}]'",
        ) from error
    command: click.Command = getattr(loaded, attribute)
    return command
