"""A small file system in the place of a folder, which can be filled while others write to it."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_FILLER = ".filler"


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """What is written to the folder lies on it; `remove` keeps that, on the large one."""

    folder: Path

    @classmethod
    def over(cls, folder: Path, *, mebibytes: int) -> SmallDisk:
        """Mount one over a folder in which there is nothing yet."""
        kept = folder.stat()
        options = f"size={mebibytes}m,mode={kept.st_mode & 0o777:o}"
        options += f",uid={kept.st_uid},gid={kept.st_gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        return cls(folder)

    def fill(self) -> None:
        """Take every byte that is left."""
        descriptor = os.open(self.folder / _FILLER, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        try:
            for size_bytes in (65_536, 1):
                with suppress(OSError):
                    while True:
                        os.write(descriptor, b"x" * size_bytes)
        finally:
            os.close(descriptor)

    def make_room(self) -> None:
        (self.folder / _FILLER).unlink(missing_ok=True)

    def remove(self) -> None:
        """Take it away; nothing runs any more that has it open."""
        aside = self.folder.with_name(f".{self.folder.name}.kept")
        subprocess.run(["cp", "-a", self.folder, aside], check=True)
        subprocess.run(["umount", "--lazy", self.folder], check=True)
        self.folder.rmdir()
        aside.rename(self.folder)


def unmount_below(folder: Path) -> None:
    """Take away what a drill that was killed has left."""
    for mounted in psutil.disk_partitions(all=True):
        if Path(mounted.mountpoint).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", mounted.mountpoint], check=True)
