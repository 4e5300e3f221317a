"""Bindings this agent has missed: its member bound another table since its backup, or before it.

Such a table is known by its binding alone. Nothing that is held of the same consortium is read in
its place: the member binds again, under the next number.
"""

from __future__ import annotations

from crypto.errors import CryptoError
from market.adapters.private_files import write_private
from market.records.binding import Binding
from market.records.signed import Signed, open_signed, record_hash
from market.vault.home import AgentHome
from market.vault.layout import consortium_path, damaged, table_path

Place = tuple[int, int]
"""Which binding it is: the agreement's number, and the binding's under it. The last is newest."""


def known_bindings(home: AgentHome, consortium: str) -> dict[Place, str]:
    """The hash of every binding to a consortium that was made or adopted here.

    Raises:
        Refused: `holding-damaged`.
    """
    found: dict[Place, str] = {}
    try:
        for name in ("binding.json", "adopted.json"):
            for path in consortium_path(home, consortium).glob(f"*/tables/*/{name}"):
                binding = open_signed(Binding, path.read_bytes())
                place = int(path.parent.parent.parent.name), int(path.parent.name)
                found[place] = record_hash(binding.record)
    except (CryptoError, OSError, ValueError) as error:
        raise damaged(f"a binding to {consortium}: {error}") from error
    return found


def newest_version(home: AgentHome, consortium: str, number: int) -> int:
    """The highest number of a binding to an agreement, 0 where there is none (raises as above)."""
    known = known_bindings(home, consortium)
    return max((version for agreement, version in known if agreement == number), default=0)


def adopt_binding(home: AgentHome, consortium: str, number: int, binding: Signed[Binding]) -> None:
    """Keep a binding that is newer than all that is held of its consortium, in place of them."""
    # In this order: after a crash in between the binding is still missed, and adopted again.
    for path in consortium_path(home, consortium).glob("*/tables/*/binding.json"):
        path.unlink(missing_ok=True)
    path = table_path(home, consortium, number, binding.record.version)
    write_private(path / "adopted.json", binding.encode())
