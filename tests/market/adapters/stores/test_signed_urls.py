from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.secret import Secret, unchanging
from market.adapters.stores.signed_urls import (
    UrlSigner,
    sign_url,
    verify_download,
    verify_upload,
)
from market.errors import NotPermitted
from market.ports.object_store import Content

KEY = Secret(bytes(range(32)))
SIGNER = UrlSigner("http://127.0.0.1:8420/objects", unchanging(KEY))
CONTENT = Content("ab" * 32, 5)
OBJECT = "datasets/d/#valid/age*hours.ect"


def parts(url: str) -> tuple[str, dict[str, str]]:
    """What a server sees: the object's key and the query, decoded once."""
    split = urlsplit(url)
    assert split.fragment == ""
    return unquote(split.path.removeprefix("/objects/")), dict(parse_qsl(split.query))


def test_upload_address_admits_its_content_until_it_expires() -> None:
    key, query = parts(sign_url(SIGNER, OBJECT, expires=1_000, content=CONTENT))
    assert key == OBJECT
    assert verify_upload([KEY], key, query, now=999) == CONTENT
    with pytest.raises(NotPermitted) as refused:
        verify_upload([KEY], key, query, now=1_000)
    assert refused.value.code == "address-expired"


def test_download_address_is_no_upload_address_nor_the_other_way() -> None:
    key, query = parts(sign_url(SIGNER, OBJECT, expires=1_000, content=None))
    verify_download([KEY], key, query, now=0)
    with pytest.raises(NotPermitted, match="not one for PUT"):
        verify_upload([KEY], key, query, now=0)
    key, query = parts(sign_url(SIGNER, OBJECT, expires=1_000, content=CONTENT))
    with pytest.raises(NotPermitted, match="not one for GET"):
        verify_download([KEY], key, query, now=0)
    with pytest.raises(NotPermitted):
        verify_download([KEY], key, {**query, "method": "GET"}, now=0)


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "1001"},
        {"expires": "0" + "1000"},
        {"sha256": "ac" * 32},
        {"size": "6"},
        {"signature": "00" * 32},
        {"signature": ""},
        {"signature": "ä"},
        {"signature": "\ud800"},
        {"more": "1"},
    ],
)
def test_altered_address_is_refused(change: dict[str, str]) -> None:
    key, query = parts(sign_url(SIGNER, OBJECT, expires=1_000, content=CONTENT))
    with pytest.raises(NotPermitted) as refused:
        verify_upload([KEY], key, {**query, **change}, now=0)
    assert refused.value.code == "address-altered"


@pytest.mark.parametrize("missing", ["expires", "method", "sha256", "size", "signature"])
def test_address_with_a_member_missing_is_refused(missing: str) -> None:
    key, query = parts(sign_url(SIGNER, OBJECT, expires=1_000, content=CONTENT))
    del query[missing]
    with pytest.raises(NotPermitted, match="not one for PUT"):
        verify_upload([KEY], key, query, now=0)


def test_address_of_one_object_or_store_is_none_of_another() -> None:
    key, query = parts(sign_url(SIGNER, OBJECT, expires=1_000, content=None))
    with pytest.raises(NotPermitted, match="signature"):
        verify_download([KEY], key + "x", query, now=0)
    with pytest.raises(NotPermitted, match="signature"):
        verify_download([Secret(bytes(32))], key, query, now=0)


def test_malformed_key_gets_no_address() -> None:
    with pytest.raises(ValueError, match="malformed"):
        sign_url(SIGNER, "a/../b", expires=1_000, content=None)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=80), max_size=6), st.text(max_size=30))
def test_anything_from_outside_is_answered_with_a_refusal(query: dict[str, str], key: str) -> None:
    for members in (query, dict.fromkeys(["expires", "method", "signature"], "GET") | query):
        with pytest.raises(NotPermitted):
            verify_download([KEY], key, members, now=0)
