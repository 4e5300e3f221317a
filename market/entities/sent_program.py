"""A program that its buyer sent: a git bundle, kept until the jobs that name it are planned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """How large one bundle may be, and how much an organisation's may be together."""

    maximum_bytes: int = 20_000_000
    organisation_bytes: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SentProgram:
    """`digest` is the SHA-256 (hex) of the bundle; `needed_at`, in unix seconds, is when it was
    last sent or named by a job. One organisation's is never used for another's job."""

    organisation: str
    digest: str
    size_bytes: int
    needed_at: int

    @property
    def key(self) -> str:
        """Where its bytes lie in the object store."""
        return f"programs/{self.organisation}/{self.digest}"
