"""Fetching: which addresses are accepted, and what a commit may hold."""

from __future__ import annotations

import functools
import os
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from market.adapters.git import Git
from market.adapters.repository import FetchLimits, fetch_commit, parse_address
from market.errors import MarketError, Refused, Unavailable

pytestmark = pytest.mark.processes

LOCAL = FetchLimits(wall_seconds=20, maximum_bytes=1_000_000, allow_file=True)


def public(_host: str) -> list[str]:
    return ["93.184.216.34"]


def private(_host: str) -> list[str]:
    return ["10.1.2.3"]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing among the tests' output."""


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", "-C", str(repository), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def a_repository(folder: Path, files: dict[str, str]) -> tuple[str, str]:
    """A git repository with one commit: its address and the commit's hash."""
    folder.mkdir()
    git(folder, "init", "-q")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Start")
    return f"file://{folder}", git(folder, "rev-parse", "HEAD")


def refusal(url: str, commit: str, tmp_path: Path, limits: FetchLimits = LOCAL) -> str:
    with pytest.raises(MarketError) as caught:
        fetch_commit(url, commit, tmp_path / "fetched", limits)
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch /tmp/evil",
        "-oProxyCommand=evil",
        "ext::sh -c evil",
        "ssh://git@example.org/team/job",
        "git@example.org:team/job.git",
        "http://example.org/team/job",
        "https://user@example.org/team/job",
        "https://user:password@example.org/team/job",
        "https://example.org/team/job?x=1",
        "https://example.org/team/job#frag",
        "https://example.org/a/../b",
        "https://example.org:99999/a",
        "https://exa mple.org/a",
        "https:///a",
        "https://[::1/a",
        "file://host/a",
        "file:///a;b",
        "",
    ],
)
def test_address_is_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_address(url, allow_file=True, resolver=public)
    assert caught.value.code == "repository-address"


def test_file_address_needs_its_setting() -> None:
    with pytest.raises(Refused):
        parse_address("file:///srv/job", allow_file=False, resolver=public)


def test_private_host_is_refused() -> None:
    with pytest.raises(Refused, match="private network"):
        parse_address("https://intranet.example.org/job", allow_file=False, resolver=private)


def test_host_is_pinned_to_the_checked_address() -> None:
    source = parse_address("https://git.example.org/job", allow_file=False, resolver=public)
    assert source.url == "https://git.example.org:443/job"
    assert source.pinned == "git.example.org:443:93.184.216.34"


def test_host_is_pinned_to_all_its_addresses_in_the_resolvers_order() -> None:
    addresses = ["2606:2800:220:1:248:1893:25c8:1946", "93.184.216.34"]
    source = parse_address(
        "https://git.example.org:8443/job", allow_file=False, resolver=lambda _: addresses
    )
    assert source.pinned == (
        "git.example.org:8443:[2606:2800:220:1:248:1893:25c8:1946],93.184.216.34"
    )


def test_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(Refused, match="private network"):
        parse_address(
            "https://git.example.org/job",
            allow_file=False,
            resolver=lambda _: ["93.184.216.34", "10.1.2.3"],
        )


def test_git_goes_on_to_the_next_pinned_address(tmp_path: Path) -> None:
    """Nothing listens at the IPv6 address: the repository is read over IPv4."""
    a_repository(tmp_path / "job", {"job.py": ""})
    git(tmp_path / "job", "update-server-info")
    served = functools.partial(QuietHandler, directory=str(tmp_path / "job" / ".git"))
    with ThreadingHTTPServer(("127.0.0.1", 0), served) as server:
        threading.Thread(target=server.serve_forever).start()
        where = f"git.example.org:{server.server_port}"
        reader = Git(
            tmp_path / "reader",
            tmp_path,
            options={"http.curloptResolve": f"{where}:[::1],127.0.0.1"},
            protocol="http",
            wall_seconds=20,
            maximum_bytes=1_000_000,
            memory_bytes=1 << 30,
        )
        reader.run("init", "-q")
        refs = reader.run("ls-remote", "--", f"http://{where}/")
        server.shutdown()
    assert git(tmp_path / "job", "rev-parse", "HEAD") in refs.decode()


