"""What a store was asked is counted by how it ended, and nothing of what it does changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from world.memory.objects import MemoryObjects

from market.adapters.stores.local import LocalStore
from market.adapters.stores.measured import measured
from market.errors import Unavailable
from market.ports.object_store import AddressedStore, ObjectExists, ObjectMissing
from market.processes.measures import StoreMeasures


@dataclass
class Counts:
    ends: list[tuple[str, str]] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)

    def asked(self, act: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.ends.append((act, outcome))

    def moved(self, act: str, size_bytes: int) -> None:
        self.bytes[act] = self.bytes.get(act, 0) + size_bytes


class Away(MemoryObjects):
    def head(self, key: str) -> None:
        raise Unavailable("store-unreachable", "No answer.", "Later.")

    def delete(self, key: str) -> None:
        raise RuntimeError("a defect")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_every_end_is_counted_by_its_name_and_only_what_moved_in_bytes(tmp_path: Path) -> None:
    counts = Counts()
    store = measured(LocalStore(tmp_path), counts)
    store.put("a", b"first", sha256=sha(b"first"))
    with pytest.raises(ObjectExists):
        store.put("a", b"other", sha256=sha(b"other"))
    with pytest.raises(ObjectMissing):
        store.read("b", memoryview(bytearray(1)))
    store.read("a", memoryview(bytearray(5)))
    assert store.head("b") is None
    assert isinstance(store, AddressedStore)
    file, _ = store.open_object("a")
    file.close()
    assert counts.ends == [
        ("put", "ok"),
        ("put", "exists"),
        ("read", "missing"),
        ("read", "ok"),
        ("head", "ok"),
        ("open", "ok"),
    ]
    assert counts.bytes == {"put": 5, "read": 10}


def test_failures_are_counted_by_code_and_raised_all_the_same() -> None:
    counts = Counts()
    store = measured(Away(), counts)
    with pytest.raises(Unavailable, match="store-unreachable"):
        store.head("a")
    with pytest.raises(RuntimeError):
        store.delete("a")
    assert counts.ends == [("head", "store-unreachable"), ("delete", "internal-error")]


def test_prometheus_is_told_of_acts_and_outcomes_and_of_no_key() -> None:
    measures = StoreMeasures()
    store = measured(MemoryObjects(), measures)
    store.put("datasets/planted", b"12345", sha256=sha(b"12345"))
    text = generate_latest(measures.registry).decode()
    found: Mapping[str, float] = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["market_store_requests_total"] == 1
    assert found["market_store_bytes_total"] == 5
    assert found["market_store_request_duration_seconds_count"] == 1
    assert "planted" not in text
