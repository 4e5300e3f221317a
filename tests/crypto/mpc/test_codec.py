from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import FormatError
from crypto.mpc.aborts import STAGES, Abort
from crypto.mpc.codec import (
    HEADER_BYTES,
    HELLO_BYTES,
    Header,
    Hello,
    Kind,
    pack_abort,
    pack_header,
    pack_hello,
    unpack_abort,
    unpack_header,
    unpack_hello,
)

HEADERS = st.builds(
    Header, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1)
)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=400)
ABORTS = st.builds(Abort, st.sampled_from(STAGES), st.integers(0, 5), st.just("member-lost"), PLAIN)


@given(HEADERS)
def test_header_is_read_as_it_was_written(header: Header) -> None:
    packed = pack_header(header)
    assert len(packed) == HEADER_BYTES
    assert unpack_header(packed) == header


@given(st.binary(min_size=HEADER_BYTES, max_size=HEADER_BYTES))
def test_bytes_are_no_header_or_exactly_one(data: bytes) -> None:
    try:
        header = unpack_header(data)
    except FormatError:
        return
    assert pack_header(header) == data


@given(st.binary(min_size=32, max_size=32), st.integers(0, 255))
def test_hello_is_read_as_it_was_written(seal: bytes, point: int) -> None:
    packed = pack_hello(Hello(seal, point))
    assert len(packed) == HELLO_BYTES
    assert unpack_hello(packed) == Hello(seal, point)


@given(ABORTS)
def test_abort_is_read_as_it_was_told(abort: Abort) -> None:
    assert unpack_abort(pack_abort(abort), members=5) == abort


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b'{"code":"member-lost","party":1,"reason":"x"}',
        pack_abort(Abort("share", 6, "member-lost", "x")),
        pack_abort(Abort("share", -1, "member-lost", "x")),
        pack_abort(Abort("share", True, "member-lost", "x")),
        pack_abort(Abort("lunch", 1, "member-lost", "x")),  # type: ignore[arg-type]
        pack_abort(Abort("share", 1, "Member Lost", "x")),
        pack_abort(Abort("share", 1, "member-lost", "")),
        pack_abort(Abort("share", 1, "member-lost", "x" * 401)),
        pack_abort(Abort("share", 1, "member-lost", "\x1b[2J")),
        pack_abort(Abort("share", 1, "member-lost", "a" * 3000)),
    ],
)
def test_what_is_no_abort_among_the_members_is_refused(told: bytes) -> None:
    with pytest.raises(FormatError):
        unpack_abort(told, members=5)
