from __future__ import annotations

import copy
import json
import logging
import pickle

import pytest

from crypto.envelope import RecipientKey
from crypto.identity import SigningKey
from crypto.secret import Secret

VALUE = b"correct horse battery staple"


def test_secret_shows_nothing_however_it_is_printed() -> None:
    secret = Secret(VALUE)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>20}",
        "%s %r" % (secret, secret),  # noqa: UP031 - this way of printing too
        f"{[secret]} { {'k': secret} }",
        str(logging.makeLogRecord({"msg": "%s", "args": (secret,)}).getMessage()),
    ]
    assert all("<secret>" in text for text in shown)
    assert not any("horse" in text or VALUE.hex() in text for text in shown)


def test_secret_is_revealed_only_by_name() -> None:
    assert Secret(VALUE).reveal() == VALUE
    with pytest.raises(TypeError):
        iter(Secret(VALUE))  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        bytes(Secret(VALUE))  # type: ignore[call-overload]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secrets_and_keys_are_never_pickled(protocol: int) -> None:
    for hidden in (Secret(VALUE), SigningKey.generate(), RecipientKey.generate()):
        with pytest.raises(TypeError):
            pickle.dumps(hidden, protocol)


def test_secret_is_neither_copied_hashed_nor_written_as_json() -> None:
    secret = Secret(VALUE)
    with pytest.raises(TypeError, match="never pickled"):
        copy.deepcopy(secret)
    with pytest.raises(TypeError, match="no hash"):
        hash(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_secrets_are_equal_by_content_and_to_nothing_else() -> None:
    assert Secret(VALUE) == Secret(bytes(VALUE))
    assert Secret(VALUE) != Secret(b"")
    assert Secret(VALUE) != VALUE


def test_secret_of_text_is_refused_without_naming_it() -> None:
    with pytest.raises(TypeError) as refused:
        Secret("hunter2")  # type: ignore[arg-type]
    assert "hunter2" not in str(refused.value)


def test_keys_print_nothing() -> None:
    signing, recipient = SigningKey.generate(), RecipientKey.generate()
    assert repr(signing) == str(signing) == "<secret>"
    assert repr(recipient) == str(recipient) == "<secret>"
