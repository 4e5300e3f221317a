"""`market`: the tree of commands.

market login http://127.0.0.1:8420 --user ada
market jobs --json
"""

from __future__ import annotations

from typing import Any

import click

from crypto.errors import CryptoError
from market.cli.lazy import Lazy, LazyGroup
from market.cli.session import Session, report
from market.cli.streams import open_closed_streams
from market.errors import MarketError

_PLATFORM = "platform"
_OWNER = "owner"
_BUYER = "buyer"

COMMANDS = {
    "login": Lazy("account:login_command", "Sign in to a portal and pin its key."),
    "logout": Lazy("account:logout_command", "End the token of this machine."),
    "whoami": Lazy("account:whoami", "Who is signed in, with which key."),
    "inbox": Lazy("inbox:inbox", "What waits for you, and what you have done."),
    "pin": Lazy("pins:pin", "Keys of owners and portals, compared beforehand."),
    "keys": Lazy("keys:keys", "Your identity key: new, register, show."),
    "dataset": Lazy("datasets:dataset", "Datasets: list, show, publish, pause, withdraw."),
    "consortium": Lazy(
        "member.consortium:consortium", "Consortia: members compute together, each at home."
    ),
    "grant": Lazy("owner.grants:grant", "Who may ask about your datasets.", _OWNER),
    "tutorial": Lazy(
        "buyer.tutorial:tutorial", "A question from program to answer, offline.", _BUYER
    ),
    "quote": Lazy("buyer.quote:quote", "What a program costs, before anything runs."),
    "submit": Lazy("buyer.jobs:submit_command", "Submit a job."),
    "sign": Lazy("buyer.sign:sign_command", "Rebuild, read and sign a job's plan."),
    "jobs": Lazy("buyer.jobs:jobs", "Your organisation's jobs."),
    "job": Lazy("buyer.jobs:job", "One job: new, run on a twin, show, cancel."),
    "result": Lazy("buyer.results:result", "Open a sealed result."),
    "receipt": Lazy("buyer.receipts:receipt", "Verify receipts offline."),
    "approve": Lazy("owner.approve:approve", "Approve a request on your data.", _OWNER),
    "refuse": Lazy("owner.approve:refuse", "Refuse a request on your data.", _OWNER),
    "agent": Lazy("owner.agent:agent", "The owner's key agent.", _OWNER),
    "ui": Lazy("ui:ui_command", "Your own pages, on this machine.", "ui"),
    "up": Lazy("operator.processes:up", "Start portal and Airflow on this machine.", _PLATFORM),
    "down": Lazy("operator.processes:down", "Stop them.", _PLATFORM),
    "status": Lazy("operator.processes:status_command", "What runs.", _PLATFORM),
    "airflow": Lazy(
        "operator.airflow:airflow", "Airflow's processes, in the foreground.", _PLATFORM
    ),
    "spark": Lazy("operator.spark:spark", "Keep Spark ready, in the foreground.", _PLATFORM),
    "serve": Lazy("operator.serve:serve", "Serve the portal in the foreground.", _PLATFORM),
    "sandbox": Lazy("operator.sandbox:sandbox", "Build one program, in the foreground.", _PLATFORM),
    "relay": Lazy(
        "operator.relay:relay", "Relay consortium members, in the foreground.", _PLATFORM
    ),
    "doctor": Lazy("doctor:doctor", "Check this machine."),
    "explain": Lazy("explain:explain_command", "What an error code says, and what to do."),
    "admin": Lazy("operator.admin:admin", "Organisations and users of the platform.", _PLATFORM),
    "step": Lazy("operator.step:step", "A step of a job's run; Airflow calls it.", _PLATFORM),
}


class Root(LazyGroup):
    """The bridge from typed errors to words and exit codes."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """As click's, once the standard streams are there."""
        open_closed_streams()
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a typed error is reported with its next action, and exits with 1."""
        session = ctx.ensure_object(Session)
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Who read the output has left: no failure of ours, and nobody to tell.
            raise
        except (MarketError, CryptoError, OSError) as error:
            report(session, error)
            ctx.exit(1)
        finally:
            session.close()


@click.group(
    "market",
    cls=Root,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has its own --help, with an example. Exit codes: 0 done, 1 refused or "
    "failed, 2 wrong usage, 3 (step) the job has ended. With --json, standard output is one JSON "
    'document; after a failure {"error": {"code", "message", "next_action"}}.',
)
@click.version_option(package_name="ciphertext-market", prog_name="market")
def main() -> None:
    """Buy and sell answers about data that nobody but its owner ever sees.

    \b
    A buyer:   keys new, login, keys register, quote, submit, sign, result open
    An owner:  keys new, login, keys register, agent init, dataset publish, agent run
    A member:  keys new, login, keys register, agent init, consortium join, consent, bind, agent run
    """


if __name__ == "__main__":
    main()
