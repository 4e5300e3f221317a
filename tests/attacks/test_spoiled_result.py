"""A platform spoils a result by other shares b. Unsigned, they are nothing to the client; signed,
they and the honest ones prove it wrong to an outsider who has no more than its key."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from world.cheating_platform import CheatingPlatform, buyer_home, serving
from world.sealed_results import JOB, Story, released_job, shares, shifted

from crypto import canonical
from crypto.parameters import PRODUCTS
from market.cli.main import main


def spoiled(story: Story, **changes: str) -> bytes:
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], 1_000 * PRODUCTS.unit(1))
    return story.bundle(platform=shares(platform), **changes)


def test_second_word_of_a_platform_is_the_proof_against_it(tmp_path: Path) -> None:
    story = released_job()
    honest = story.bundle()
    platform = CheatingPlatform()
    with serving(platform) as url:
        home = buyer_home(tmp_path / "home", story, url)
        codes = []
        for platform.bundle in (
            spoiled(story, statement=canonical.loads(honest)["statement"]),
            honest,
            spoiled(story),
        ):
            command = ["result", "open", JOB, "--json", "--home", str(home)]
            told = json.loads(CliRunner().invoke(main, command).stdout)
            codes.append(told["error"]["code"] if "error" in told else "opened")
    assert codes == ["result-invalid", "opened", "platform-share-changed"]
    # Somebody else, with the kept files and the platform's key.
    kept = sorted(str(path) for path in (home / "jobs" / JOB).glob("bundle*.json"))
    outsider = ["--json", "--home", str(tmp_path / "outsider")]
    key = ["--platform-key", story.platform.public.hex]
    signed = [path for path in kept if "bundle.json" not in path]
    shown = CliRunner().invoke(main, ["result", "evidence", *signed, *key, *outsider])
    assert shown.exit_code == 0, shown.output
    proofs = json.loads(shown.stdout)["proofs"]
    assert {proof["rule"] for proof in proofs} == {1, 2, 3}
    # Without the key, or under another, they are nobody's word.
    for given in ([], ["--platform-key", story.agent.public.hex]):
        shown = CliRunner().invoke(main, ["result", "evidence", *signed, *given, *outsider])
        assert json.loads(shown.stdout)["error"]["code"] == "platform-key-unknown"
