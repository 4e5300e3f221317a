"""git as a child process: our configuration only, no terminal, and caps on time and file size."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from market.errors import Unavailable


class GitFailed(Exception):
    """git ended with an error. Its words stay in here: they may quote the repository."""

    def __init__(self, status: int, words: str, *, is_too_slow: bool = False) -> None:
        super().__init__(f"git ended with {status}")
        self.words = words
        self.is_too_slow = is_too_slow or -status == signal.SIGXCPU
        # The limit ends git or one of its children by SIGXFSZ, or makes a write fail.
        self.is_too_large = (
            -status == signal.SIGXFSZ
            or status == 128 + signal.SIGXFSZ
            or "File too large" in words
            or f"signal {int(signal.SIGXFSZ)}" in words
        )


class Git:
    """One repository.

    Args:
        options: the whole configuration, by `section.key`; values hold no quotes.
        protocol: the one transport git may use.

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
    ) -> None:
        program, limiter = shutil.which("git"), shutil.which("prlimit")
        if program is None or limiter is None:
            raise Unavailable(
                "git-missing", "git or prlimit is not installed.", "Install git and util-linux."
            )
        self._command = [limiter, f"--fsize={maximum_bytes}", f"--cpu={wall_seconds}", "--"]
        self._command += [program, f"--git-dir={git_directory}", f"--work-tree={work_tree}"]
        git_directory.mkdir(mode=0o700)
        configuration = git_directory / "our-configuration"
        configuration.write_text(_configuration(options))
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
        """The output of a command (raises GitFailed)."""
        with subprocess.Popen(
            [*self._command, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                output, words = process.communicate(timeout=self._wall_seconds)
            except subprocess.TimeoutExpired as error:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise GitFailed(-signal.SIGKILL, "", is_too_slow=True) from error
        if process.returncode:
            raise GitFailed(process.returncode, words.decode("utf-8", "replace"))
        return output


def _configuration(options: Mapping[str, str]) -> str:
    lines = []
    for name, value in options.items():
        section, _, key = name.partition(".")
        lines.append(f'[{section}]\n\t{key} = "{value}"\n')
    return "".join(lines)
