"""What the chart says of Spark's pods: templates, filled in as Helm would, and their roles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from market.adapters.spark_command import SOURCE

_FILES = SOURCE / "helm" / "market" / "files" / "spark"
VALUES = {
    ".Release.Name": "tests",
    ".Values.spark.driver.storeSecret": "store-of-drivers",
    ".Values.spark.executor.storeSecret": "store-of-executors",
}


def rendered_templates(folder: Path) -> tuple[str, str]:
    """The driver's and the executor's, as files."""
    return _rendered("driver", folder), _rendered("executor", folder)


def rules_of(role: str) -> list[dict[str, Any]]:
    """Of the step, or of a driver."""
    return list(yaml.safe_load((_FILES / f"{role}-rules.yaml").read_text()))


def _rendered(name: str, folder: Path) -> str:
    text = (_FILES / f"{name}.yaml").read_text()
    path = folder / f"{name}.yaml"
    path.write_text(re.sub(r"\{\{ (.+?) \}\}", lambda found: VALUES[found[1]], text))
    return str(path)
