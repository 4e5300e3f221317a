"""The forms that dags/ reads: one file under MARKET_HOME, replaced whole."""

from __future__ import annotations

from pathlib import Path

from market import wire
from market.adapters.full_disk import typed_disk_failures
from market.adapters.private_files import write_private
from market.entities.stages import AllForms


class FileForms:
    """Implements market.ports.stages.Forms: one file, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, forms: AllForms) -> None:
        """Replace all forms at once; Airflow reads the file within seconds.

        Raises:
            Unavailable: `disk-full`, `disk-failed`; the forms are those of before.
        """
        with typed_disk_failures(self._path.name):
            write_private(self._path, wire.encode(forms))
