"""What a hostile program gets in the sandbox: the table of the attempts."""

from __future__ import annotations

import errno
import json
import os
import platform
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from world.sandboxed import CONDITIONS, LIMITS, Sandbox, bubblewrap, confined, staged
from world.sandboxed import run as run_in
from world.waiting import eventually

from market.adapters.sandbox.output import Folders, read_output
from market.adapters.sandbox.run import Outcome, RunConditions, SandboxLimits
from market.errors import Unavailable

pytestmark = pytest.mark.processes

Run = Callable[..., tuple[Outcome, str]]


@pytest.fixture(params=[bubblewrap, confined], ids=["bubblewrap", "one-shot"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    found: Sandbox = request.param
    return found


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    """Runs a program in the sandbox: how it ended, and what it answered."""
    return partial(run_in, sandbox=sandbox)


ANSWER = "import sys\nanswer = lambda words: open(sys.argv[1], 'w').write(str(words))\n"

CAUGHT = ANSWER + "import os, socket, sys\ntry:\n    {attempt}\nexcept Exception as error:\n"
CAUGHT += "    answer(type(error).__name__)\nelse:\n    answer('allowed')\n"

ATTEMPTS = {
    "reach the internet": (
        "socket.create_connection(('192.0.2.1', 443), 2)",
        {"PermissionError"},
    ),
    "reach a server on this machine": (
        "socket.create_connection(('127.0.0.1', 22), 2)",
        {"PermissionError"},
    ),
    "read the password file": ("open('/etc/shadow').read()", {"FileNotFoundError"}),
    "read the accounts": ("open('/etc/passwd').read()", {"FileNotFoundError"}),
    "list homes": ("os.listdir('/root')", {"FileNotFoundError"}),
    "write into the repository": ("open('program.py', 'w')", {"OSError"}),
    "write into the system": ("open('/usr/evil', 'w')", {"OSError", "PermissionError"}),
    "take two gigabytes": ("bytearray(2_000_000_000)", {"MemoryError"}),
    "make a namespace": (
        "os.unshare(0x10000000) if hasattr(os, 'unshare') else 1/0",
        {"OSError", "ZeroDivisionError", "PermissionError"},
    ),
    "become root": ("os.setuid(0)", {"PermissionError", "OSError"}),
    "write a large file": ("open(sys.argv[1], 'r+b').write(bytes(9_000_000))", {"OSError"}),
    "make an empty file": ("open('/tmp/empty', 'w')", {"OSError"}),
    "make a folder": ("os.mkdir('/run/folder')", {"OSError"}),
    "write beside the answer": ("open(f'{sys.argv[1]}.other', 'w')", {"OSError"}),
    "remove the answer": ("os.unlink(sys.argv[1])", {"OSError"}),
    "put a link in the answer's place": (
        "os.symlink('/usr', '/tmp/link'), os.rename('/tmp/link', sys.argv[1])",
        {"OSError"},
    ),
    "write into the root": ("open('/other', 'w')", {"OSError"}),
    "write beside the loader's cache": ("open('/etc/passwd', 'w')", {"OSError"}),
    "write among the devices": ("open('/dev/other', 'w')", {"OSError"}),
    "write into shared memory": ("open('/dev/shm/other', 'w')", {"OSError"}),
}


CALLS = {
    "socket of IPv4": "socket.socket(socket.AF_INET)",
    "socket of IPv6": "socket.socket(socket.AF_INET6)",
    "socket of this machine": "socket.socket(socket.AF_UNIX)",
    "pair of sockets": "socket.socketpair()",
    "socket of the hypervisor": "socket.socket(socket.AF_VSOCK)",
    "socket of the kernel": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "socket of packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "socket of ciphers": "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
    "add_key": "call(248, 'user', 'name', 'data', 4, -3)",
    "request_key": "call(249, 'user', 'name', None, -3)",
    "keyctl": "call(250, 0, -3, 0)",
    "io_uring_setup": "call(425, 1, bytes(120))",
    "perf_event_open": "call(298, bytes(128), 0, -1, -1, 0)",
    "bpf": "call(321, 0, bytes(128), 128)",
    "userfaultfd": "call(323, 1)",
    "ptrace": "call(101, 0, 0, 0, 0)",
    "process_vm_readv": "call(310, os.getpid(), None, 0, None, 0, 0)",
    "process_vm_writev": "call(311, os.getpid(), None, 0, None, 0, 0)",
    "unshare": "call(272, 0x10000000)",
    "setns": "call(308, 0, 0)",
    "mount": "call(165, 'none', '/tmp', 'tmpfs', 0, None)",
    "umount": "call(166, '/tmp', 0)",
    "open_tree": "call(428, -100, '/tmp', 1)",
    "fsopen": "call(430, 'tmpfs', 0)",
    "pivot_root": "call(155, '/tmp', '/tmp')",
    "chroot": "os.chroot('/tmp')",
    "clone of a user namespace": "call(56, 0x10000011, 0, 0, 0, 0)",
    "clone of a network": "call(56, 0x40000011, 0, 0, 0, 0)",
    "kexec_load": "call(246, 0, 0, None, 0)",
    "init_module": "call(175, bytes(8), 8, '')",
    "finit_module": "call(313, 0, '', 0)",
    "personality": "call(135, 0xffffffff)",
    "settimeofday": "call(164, None, None)",
    "syslog": "call(103, 10, None, 0)",
    "prlimit64 of another": "call(302, os.getppid(), 7, None, bytes(16))",
    "quotactl": "call(179, 0, None, 0, None)",
    "seccomp": "call(317, 2, 0, bytes(4))",
    "typing into a terminal": "call(16, 0, 0x5412, 'x')",
    "the same behind high bits": "call(16, 0, 0x100005412, 'x')",
    "a call of the next kernel": "call(600)",
}
CALL = (
    "import ctypes, errno, os, socket\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "def call(number, *arguments):\n"
    "    given = [a.encode() if isinstance(a, str) else a for a in arguments]\n"
    "    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in given]\n"
    "    if libc.syscall(ctypes.c_long(number), *wide) < 0:\n"
    "        raise OSError(ctypes.get_errno(), '')\n"
)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize("name", CALLS)
def test_system_call_is_not_permitted(run: Run, passable_path: Path, name: str) -> None:
    attempt = f"try:\n    {CALLS[name]}\nexcept OSError as error:\n    seen = error.errno\n"
    source = f"{ANSWER}{CALL}seen = 'allowed'\n{attempt}answer(seen)\n"
    outcome, answer = run(passable_path, source)
    assert (outcome.status, answer) == (0, str(errno.EPERM))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86_64")
def test_clone3_is_unknown_so_that_threads_come_from_clone(run: Run, passable_path: Path) -> None:
    source = (
        f"{ANSWER}{CALL}import threading\ndone = []\n"
        "thread = threading.Thread(target=done.append, args=(1,))\nthread.start()\nthread.join()\n"
        "try:\n    call(435, bytes(88), 88)\nexcept OSError as error:\n"
        "    answer((done, error.errno))\n"
    )
    _, answer = run(passable_path, source)
    assert answer == str(([1], errno.ENOSYS))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is a mode of x86_64")
def test_call_of_another_architecture_ends_the_program(run: Run, passable_path: Path) -> None:
    outcome, answer = run(passable_path, f"{ANSWER}{CALL}call(0x40000000 + 39)\nanswer('on')\n")
    assert outcome.status in (128 + signal.SIGSYS, -signal.SIGSYS)
    assert answer == ""


def test_names_of_keys_are_not_told(run: Run, passable_path: Path) -> None:
    for name in ("keys", "key-users"):
        folder = passable_path / name
        folder.mkdir()
        attempt = f"os.read(os.open('/proc/{name}', os.O_RDONLY), 100) and 1 / 0"
        _, answer = run(folder, CAUGHT.format(attempt=attempt))
        assert answer == "PermissionError"


def test_installed_packages_are_not_there(run: Run, passable_path: Path) -> None:
    """Debian puts some into /usr, which the program sees: what it finds depends on no machine."""
    source = ANSWER + "import sys\nanswer([p for p in sys.path if 'packages' in p])\n"
    _, answer = run(passable_path, source)
    assert answer == "[]"


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_attempt_is_stopped(run: Run, passable_path: Path, attempt: str) -> None:
    source, expected = ATTEMPTS[attempt]
    outcome, answer = run(passable_path, CAUGHT.format(attempt=source))
    # What the one hides from a program, the other refuses it.
    assert answer in expected | {"PermissionError"} or (answer == "" and outcome.status != 0)


def test_honest_program_runs(run: Run, passable_path: Path) -> None:
    outcome, answer = run(passable_path, ANSWER + "answer(6 * 7)\n")
    assert outcome == Outcome(0, is_too_slow=False)
    assert answer == "42"


def test_environment_holds_nothing_of_ours(run: Run, passable_path: Path) -> None:
    _, answer = run(passable_path, ANSWER + "import os\nanswer(','.join(sorted(os.environ)))\n")
    assert set(answer.split(",")) <= {
        "HOME", "LANG", "PATH", "PWD", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE",
        "LC_CTYPE",
    }  # fmt: skip


def test_other_processes_are_not_seen(passable_path: Path) -> None:
    """Not even the first, which is bubblewrap's: its command line names folders of this machine."""
    source = ANSWER + (
        "import os\n"
        "own = {'self', 'thread-self', str(os.getpid())}\n"
        "others = [n for n in os.listdir('/proc') if n.isdecimal() and n not in own]\n"
        "answer([(n, os.listdir(f'/proc/{n}')) for n in others])\n"
    )
    outcome, answer = run_in(passable_path, source)
    assert outcome.status == 0
    assert answer == "[('1', [])]"


def test_endless_loop_is_ended(run: Run, passable_path: Path) -> None:
    outcome, _ = run(passable_path, "while True: pass", limits=SandboxLimits(wall_seconds=1))
    assert outcome.is_too_slow or outcome.status != 0


def test_sleeping_program_is_ended(run: Run, passable_path: Path) -> None:
    source = "import time; time.sleep(60)"
    outcome, _ = run(passable_path, source, limits=SandboxLimits(wall_seconds=1))
    assert outcome.is_too_slow


FORKS = ANSWER + (
    "import os, time\nchildren = 0\ntry:\n    for _ in range(2000):\n"
    "        if os.fork() == 0:\n            time.sleep(60); os._exit(0)\n"
    "        children += 1\nexcept OSError:\n    answer(children)\n"
)


def test_forks_are_bounded(run: Run, passable_path: Path) -> None:
    _, answer = run(passable_path, FORKS)
    assert answer != ""
    assert int(answer) < LIMITS.processes


def test_forks_of_one_program_stop_no_other(passable_path: Path) -> None:
    full, other = passable_path / "full", passable_path / "other"
    full.mkdir()
    other.mkdir()
    stay = "while not os.path.exists('enough'): time.sleep(0.05)\n"
    fork = "import os\nchild = os.fork()\nchild or os._exit(0)\n"
    with ThreadPoolExecutor(1) as pool:
        forking = pool.submit(run_in, full, FORKS + stay)
        answer_of_full = full / "answer"
        eventually(lambda: answer_of_full.exists() and answer_of_full.read_text())
        outcome, answer = run_in(other, ANSWER + fork + "answer(os.waitpid(child, 0)[1])\n")
        assert not forking.done()
        (full / "repo" / "enough").touch()
    assert (outcome.status, answer) == (0, "0")


def test_output_that_is_a_link_is_not_read(passable_path: Path) -> None:
    (passable_path / "other").write_text("of somebody else")
    (passable_path / "symbolic").symlink_to(passable_path / "other")
    assert read_output(passable_path / "symbolic", 100) is None
    (passable_path / "hard").hardlink_to(passable_path / "other")
    assert read_output(passable_path / "hard", 100) is None


def test_output_that_is_a_pipe_is_not_waited_for(passable_path: Path) -> None:
    os.mkfifo(passable_path / "pipe")
    assert read_output(passable_path / "pipe", 100) is None


def test_output_that_is_a_directory_or_absent_is_not_read(passable_path: Path) -> None:
    assert read_output(passable_path, 100) is None
    assert read_output(passable_path / "absent", 100) is None


def test_output_over_the_limit_is_not_read(passable_path: Path) -> None:
    (passable_path / "large").write_bytes(bytes(101))
    assert read_output(passable_path / "large", 100) is None
    assert read_output(passable_path / "large", 101) == bytes(101)


def test_clock_and_hash_seed_can_differ(sandbox: Sandbox, passable_path: Path) -> None:
    source = ANSWER + "import time\nanswer((int(time.time()), hash('a')))"
    folders = staged(passable_path, source)
    seen = []
    for conditions in (CONDITIONS, RunConditions("+401d", 2)):
        sandbox(folders, LIMITS, conditions)
        answer = read_output(folders.output, 100)
        assert answer is not None
        seen.append(json.loads(answer.decode().replace("(", "[").replace(")", "]")))
    (now, one_hash), (later, other_hash) = seen
    assert later - now > 400 * 24 * 3_600
    assert one_hash != other_hash


def test_sandbox_that_fails_before_the_program_is_not_blamed_on_it(
    sandbox: Sandbox, passable_path: Path
) -> None:
    staged(passable_path, "")
    absent = passable_path / "absent"
    folders = Folders(absent, absent, absent, passable_path / "answer")
    with pytest.raises(Unavailable) as refused:
        sandbox(folders, LIMITS, CONDITIONS)
    assert refused.value.code == "sandbox-failed"
