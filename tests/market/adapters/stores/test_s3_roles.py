"""Each role's policy, as the chart has it, on a real server: what it allows, and nothing else."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from servers.bucket_roles import POLICIES, users_of
from servers.radosgw import S3Server
from world.market import MEAN_AGE, Market
from world.stored_objects import content

from market.adapters.stores.s3 import S3Store
from market.adapters.stores.s3_client import Bucket
from market.errors import Refused, Unavailable
from market.policy.submission.git_bundle import FIRST_LINE
from market.policy.submission.submission import Submission
from market.ports.object_store import ObjectMissing, upload_headers
from market.services.compute.plan_job import plan_job
from market.services.submit.drop_programs import drop_programs
from market.services.submit.send_program import send_program
from market.services.submit.submit_job import submit_job

ROLES = ("portal", "step", "driver", "executor")
PLACES = ("datasets/d/owner/1/x", "programs/lab/x", "evaluations/job/1/x", "check/x", "elsewhere/x")
MAY = {
    ("portal", "datasets"): "read create delete",
    ("portal", "programs"): "read create delete",
    ("portal", "check"): "read create delete",
    ("step", "programs"): "read",
    ("step", "evaluations"): "read create delete",
    ("driver", "datasets"): "read",
    ("driver", "evaluations"): "read create",
    ("executor", "datasets"): "read",
}
DATA = b"ciphertext"
SHA256 = hashlib.sha256(DATA).hexdigest()


@dataclass(frozen=True, slots=True)
class Site:
    """A bucket under the chart's policies, as its maker and as each role sees it."""

    bucket: Bucket
    maker: S3Store
    client: Any
    roles: dict[str, S3Store]


@pytest.fixture(scope="module")
def site(s3_server: S3Server) -> Site:
    name = f"roles-{secrets.token_hex(4)}"
    s3_server.make_bucket(name)
    users = users_of(s3_server, name, ROLES)
    roles = {role: S3Store(bucket_of(user, name)) for role, user in users.items()}
    bucket = bucket_of(s3_server, name)
    return Site(bucket, S3Store(bucket), s3_server.client(), roles)


def bucket_of(user: S3Server, name: str) -> Bucket:
    return Bucket(user.endpoint_url, name, user.region, user.credentials)


def is_let(act: Callable[[], object]) -> bool:
    try:
        act()
    except (Unavailable, ObjectMissing):
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", PLACES)
def test_role_may_do_what_its_policy_says_and_nothing_else(
    site: Site, role: str, place: str
) -> None:
    store, there = site.roles[role], f"{place}-{role}"
    site.maker.put(there, DATA, sha256=SHA256)
    acts = {
        "read": lambda: store.read(there, memoryview(bytearray(len(DATA)))),
        "create": lambda: store.put(f"{there}-new", DATA, sha256=SHA256),
        "delete": lambda: store.delete(there),
        "list": lambda: store.list(place.partition("/")[0]),
    }
    let = [name for name, act in acts.items() if is_let(act)]
    assert let == MAY.get((role, place.partition("/")[0]), "").split()
    assert (site.maker.head(there) is None) == ("delete" in let)


def test_nobody_may_change_who_may_do_what(site: Site) -> None:
    for store in site.roles.values():
        with pytest.raises(Exception, match="AccessDenied"):
            store._client.get_bucket_policy(Bucket=site.bucket.name)
        with pytest.raises(Exception, match="AccessDenied"):
            store._client.delete_bucket_policy(Bucket=site.bucket.name)


def test_what_is_not_there_is_missing_for_who_may_not_list(site: Site) -> None:
    for role, place in [("portal", "datasets/no"), ("step", "evaluations/no")]:
        store = site.roles[role]
        assert store.head(place) is None
        with pytest.raises(ObjectMissing):
            store.read(place, memoryview(bytearray(1)))


def test_owner_has_their_address_and_no_more(site: Site) -> None:
    portal, key = site.roles["portal"], "datasets/d/owner/1/by-address"
    now = int(time.time())
    url = portal.upload_url(key, sha256=SHA256, size_bytes=len(DATA), lifetime_seconds=60, now=now)
    headers = upload_headers(SHA256)
    for other in (url.replace("/owner/", "/another/"), url.partition("?")[0]):
        assert httpx.put(other, content=DATA, headers=headers).status_code == 403
    assert httpx.get(url).status_code == httpx.delete(url).status_code == 403
    assert httpx.put(url, content=DATA, headers=headers).status_code == 200
    assert content(portal, key) == DATA


def test_sent_program_is_kept_by_the_portal_and_built_by_a_step(site: Site) -> None:
    market = Market(objects=site.roles["portal"])
    market.publish()
    commit = market.programs.commit(MEAN_AGE)
    data = FIRST_LINE + f"{commit} HEAD\n\n".encode() + bytes(300_000)
    sent = send_program(market.platform, market.bob, data, now=market.now)
    assert send_program(market.platform, market.bob, data, now=market.now) == sent
    asked = Submission(sent.repository, commit, market.dataset, "0.5")
    job = submit_job(market.platform, market.bob, asked, now=market.now)
    step = replace(market.platform, objects=site.roles["step"])
    assert plan_job(step, job, now=market.now).state == "planned"
    assert [access.bundle for access in market.programs.accesses] == [data]
    (program,) = market.platform.sent_programs.of_organisation("north-lab")
    market.pass_days(30)
    drop_programs(market.platform, now=market.now)
    assert site.maker.head(program.key) is None


def test_sent_program_that_the_server_changed_is_not_built(site: Site) -> None:
    market = Market(objects=site.roles["portal"])
    market.publish()
    commit = market.programs.commit(MEAN_AGE)
    data = FIRST_LINE + f"{commit} HEAD\n\n".encode() + b"PACK"
    sent = send_program(market.platform, market.bob, data, now=market.now)
    (program,) = market.platform.sent_programs.of_organisation("north-lab")
    asked = Submission(sent.repository, commit, market.dataset, "0.5")
    job = submit_job(market.platform, market.bob, asked, now=market.now)
    site.maker.delete(program.key)
    other = data.replace(b"PACK", b"KCAP")
    site.maker.put(program.key, other, sha256=hashlib.sha256(other).hexdigest())
    ended = plan_job(market.platform, job, now=market.now)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "bundle-altered")


def test_portal_can_hold_the_server_to_creating_once_and_others_cannot(site: Site) -> None:
    site.roles["portal"].check_conditional_writes()
    for role in ("step", "driver", "executor"):
        with pytest.raises((Unavailable, Refused)):
            site.roles[role].check_conditional_writes()


def test_server_takes_the_lifecycle_of_what_killed_attempts_leave(site: Site) -> None:
    rules = json.loads((POLICIES / "lifecycle.json").read_text())
    site.client.put_bucket_lifecycle_configuration(
        Bucket=site.bucket.name, LifecycleConfiguration=rules
    )
    seen = site.client.get_bucket_lifecycle_configuration(Bucket=site.bucket.name)["Rules"]
    assert {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in seen} == {
        "evaluations/": 1,
        "check/": 1,
    }
