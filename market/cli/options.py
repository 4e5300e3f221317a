"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

unsandboxed_option = click.option(
    "--unsandboxed",
    is_flag=True,
    help="Run the program without the sandbox: it runs as you and may read your files and keys. "
    "Only for a program you wrote yourself.",
)

datasets_option = click.option(
    "--dataset",
    "datasets",
    multiple=True,
    required=True,
    help="Dataset id, or that of a consortium of yours. Several owners' datasets that are asked "
    "together: once for each.",
)

token_option = click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="File with the deploy token of a private repository: the token alone, or USER:TOKEN.",
)
