"""The promise, as data: who can know what, and what is not promised.

README and portal print the same structure. `python -m market.promise` writes it as Markdown.
t is the most members of a consortium that may collude: fewer than half of them, a number which its
agreement says. Standard library only.
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
    Knowledge(
        "All but one of several owners asked together, buyer and platform together",
        "own",
        "yes",
        "no",
        "yes; of the last owner's data, too",
    ),
    Knowledge("A consortium's member and their agent", "own", "yes", "no", "no"),
    Knowledge("Helper of a join", "no", "yes", "how many people are in both, exactly", "no"),
    Knowledge(
        "Up to t members, recipient and platform together",
        "own",
        "yes",
        "no; with the helper of a join, what the helper knows",
        "yes",
    ),
    Knowledge("More than t members together", "own; of a join all", "yes", "yes", "yes"),
    Knowledge("Auditor", "no", "its commitment, or the plan if they are entitled", "no", "no"),
)

PROMISED = (
    "Data leaves its owner only as CKKS ciphertext, or in shares that fewer than half of a "
    "consortium's members cannot open. The platform never holds a secret key and never sees a row, "
    "an un-noised result or a noise value.",
    "Confidentiality and the privacy budget do not rest on the platform's honesty. A cheating "
    "platform can withhold a result, which its buyer sees, or spoil it under its own signature, "
    "which proves it wrong to anybody who knows its key; it cannot open one.",
    "A buyer learns only what differentially private releases tell them, under a budget bound to "
    "the people in the data: no new account, listing, version, period, agent or job resets it.",
    "A buyer's program is data: it builds a plan in a sandbox without network and without data. "
    "The plan is what gets priced, signed, approved, run and audited.",
    "A result is sealed to its buyer, who opens it on their own machine.",
    "Members of a consortium compute together on data that stays at home. Any t of them who follow "
    "the protocol learn nothing of another's data but what differentially private results tell, "
    "also together with the recipient and the platform, whose operator is one of the t if they "
    "hold a seat. The helper of a join learns besides how many people are in both tables, and "
    "neither who nor anything of them. t is fewer than half, of three members or more.",
    "Verified arithmetic detects tampering: t members who break the protocol can end the run, but "
    "not change its result, except with a chance below 2^-58 or by what they enter themselves, "
    "noise included. By ending it they learn one bit, which of a join can be one person's.",
    "Every release leaves a receipt that an outsider who knows the agent's and the platform's key "
    "verifies offline; an agent's receipts are one chain, and what forks it is kept as evidence.",
)

NOT_PROMISED = (
    "that an owner's or a member's data is true",
    "that the same person at two owners, or at two members of a union, is one budget",
    "that an owner cannot reset their own budget who alters rows, gives one person several ids, or "
    "declares falsely that nobody of two tables is in both",
    "that an agent which was put back or replaced knows of releases whose receipts the platform "
    "withholds from it",
    "that masks hide an owner's value from who may ask the same of all the others: the difference "
    "is that owner's, under noise of its own",
    "that a question to several owners opens: any of them can keep their share back, also after "
    "others were charged for theirs",
    "fairness in a consortium, or that a run ends: any member can stop it, also after all were "
    "charged for it",
    "that nobody sees how many full blocks of 131,072 rows a table had whose next version appends "
    "rows to them, where its owner says so",
    "anything where more than t members, or one person behind them, put together what they have",
    "that a run without verified arithmetic is right: a member can spoil its result unnoticed",
    "anything against whoever can watch an owner's or a member's machine at work",
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
