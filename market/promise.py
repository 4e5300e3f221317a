"""The promise, as data: who can know what, and what is not promised.

README and portal print the same structure. `python -m market.promise` writes it as Markdown.
Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass

COLUMNS = ("Rows", "Plan", "Un-noised result", "Noised result")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What one party, or several who put together what they have, can know.

    The four cells stand under `COLUMNS`.
    """

    who: str
    rows: str
    plan: str
    unnoised: str
    noised: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        return (self.rows, self.plan, self.unnoised, self.noised)


TABLE = (
    Knowledge(
        "Owner and their key agent",
        "own",
        "yes",
        "can compute it: own data, own noise",
        "can compute it",
    ),
    Knowledge("Platform", "no", "yes", "no", "no"),
    Knowledge("Buyer", "no", "their own", "no", "yes"),
    Knowledge("Platform and buyer together", "no", "yes", "no", "yes"),
    Knowledge("Owner and platform together", "own", "yes", "yes", "yes"),
    Knowledge("Auditor", "no", "its commitment, or the plan if they are entitled", "no", "no"),
)

PROMISED = (
    "Data leaves its owner only as CKKS ciphertext. The platform never holds a secret key and "
    "never sees a row, an un-noised result or a noise value.",
    "Confidentiality and the privacy budget do not rest on the platform's honesty. A cheating "
    "platform can withhold a result, which its buyer sees, or spoil it under its own signature, "
    "which proves it wrong to anybody who knows its key; it cannot open one.",
    "A buyer learns only what differentially private releases tell them, under a budget bound to "
    "the people in the data: no new account, listing, version, period, agent or job resets it.",
    "A buyer's program is data: it builds a plan in a sandbox without network and without data. "
    "The plan is what gets priced, signed, approved, run and audited.",
    "A result is sealed to its buyer, who opens it on their own machine.",
    "Every release leaves a receipt that an outsider who knows the agent's and the platform's key "
    "verifies offline; an agent's receipts are one chain, and what forks it is kept as evidence.",
)

NOT_PROMISED = (
    "that the owner's data is true",
    "that the same person at two owners is one budget",
    "that an owner cannot reset their own budget who alters rows, gives one person several ids, or "
    "declares falsely that nobody of two tables is in both",
    "that an agent which was put back or replaced knows of releases whose receipts the platform "
    "withholds from it",
)


def markdown() -> str:
    """The table, then what is not promised."""
    lines = [
        "| | " + " | ".join(COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
        *(f"| {row.who} | " + " | ".join(row.cells) + " |" for row in TABLE),
        "",
        "Not promised: " + "; ".join(NOT_PROMISED) + ".",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
