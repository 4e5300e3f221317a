"""market.ports.audit.AuditTrail, on every implementation."""

from __future__ import annotations

import threading

from world.builders import NOW
from world.people import a_key
from world.ports import Ports

from market.ports.audit import AuditTrail
from market.records.audit import FIRST_PREVIOUS, AuditEntry, document_hash
from market.records.signed import Signed, sign_record

THREADS, EACH = 4, 5


def entry(number: int, previous: str) -> Signed[AuditEntry]:
    record = AuditEntry(number, previous, NOW, "ada", "activated", "bob", "", "", None, "")
    return sign_record(a_key("platform"), record)


def fill(trail: AuditTrail, entries: int) -> None:
    for _ in range(entries):
        trail.append(entry)


def test_entries_are_numbered_and_name_the_one_before(ports: Ports) -> None:
    made = [ports.audit.append(entry) for _ in range(3)]
    kept = ports.audit.after(0, limit=9)
    assert [one.number for one in kept] == [1, 2, 3]
    assert [one.document for one in kept] == [one.encode().decode() for one in made]
    before = [FIRST_PREVIOUS, *(document_hash(one.document) for one in kept[:-1])]
    assert [one.record.previous for one in made] == before


def test_the_trail_is_read_from_either_end_by_the_page(ports: Ports) -> None:
    assert ports.audit.after(0, limit=9) == ports.audit.before(None, limit=9) == []
    fill(ports.audit, 5)
    assert [one.number for one in ports.audit.after(1, limit=2)] == [2, 3]
    assert [one.number for one in ports.audit.before(None, limit=2)] == [5, 4]
    assert [one.number for one in ports.audit.before(4, limit=9)] == [3, 2, 1]


def test_entries_added_at_once_are_one_chain(ports: Ports) -> None:
    threads = [threading.Thread(target=fill, args=(ports.audit, EACH)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = ports.audit.after(0, limit=99)
    assert [one.number for one in kept] == list(range(1, THREADS * EACH + 1))
    previous = [FIRST_PREVIOUS, *(document_hash(one.document) for one in kept[:-1])]
    assert [f'"previous":"{one}"' in k.document for one, k in zip(previous, kept, strict=True)] == (
        [True] * len(kept)
    )
