"""The submit forms that dags/submit.py reads: one file under MARKET_HOME, replaced whole."""

from __future__ import annotations

from pathlib import Path

from crypto import canonical
from market.adapters.full_disk import typed_disk_failures
from market.adapters.private_files import write_private
from market.entities.stages import Form


class FileForms:
    """Implements market.ports.stages.Forms: one file, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, forms: tuple[Form, ...]) -> None:
        """Replace all submit forms at once; Airflow reads the file within seconds.

        Raises:
            Unavailable: `disk-full`, `disk-failed`; the forms are those of before.
        """
        content = {
            "forms": [
                {
                    "organisation": form.organisation,
                    "title": form.title,
                    "datasets": [list(dataset) for dataset in form.datasets],
                }
                for form in forms
            ]
        }
        with typed_disk_failures(self._path.name):
            write_private(self._path, canonical.dumps(content))
