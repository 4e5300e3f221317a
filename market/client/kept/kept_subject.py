"""What a commit says it does: its subject, kept from when its job was reviewed here to be signed.

It is the platform's word, shown and never relied on.
"""

from __future__ import annotations

from market.client.kept.home import ClientHome

_FILE = "subject.txt"


def keep_subject(home: ClientHome, job: str, subject: str) -> None:
    """Keep the subject of a job's commit; an empty one is not kept."""
    if subject:
        home.write_job(job, _FILE, subject.encode())


def kept_subject(home: ClientHome, job: str) -> str:
    """The subject; empty where the job was signed elsewhere, or by an earlier release."""
    return (home.read_job(job, _FILE) or b"").decode("utf-8", "replace")
