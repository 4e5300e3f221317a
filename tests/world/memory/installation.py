"""An installation of which everything is well, until a test says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.overview import Part, Version


@dataclass
class QuietInstallation:
    found: tuple[Part, ...] = (
        Part("airflow-api-server", True, "well"),
        Part("airflow-scheduler", True, "well"),
        Part("airflow-dag-processor", True, "well"),
        Part("object store", True, "answers"),
        Part("relay", True, "in every portal"),
    )
    at_work: tuple[Version, ...] = (
        Version("Ciphertext market", "1.0"),
        Version("Database", "platform_0036"),
        Version("Airflow", "3.0"),
        Version("Spark", "4.0"),
        Version("Java", ""),
    )

    def parts(self) -> tuple[Part, ...]:
        return self.found

    def versions(self) -> tuple[Version, ...]:
        return self.at_work
