"""How long Airflow's processes wait for each other's writes to SQLite, instead of failing.

Airflow reads this by its import path (sql_alchemy_connect_args and its async sibling).
"""

from __future__ import annotations

CONNECT_ARGUMENTS = {"timeout": 30}
"""Seconds, of sqlite3.connect."""
