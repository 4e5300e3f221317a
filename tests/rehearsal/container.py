"""One container as a process of this machine: its own root, its uid, the names it may call.

bubblewrap gives it a root that nobody writes to, holding what an image would: the system, this
checkout, the virtual environment's packages, and `market` on its path. What the chart mounts is
mounted; what it lets the container write is an empty folder of its own. Its program is the first
process that it sees, as in a pod, and has its uid and no capability.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from market.demo.roles import ROOT, shared_python
from rehearsal.manifests import Container

_CODE, _PACKAGES, _PROGRAMS = "/opt/market", "/opt/packages", "/opt/programs"
"""Where images have them; this machine may have them below what a chart mounts."""
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")
_OF_ETC = (
    *("alternatives", "java-17-openjdk", "ld.so.cache", "localtime", "mime.types"),
    *("nsswitch.conf", "ssl", "ca-certificates"),
)
_SHIM = """#!/bin/sh
exec {python} -P -m market.cli.main "$@"
"""


@dataclass(frozen=True)
class Place:
    """Where a pod is: its own name, a folder of this machine that is its disk, the names it knows,
    a folder of this machine that it may read, and one below that which it may not."""

    name: str
    folder: Path
    hosts: Mapping[str, str]
    shown: Path
    hidden: Path


def prepare_image(folder: Path) -> Path:
    """What an image would add to the system: a folder with `market` in it."""
    python = shared_python()
    if python is None:
        raise RuntimeError("no interpreter here that other accounts may run")
    programs = folder / "image"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "market").write_text(_SHIM.format(python=python))
    (programs / "market").chmod(0o755)
    return programs


def command_of(
    container: Container, place: Place, image: Path, more: Mapping[str, str]
) -> list[str]:
    """The argument list that runs a container; its folders are made.

    Args:
        more: variables that the rehearsal sets, above the chart's.
    """
    place.folder.mkdir(parents=True, exist_ok=True)
    environment = _image_environment() | dict(container.environment) | dict(more)
    return [
        *("bwrap", "--die-with-parent"),
        *("--unshare-ipc", "--unshare-uts", "--unshare-pid", "--as-pid-1"),
        *("--hostname", place.name, "--tmpfs", "/"),
        *_passable(Path("/etc/hosts"), *map(Path, _of_image(image).values()), *_paths(container)),
        *_image(image),
        *("--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"),
        *_etc(container, place),
        *_mounts(container, place),
        *_shown(container, place),
        *("--remount-ro", "/", "--chdir", "/", "--clearenv"),
        *(word for name, value in environment.items() for word in ("--setenv", name, value)),
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
        *("--cap-add", "CAP_SETPCAP", "--", "/usr/bin/setpriv", "--no-new-privs"),
        # A change of uid takes it away that the program dies with whoever runs it.
        *("--pdeathsig", "KILL"),
        *(f"--reuid={container.uid}", f"--regid={container.uid}", "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--"),
        *container.command,
    ]


def _image(image: Path) -> list[str]:
    words: list[str] = []
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    for name in _OF_ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder, there in _of_image(image).items():
        words += ["--ro-bind", str(folder), there]
    return words


def _of_image(image: Path) -> dict[Path, str]:
    """What an image adds to the system, and where: the interpreter, too, if it is not there."""
    places = {ROOT: _CODE, Path(sysconfig.get_path("purelib")): _PACKAGES, image: _PROGRAMS}
    python = shared_python()
    if python is not None and not python.is_relative_to("/usr"):
        prefix = python.resolve().parent.parent
        places[prefix] = str(prefix)
    return places


def _paths(container: Container) -> list[Path]:
    return [Path(mount.path) for mount in container.mounts]


def _passable(*places: Path) -> list[str]:
    """Folders that everybody may pass through, on the way to what is mounted."""
    parents = {parent for place in places for parent in place.parents} - {Path("/")}
    return [word for path in sorted(parents) for word in ("--perms", "0755", "--dir", str(path))]


def _etc(container: Container, place: Place) -> list[str]:
    uid = container.uid
    lines = [f"{address} {name}" for name, address in place.hosts.items()]
    files = {
        "hosts": "\n".join(["127.0.0.1 localhost", *lines]) + "\n",
        "passwd": f"root:x:0:0::/:/bin/sh\nmarket:x:{uid}:{uid}::/tmp:/bin/sh\n",
        "group": f"root:x:0:\nmarket:x:{uid}:\n",
    }
    words: list[str] = []
    for name, text in files.items():
        (place.folder / name).write_text(text)
        words += ["--ro-bind", str(place.folder / name), f"/etc/{name}"]
    return words


def _shown(container: Container, place: Place) -> list[str]:
    """Buyers' repositories, for whoever takes steps; a sandbox has nothing to fetch from."""
    if "MARKET_SANDBOX_URL" not in container.environment:
        return []
    shown = ("--ro-bind", str(place.shown), str(place.shown))
    return [*_passable(place.shown), *shown, "--perms", "0755", "--tmpfs", str(place.hidden)]


def _image_environment() -> dict[str, str]:
    return {
        "PATH": f"{_PROGRAMS}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{_CODE}:{_PACKAGES}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
    }


def _mounts(container: Container, place: Place) -> list[str]:
    words: list[str] = []
    for mount in container.mounts:
        folder = place.folder / "mounts" / mount.path.strip("/").replace("/", "-")
        if mount.files is None:
            # Kept from one container of a pod to the next, and over restarts, as a pod's are.
            folder.mkdir(parents=True, exist_ok=True)
            _give(folder, container.uid, 0o770)
            words += ["--bind", str(folder), mount.path]
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in mount.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            _give(path, container.uid, mount.mode)
        _give(folder, container.uid, 0o550)
        words += ["--ro-bind", str(folder), mount.path]
    return words


def _give(path: Path, uid: int, mode: int) -> None:
    """As a cluster mounts for a pod: by root, for the pod's group."""
    os.chown(path, 0, uid)
    path.chmod(mode)
