"""What Python asks and tells a person at the keyboard of a notebook or a terminal."""

from __future__ import annotations


def tell_first_sight(kind: str, name: str, fingerprint: str) -> None:
    """Say that a key was pinned which nothing but the portal vouches for yet."""
    print(
        f"First sight of the key of {kind} {name}, on the portal's word alone: {fingerprint}. "
        f"Have it read out to you by another channel, then: market pin {kind} {name}"
    )


def ask(words: str) -> bool:
    """Show what would be signed, and ask at the keyboard."""
    print(words)
    return input("Sign this? [y/N] ").strip().lower() in ("y", "yes")


def read_out(user: str) -> str:
    """Ask for the words of a colleague's key, as they read them out."""
    return input(f"Words {user} reads out to you, by another channel than the portal: ")
