"""The filter for both architectures, read as the kernel reads it."""

from __future__ import annotations

import errno
import struct

import pytest

from market.adapters.sandbox.system_calls import ARCHITECTURES, filter_program
from market.errors import Unavailable

pytestmark = pytest.mark.processes

ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
OTHER = {"x86_64": "aarch64", "aarch64": "x86_64"}
# Numbers of asm/unistd.h.
READ_OPENAT_EXIT = {"x86_64": (0, 257, 231), "aarch64": (63, 56, 94)}
CLONE = {"x86_64": 56, "aarch64": 220}
IOCTL = {"x86_64": 16, "aarch64": 29}
FORBIDDEN = {
    # socket, keyctl, ptrace, bpf, perf_event_open, userfaultfd, unshare, mount, io_uring_setup
    "x86_64": (41, 250, 101, 321, 298, 323, 272, 165, 425),
    "aarch64": (198, 219, 117, 280, 241, 282, 97, 40, 425),
}
CLONE3 = 435


def verdict(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the classic BPF program returns for a call (struct seccomp_data)."""
    given = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *given)
    code = list(struct.iter_unpack("<HBBI", program))
    at, accumulator = 0, 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        match operation:
            case 0x20:  # load a word
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x54:  # and
                accumulator &= value
            case 0x05:  # jump
                at += value
            case 0x15:  # jump if equal
                at += if_true if accumulator == value else if_false
            case 0x25:  # jump if greater
                at += if_true if accumulator > value else if_false
            case 0x35:  # jump if greater or equal
                at += if_true if accumulator >= value else if_false
            case 0x06:
                return value
            case _:
                raise AssertionError(f"operation {operation:#x}")


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_what_an_interpreter_needs_is_allowed(machine: str) -> None:
    for number in READ_OPENAT_EXIT[machine]:
        assert verdict(filter_program(machine), ARCHITECTURES[machine], number) == ALLOW


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_what_leads_out_is_not_permitted(machine: str) -> None:
    for number in (*FORBIDDEN[machine], 600):
        assert verdict(filter_program(machine), ARCHITECTURES[machine], number) == EPERM


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("namespace", [0x20000, *(1 << bit for bit in range(25, 31))])
def test_clone_makes_processes_and_no_namespace(machine: str, namespace: int) -> None:
    program, architecture = filter_program(machine), ARCHITECTURES[machine]
    assert verdict(program, architecture, CLONE[machine], 17) == ALLOW
    assert verdict(program, architecture, CLONE[machine], 17 | namespace) == EPERM
    assert verdict(program, architecture, CLONE3) == ENOSYS


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_ioctl_asks_a_file_and_types_nothing(machine: str) -> None:
    program, architecture = filter_program(machine), ARCHITECTURES[machine]
    assert verdict(program, architecture, IOCTL[machine], 0, 0x5401) == ALLOW
    for request in (0x5412, 0x541C, 0x1_0000_5412):
        assert verdict(program, architecture, IOCTL[machine], 0, request) == EPERM


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_call_of_another_architecture_ends_the_process(machine: str) -> None:
    other = ARCHITECTURES[OTHER[machine]]
    for architecture in (other, 0x40000003):
        assert verdict(filter_program(machine), architecture, 0) == KILL_PROCESS


def test_machine_without_a_list_is_refused() -> None:
    with pytest.raises(Unavailable, match="riscv64") as refused:
        filter_program("riscv64")
    assert refused.value.code == "sandbox-failed"
