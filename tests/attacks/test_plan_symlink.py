"""A buyer's program leaves a link where its plan should be, to read the platform's own files."""

from __future__ import annotations

from pathlib import Path

from market.adapters.sandbox.output import read_output


def test_link_to_a_plan_elsewhere_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "platform-secret.json"
    secret.write_bytes(b'{"plan":"of somebody else"}')
    output = tmp_path / "out"
    output.mkdir()
    (output / "plan.json").symlink_to(secret)
    assert read_output(output / "plan.json", 1_000) is None


def test_plain_plan_is_read(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(b"{}")
    assert read_output(tmp_path / "plan.json", 1_000) == b"{}"
