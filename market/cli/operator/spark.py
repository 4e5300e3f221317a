"""spark: what keeps Spark ready, in the foreground."""

from __future__ import annotations

import click

from market.adapters.spark_command import is_local
from market.adapters.spark_kubernetes import is_kubernetes
from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, pass_session
from market.processes.prepare import prepare
from market.processes.resident import keep_running


@click.command("spark", cls=Leaf, epilog="Example: market spark --home ./platform")
@pass_session
def spark(session: Session) -> None:
    """Keep Spark ready for jobs until told to stop; `market up` runs this in the background.

    With local workers (spark_master) one application stays and does all jobs. With a cluster each
    job has one of its own: what makes its start quick is prepared once, and the command ends. On
    Kubernetes there is nothing to prepare: what a pod starts with is in its image.
    """
    settings = load_settings(session)
    if is_local(settings.spark_master):
        keep_running(settings)
    elif not is_kubernetes(settings.spark_master):
        prepare(settings)