def test_commit_is_checked_out(tmp_path: Path) -> None:
    url, commit = a_repository(tmp_path / "job", {"job.py": "x = 1\n", "lib/a.py": "y = 2\n"})
    fetch_commit(url, commit, tmp_path / "fetched", LOCAL)
    assert (tmp_path / "fetched" / "job.py").read_text() == "x = 1\n"
    assert (tmp_path / "fetched" / "lib" / "a.py").read_text() == "y = 2\n"
    assert not (tmp_path / "fetched" / ".git").exists()
    assert not list(tmp_path.glob(".fetched*"))


def test_unknown_commit_is_refused(tmp_path: Path) -> None:
    url, _ = a_repository(tmp_path / "job", {"job.py": ""})
    assert refusal(url, "0" * 39 + "1", tmp_path) == "commit-unknown"


def test_missing_repository_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        fetch_commit(f"file://{tmp_path}/none", "1" * 40, tmp_path / "fetched", LOCAL)


@pytest.mark.parametrize("commit", ["HEAD", "-" * 40, "G" * 40, "1" * 39, "--help" + "1" * 34])
def test_malformed_commit_is_refused(tmp_path: Path, commit: str) -> None:
    assert refusal("file:///none", commit, tmp_path) == "commit-malformed"


def test_symbolic_link_in_the_tree_is_refused(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    git(tmp_path / "job", "init", "-q")
    os.symlink("/etc/passwd", tmp_path / "job" / "job.py")
    git(tmp_path / "job", "add", "-A")
    git(tmp_path / "job", "commit", "-q", "-m", "Link")
    commit = git(tmp_path / "job", "rev-parse", "HEAD")
    assert refusal(f"file://{tmp_path}/job", commit, tmp_path) == "repository-link"


def test_large_pack_is_refused(tmp_path: Path) -> None:
    noise = os.urandom(2_000_000).hex()
    url, commit = a_repository(tmp_path / "job", {"job.py": "", "noise.txt": noise})
    assert refusal(url, commit, tmp_path) == "repository-too-large"


def test_large_tree_in_a_small_pack_is_refused(tmp_path: Path) -> None:
    url, commit = a_repository(tmp_path / "job", {"job.py": "", "zeros.txt": "0" * 3_000_000})
    assert refusal(url, commit, tmp_path) == "repository-too-large"


def test_hooks_of_the_repository_do_not_run(tmp_path: Path) -> None:
    url, commit = a_repository(tmp_path / "job", {"job.py": ""})
    hook = tmp_path / "job" / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    fetch_commit(url, commit, tmp_path / "fetched", LOCAL)
    assert not (tmp_path / "ran").exists()


def test_files_are_written_as_they_are_in_the_commit(tmp_path: Path) -> None:
    program = "# $Id$\nx = 1\n"
    url, _ = a_repository(tmp_path / "job", {"job.py": program})
    attributes = "* text eol=crlf ident working-tree-encoding=UTF-16 filter=lfs\n"
    (tmp_path / "job" / ".gitattributes").write_text(attributes)
    # They are for whoever fetches; here they would change their own file.
    (tmp_path / "job" / ".git" / "info" / "attributes").write_text("* !working-tree-encoding\n")
    git(tmp_path / "job", "add", ".gitattributes")
    git(tmp_path / "job", "commit", "-q", "-m", "Attributes")
    fetch_commit(url, git(tmp_path / "job", "rev-parse", "HEAD"), tmp_path / "fetched", LOCAL)
    assert (tmp_path / "fetched" / "job.py").read_bytes() == program.encode()


def test_object_that_git_takes_for_malformed_is_refused_as_such(tmp_path: Path) -> None:
    _, commit = a_repository(tmp_path / "job", {"job.py": ""})
    text = git(tmp_path / "job", "cat-file", "commit", commit).replace("<test@", "<<test@")
    (tmp_path / "commit").write_text(text)
    bad = git(
        tmp_path / "job", "hash-object", "-t", "commit", "-w", "--literally", f"{tmp_path}/commit"
    )
    git(tmp_path / "job", "update-ref", "refs/heads/main", bad)
    assert refusal(f"file://{tmp_path}/job", bad, tmp_path) == "repository-malformed"


@pytest.mark.parametrize("words", ["git version 2.36.9", "git version 1.9", "gat"])
def test_git_that_cannot_pin_a_host_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\necho "{words}"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    with pytest.raises(Unavailable, match="git-too-old"):
        fetch_commit(
            "https://git.example.org/job.git",
            "1" * 40,
            tmp_path / "fetched",
            LOCAL,
            resolver=public,
        )
