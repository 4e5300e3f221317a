"""The receipts that lie beside an opened result, and whether they verify by keys known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto.identity import PublicKey
from market.client.kept.home import ClientHome
from market.client.verify.known_keys import require_agent_key, require_platform_key
from market.client.verify.verify_receipt import require_plan, verify_receipt
from market.errors import Refused


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """One party's receipt.

    Attributes:
        member: whose it is, empty where one party answered.
        file: in the job's folder.
        number: its place in its agent's chain, 0 where it does not verify.
        issued_at: Unix seconds, 0 likewise.
        agent, platform: fingerprints of the keys that signed it, empty likewise.
        fault: why it does not verify here, empty where it does.
    """

    member: str
    file: str
    rho_units: int
    number: int
    issued_at: int
    agent: str
    platform: str
    fault: str


def kept_receipts(home: ClientHome, job: str, result: Mapping[str, Any]) -> list[KeptReceipt]:
    """Those of an opened result, each verified again; nobody is asked.

    Args:
        result: as `market.client.results.opened_results.opened_result` reads it.
    """
    return [_verified(home, job, result["plan_hash"], one) for one in result["receipts"]]


def _verified(home: ClientHome, job: str, plan_hash: str, told: Mapping[str, Any]) -> KeptReceipt:
    file, rho_units = str(told["file"]), int(told["rho_units"])
    try:
        data = home.read_job(job, file)
        if data is None:
            raise Refused("receipt-missing", f"{file} is not there any more.", "Open it again.")
        found = verify_receipt(data)
        require_agent_key(home, found.receipt.names, found.agent_key, given=None)
        require_platform_key(home, found.platform_key, given=None)
        require_plan(found, salt=str(told["plan_salt"]), plan_hash=plan_hash)
    except Refused as refused:
        return KeptReceipt(str(told["member"]), file, rho_units, 0, 0, "", "", refused.message)
    return KeptReceipt(
        str(told["member"]),
        file,
        rho_units,
        found.receipt.sequence,
        found.receipt.issued_at,
        PublicKey.parse(found.agent_key).fingerprint(),
        PublicKey.parse(found.platform_key).fingerprint(),
        "",
    )
