from __future__ import annotations

from pathlib import Path

import pytest

from market.adapters.stores.credentials import credentials_for_spark, read_credentials
from market.errors import Refused

OWN = {"MARKET_S3_ACCESS_KEY_ID": "own", "MARKET_S3_SECRET_ACCESS_KEY": "own-secret"}
READ = {
    "MARKET_S3_READ_ACCESS_KEY_ID": "read",
    "MARKET_S3_READ_SECRET_ACCESS_KEY_FILE": "/run/secrets/read",
}


def test_each_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("in-file\n")
    environment = OWN | {"MARKET_S3_ACCESS_KEY_ID_FILE": str(tmp_path / "id")}
    del environment["MARKET_S3_ACCESS_KEY_ID"]
    read = read_credentials(environment)
    assert (read.access_key_id, read.secret_access_key.reveal()) == ("in-file", b"own-secret")
    assert "own-secret" not in repr(read)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "store-credentials"),
        (OWN | {"MARKET_S3_SECRET_ACCESS_KEY": ""}, "store-credentials"),
        (OWN | {"MARKET_S3_ACCESS_KEY_ID_FILE": "/also"}, "store-credentials"),
        ({name + "_FILE": "/nowhere" for name in OWN}, "settings-invalid"),
    ],
)
def test_what_is_missing_double_or_unreadable_is_refused(
    environment: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        read_credentials(environment)
    assert refused.value.code == code


def test_spark_is_given_what_only_reads_where_there_is_any() -> None:
    assert credentials_for_spark(OWN | {"HOME": "/"}) == OWN
    assert credentials_for_spark(OWN | READ) == {
        "MARKET_S3_ACCESS_KEY_ID": "read",
        "MARKET_S3_SECRET_ACCESS_KEY_FILE": "/run/secrets/read",
    }


@pytest.mark.parametrize("missing", READ)
def test_half_of_what_only_reads_is_refused(missing: str) -> None:
    half = {name: value for name, value in READ.items() if name != missing}
    with pytest.raises(Refused, match="MARKET_S3_READ_"):
        credentials_for_spark(OWN | half)
