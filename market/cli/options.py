"""Options that several commands take."""

from __future__ import annotations

import click

unsandboxed_option = click.option(
    "--unsandboxed",
    is_flag=True,
    help="Run the program without the sandbox: it runs as you and may read your files and keys. "
    "Only for a program you wrote yourself.",
)
