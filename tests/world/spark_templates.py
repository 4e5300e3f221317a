"""What the chart says of Spark's pods: templates, filled in as Helm would, and their roles."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml

from market.adapters.spark_command import SOURCE
from market.settings import Settings

_FILES = SOURCE / "helm" / "market" / "files" / "spark"
VALUES = {
    ".Release.Name": "tests",
    ".Values.spark.driver.storeSecret": "store-of-drivers",
    ".Values.spark.executor.storeSecret": "store-of-executors",
}


IMAGE = "registry.example.org/market-spark@sha256:" + hashlib.sha256(b"image").hexdigest()


def pods_settings(home: Path, api_url: str, *, s3_endpoint_url: str, bucket: str) -> Settings:
    """A platform whose evaluations are done in pods; their templates lie in its home."""
    driver, executor = rendered_templates(home)
    return Settings(
        home=home,
        store="s3",
        s3_endpoint_url=s3_endpoint_url,
        s3_bucket=bucket,
        spark_master=f"k8s://{api_url}",
        spark_image=IMAGE,
        spark_namespace="market",
        spark_service_account="market-spark",
        spark_driver_template=driver,
        spark_executor_template=executor,
    )


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
