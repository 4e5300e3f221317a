"""Runs pytest in forks of one process that holds the libraries and nothing of the product.

Importing the libraries takes longer than most attacks do: a fork has them at once, and imports
product and tests from the tree it is given. Each line of the input is one run, `{"tree", "test",
"report"}`; each line of the output is its exit status, which is NOT_THE_TREE where part of the
product came from elsewhere.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path

LIBRARIES = (
    "alembic.command",
    "argon2",
    "blake3",
    "boto3",
    "cryptography.x509",
    "fastapi",
    "httpcore",
    "httpx",
    "hypothesis",
    "jinja2",
    "numba",
    "pandas",
    "prometheus_client",
    "pyarrow.parquet",
    "pytest",
    "sqlalchemy.dialects.sqlite",
    "structlog",
    "tenseal",
    "uvicorn",
    "zstandard",
)
PRODUCT = ("crypto", "market", "spark_jobs", "dags")
QUICKER = {
    "crypto.keyfile": "stretching",
    "market.vault.store.opening": "migrating",
    "world.platform_database": "migrating",
}
"""Plugins of the tests' conftest, by the module that one stands in for a part of."""
OPTIONS = (
    *("-x", "--noconftest", "--tb=line", "--assert=plain"),
    *("-p", "no:cacheprovider", "-p", "pytest_timeout"),
    # What is raised where nobody hears it shall not count as a defence that is missed; to look for
    # it, everything would be collected once more.
    *("-p", "no:unraisableexception"),
)
NOT_THE_TREE = 100


class Quickened:
    """Each of these plugins, for tests that have loaded what it makes quicker."""

    def pytest_collection_finish(self) -> None:
        for slow, quicker in QUICKER.items():
            if slow in sys.modules:
                importlib.import_module(quicker)


def run(tree: Path, test: str, report: Path) -> int:
    """What pytest returns in a fork, whose output goes to `report`."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = NOT_THE_TREE
    try:
        with report.open("wb") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        os.chdir(tree)
        sys.path[0] = str(tree)
        status = importlib.import_module("pytest").main([*OPTIONS, test], [Quickened()])
        if strays := imported_from_elsewhere(tree):
            print(f"not of the patched tree: {strays}")
            status = NOT_THE_TREE
        sys.stdout.flush()
    finally:
        os._exit(status)


def imported_from_elsewhere(tree: Path) -> list[str]:
    return [
        name
        for name, module in sys.modules.items()
        if name.partition(".")[0] in PRODUCT
        and not any(Path(place).is_relative_to(tree) for place in places(module))
    ]


def places(module: object) -> list[str]:
    """The file of a module, the folders of a namespace."""
    file = getattr(module, "__file__", None)
    return [file] if file else list(getattr(module, "__path__", ()))


def main() -> None:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for library in LIBRARIES:
        importlib.import_module(library)
    # The first compilation fills the compiler's tables.
    importlib.import_module("numba").njit(lambda: 0)()
    # A fork's collector leaves the libraries alone, and seldom looks at the product being imported.
    gc.freeze()
    gc.set_threshold(50_000)
    for line in sys.stdin:
        asked = json.loads(line)
        print(run(Path(asked["tree"]), asked["test"], Path(asked["report"])), flush=True)


if __name__ == "__main__":
    main()
