"""Forms as Airflow's processes keep them beside a portal that does not answer."""

from __future__ import annotations

import json
from pathlib import Path

from market import wire
from market.entities.stages import AllForms
from world.loopback import free_port


def keep_forms(airflow_home: Path, forms: AllForms) -> dict[str, str]:
    """Leave a copy there; the variables of a process that finds nothing newer."""
    airflow_home.mkdir(exist_ok=True)
    kept = {"tag": '"1"', "forms": json.loads(wire.encode(forms))}
    (airflow_home / "forms.json").write_text(json.dumps(kept))
    secret = airflow_home / "secret"
    secret.write_text("ab" * 32)
    return {
        "AIRFLOW_HOME": str(airflow_home),
        "MARKET_FORMS_URL": f"http://127.0.0.1:{free_port()}/api/v1/forms",
        "MARKET_FORMS_SECRET": str(secret),
    }
