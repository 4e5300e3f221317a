"""Evaluations by Spark where a disk takes no more. Run with a small /tmp:

    python -m world.full_spark_story HOME

HOME lies elsewhere. Prints what became of two evaluations, as JSON: of a platform whose home is on
the full disk, and of one whose Spark alone is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from market.adapters.platform_secrets import make_secrets
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.errors import Unavailable
from market.plan.moments import Output
from market.records.manifest import Manifest
from market.settings import Settings
from world.full_disk_story import fill
from world.random_ciphertext import publish_random

FULL = Path("/tmp")


def tell(home: Path) -> list[str]:
    manifest = publish_random(
        LocalStore(home / "objects"), ("a",), 2, ciphertexts_per_chunk=1
    ).manifest
    sites = [Settings(home=place, spark_master="local[1]") for place in (FULL / "home", home)]
    for settings in sites:
        make_secrets(settings)
    fill(FULL / "filler")
    return [end_of(settings, manifest) for settings in sites]


def end_of(settings: Settings, manifest: Manifest) -> str:
    try:
        SparkEvaluator(settings).evaluate("job-1", (manifest,), (Output("a", ("a",)),))
    except Unavailable as error:
        return error.code
    return "done"


if __name__ == "__main__":
    print(json.dumps(tell(Path(sys.argv[1]))))
