"""A version on its way to the portal, on disk: what a second run after a crash goes on from.

    outgoing/<dataset>/<version>/*.ect          the chunks
    outgoing/<dataset>/<version>/*.part         what each is, until the version is signed
    outgoing/<dataset>/<version>/*.ect.sent     the store has this one
    outgoing/<dataset>/<version>/report.json    what encoding changed; for the owner alone
    outgoing/<dataset>/<version>/source         hash of declaration and table it was made from
    outgoing/<dataset>/<version>/complete       written last: from here on nothing is encrypted

Without `complete` nothing was sent: an attempt from the same files goes on with the chunks it has,
one from others is thrown away. The version counts as published once
datasets/<dataset>/<version>/published exists.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from market.adapters.private_files import make_private_directory, write_private
from market.errors import Refused
from market.records.manifest import Chunk
from market.vault.holdings import held_versions
from market.vault.home import AgentHome
from market.vault.layout import version_path
from market.vault.standings import newest_published
from market.vault.store.opening import AgentStore
from market.vault.store.publications import listed_versions


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt to publish one version."""

    home: AgentHome
    dataset: str
    version: int

    @property
    def directory(self) -> Path:
        """Where it lies while it is under way."""
        return self.home.outgoing_path / self.dataset / str(self.version)

    @property
    def is_complete(self) -> bool:
        """Whether all of it is encrypted and signed, so that some of it may have been sent."""
        return (self.directory / "complete").exists()

    def begin(self, source: str) -> bool:
        """Go on with what the same files have left, or start over: nothing of an incomplete
        attempt was ever sent. Whether it goes on."""
        if (self.directory / "source").exists() and self.is_made_from(source):
            return True
        if self.directory.exists():
            shutil.rmtree(self.directory)
        make_private_directory(self.directory)
        write_private(self.directory / "source", source.encode())
        return False

    def is_made_from(self, source: str) -> bool:
        """Whether it came of these files (`source_digest`)."""
        return (self.directory / "source").read_text() == source

    def check_source(self, source: str) -> None:
        """That the attempt was made from these files.

        Raises:
            Refused: `publication-pending`.
        """
        if not self.is_made_from(source):
            raise Refused(
                "publication-pending",
                f"Version {self.version} of {self.dataset} is encrypted and partly sent, "
                "from another table or declaration.",
                "Publish it with the same files first, or discard it: market dataset discard "
                f"{self.dataset}.",
            )

    def complete(self, report: bytes) -> None:
        """From here on it is sent, and never encrypted again."""
        write_private(self.directory / "report.json", report)
        write_private(self.directory / "complete", b"")

    def report(self) -> bytes:
        """What encoding changed, for the owner alone (market.owner.table.survey)."""
        return (self.directory / "report.json").read_bytes()

    def chunk(self, chunk: Chunk) -> bytes:
        """A chunk's bytes as they were encrypted."""
        return (self.directory / Path(chunk.key).name).read_bytes()

    def is_sent(self, chunk: Chunk) -> bool:
        """Whether the store has acknowledged this chunk."""
        return self._sent(chunk).exists()

    def mark_sent(self, chunk: Chunk) -> None:
        """The store has acknowledged this chunk."""
        write_private(self._sent(chunk), b"")

    def forget_sent(self, chunks: Sequence[Chunk]) -> None:
        """The store has these no more: they are to be sent again."""
        for chunk in chunks:
            self._sent(chunk).unlink(missing_ok=True)

    def finish(self, now: int) -> None:
        """The portal lists it: keep that, and drop the ciphertext."""
        published = version_path(self.home, self.dataset, self.version) / "published"
        write_private(published, str(now).encode())
        shutil.rmtree(self.directory)

    def _sent(self, chunk: Chunk) -> Path:
        return self.directory / f"{Path(chunk.key).name}.sent"


def next_version(home: AgentHome, store: AgentStore, dataset: str) -> int:
    """One above the newest published version.

    Versions that are listed and not held here count too: an agent in this one's place made them.
    """
    held = {version for name, version in held_versions(home) if name == dataset}
    adopted = set(listed_versions(store, dataset)) - held
    return 1 + max(newest_published(home, dataset) or 0, *adopted, 0)


def source_digest(*paths: Path) -> str:
    """What an attempt was made from: a hash over the hashes of its files.

    Raises:
        Refused: `file-unreadable`.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise Refused(
                "file-unreadable",
                f"{path} cannot be read ({type(error).__name__}).",
                "Check the path; nothing was sent.",
            ) from error
    return digest.hexdigest()
