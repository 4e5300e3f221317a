"""An attack: a portal names a key of its own as a colleague's, and reads what is shared with them.

The reader key it shows is signed, as it must be: by the identity key that it shows beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from world.people import a_key, fingerprint
from world.sealed_results import JOB, released_job
from world.shared import ColleaguesPortal, buyer_keyring, shown

from crypto.envelope import RecipientKey
from market.client.http.api import PortalClient
from market.client.results.colleagues import compare_colleague, find_colleague
from market.client.results.open_result import open_job
from market.client.results.share_result import share_result
from market.errors import Refused
from market.records.fingerprint_words import words_of


@pytest.mark.parametrize("has_compared", [False, True], ids=["first time", "compared before"])
def test_nothing_is_sealed_to_a_key_that_the_colleague_does_not_read_out(
    tmp_path: Path, has_compared: bool
) -> None:
    story = released_job()
    buyer = buyer_keyring(tmp_path / "buyer", story)
    open_job(buyer.home, buyer, JOB, story.bundle(), platform_key=story.platform.public.hex)
    theirs, ours = RecipientKey.generate(), RecipientKey.generate()
    portal = ColleaguesPortal(shown("bea", a_key("bea"), theirs))
    client = cast("PortalClient", portal)
    read_out = words_of(fingerprint("bea"))
    if has_compared:
        compare_colleague(buyer.home, find_colleague(client, "bea"), read_out)
    portal.shown = [shown("bea", a_key("platform"), ours)]
    swapped = find_colleague(client, "bea")
    codes = []
    for act in (
        lambda: compare_colleague(buyer.home, swapped, read_out),
        lambda: share_result(buyer.home, buyer, client, JOB, swapped, now=1),
    ):
        with pytest.raises(Refused) as caught:
            act()
        codes.append(caught.value.code)
    second = "colleague-key-changed" if has_compared else "not-compared"
    assert codes == ["colleague-key-differs", second]
    assert portal.told == []
