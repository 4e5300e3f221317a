"""git as a child process: our configuration only, no terminal, and caps on what it takes.

A pack of a few kilobytes can stand for any number of bytes: one object is a list of pieces of
another, one tree names another ten times, ten levels deep. So time, memory and every file have a
cap, what git prints goes to files too, and nothing of a repository says how its files are written.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from market.adapters.full_disk import ends_in_full_disk
from market.errors import Unavailable

_DIED: Final = 128
_LAST_WORDS_BYTES: Final = 65_536
_VERSION: Final = re.compile(r"git version (\d+(?:\.\d+)+)")
_THRIFT: Final = {
    # One thread, and packs mapped by pieces: the cap on memory counts what is mapped.
    "pack.threads": "1",
    "core.packedGitWindowSize": "16m",
    "core.packedGitLimit": "128m",
    # A pack is kept as one file, which has a cap, and never as any number of files.
    "fetch.unpackLimit": "1",
}
# The most important of git's lists of attributes: files are written as they are in the commit, not
# in other encodings or expanded, whatever its .gitattributes say.
_PLAIN_FILES: Final = "* -text !eol -ident !filter !working-tree-encoding\n"


FIRST_THAT_PINS: Final = (2, 37)
"""The git with which `http.curloptResolve` came: one before it looks a host up again."""


class GitFailed(Exception):
    """git ended with an error. Its words stay in here: they may quote the repository."""

    def __init__(self, status: int, words: str, *, is_too_slow: bool = False) -> None:
        super().__init__(f"git ended with {status}")
        self.words = words
        self.is_too_slow = is_too_slow or -status == signal.SIGXCPU
        is_out_of_room = "File too large" in words or "out of memory" in words.lower()
        self.is_too_large = is_out_of_room or -status == signal.SIGXFSZ
        # git dies with a word. Where there is none, that word found no room either.
        is_speechless = status == _DIED and not words
        self.is_disk_full = is_speechless or any(map(_is_of_full_disk, words.splitlines()))


class Git:
    """One repository.

    Args:
        options: the configuration beside our caps, by `section.key`; values hold no quotes.
        protocol: the one transport git may use.
        wall_seconds: of one command.
        maximum_bytes: of one file, of what a command prints too.
        memory_bytes: address space of one process.

    Attributes:
        directory: what `git_directory` was given.

    Raises:
        Unavailable: git or prlimit is not installed.
    """

    def __init__(
        self,
        git_directory: Path,
        work_tree: Path,
        *,
        options: Mapping[str, str],
        protocol: str,
        wall_seconds: int,
        maximum_bytes: int,
        memory_bytes: int,
    ) -> None:
        program, limiter = shutil.which("git"), shutil.which("prlimit")
        if program is None or limiter is None:
            raise Unavailable(
                "git-missing", "git or prlimit is not installed.", "Install git and util-linux."
            )
        self._command = [
            *(limiter, f"--fsize={maximum_bytes}", f"--as={memory_bytes}"),
            *(f"--cpu={wall_seconds}", "--"),
            *(program, f"--git-dir={git_directory}", f"--work-tree={work_tree}"),
        ]
        git_directory.mkdir(mode=0o700)
        (git_directory / "info").mkdir()
        (git_directory / "info" / "attributes").write_text(_PLAIN_FILES)
        configuration = git_directory / "our-configuration"
        configuration.write_text(_configuration({**_THRIFT, **options}))
        self.directory = git_directory
        self._wall_seconds = wall_seconds
        self._environment = {
            "PATH": os.defpath,
            "HOME": str(git_directory),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            # A file, because git does not hand -c on to the other end of a local fetch.
            "GIT_CONFIG_GLOBAL": str(configuration),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": protocol,
        }

    def run(self, *arguments: str) -> bytes:
        """What a command printed.

        Raises:
            GitFailed: git ended with an error, took too long, or met a cap.
        """
        with self._new_file() as output, self._new_file() as words:
            status = self._run_to_its_end(arguments, output, words)
            if status:
                raise GitFailed(status, _end_of(words))
            output.seek(0)
            return output.read()

    def _new_file(self) -> BinaryIO:
        return tempfile.TemporaryFile(dir=self.directory)

    def _run_to_its_end(self, arguments: tuple[str, ...], output: BinaryIO, words: BinaryIO) -> int:
        with subprocess.Popen(
            [*self._command, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=words,
            start_new_session=True,
            # SIGXFSZ ends git at the cap of what it prints, where it would else go on printing.
            # Python ignores it, and so shall the child that takes in what is fetched: its write
            # fails in words; of a child that was ended git tells nothing of use.
            restore_signals=arguments[0] != "fetch",
        ) as process:
            try:
                return process.wait(self._wall_seconds)
            except subprocess.TimeoutExpired as error:
                os.killpg(process.pid, signal.SIGKILL)
                raise GitFailed(-signal.SIGKILL, "", is_too_slow=True) from error


def git_version() -> str:
    """What the installed git calls itself: `2.39.5`; empty when it does not say.

    Raises:
        Unavailable: `git-missing`.
    """
    program = shutil.which("git")
    if program is None:
        raise Unavailable("git-missing", "git is not installed.", "Install git.")
    told = subprocess.run(
        [program, "version"], capture_output=True, text=True, timeout=30, check=False
    )
    found = _VERSION.match(told.stdout)
    return found[1] if found else ""


def can_pin(version: str) -> bool:
    """Whether a git of this version keeps a host at the addresses that were checked."""
    numbers = tuple(int(number) for number in version.split(".")[:2]) if version else ()
    return numbers >= FIRST_THAT_PINS


def _is_of_full_disk(line: str) -> bool:
    """Whether git's own word, not the other side's and not of a path, is of a full disk here."""
    return line.startswith(("error:", "fatal:")) and ends_in_full_disk(line)


def _end_of(words: BinaryIO) -> str:
    """git says last why it ended; before it stands what the other side says."""
    size = words.seek(0, os.SEEK_END)
    words.seek(max(0, size - _LAST_WORDS_BYTES))
    return words.read().decode("utf-8", "replace")


def _configuration(options: Mapping[str, str]) -> str:
    lines = []
    for name, value in options.items():
        section, _, key = name.partition(".")
        lines.append(f'[{section}]\n\t{key} = "{value}"\n')
    return "".join(lines)
