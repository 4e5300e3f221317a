"""What keeps Spark ready, where there is nothing to keep."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from market.cli.main import main


def test_on_kubernetes_nothing_is_prepared(tmp_path: Path) -> None:
    (tmp_path / "market.toml").write_text('spark_master = "k8s://https://kubernetes.default.svc"\n')
    done = CliRunner().invoke(main, ["spark", "--home", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["market.toml"]
