"""What is measured: one table, from which the programs make their metrics and the page is made.

Nothing here names a person, an organisation, a job or a repository: every label takes few values,
however large the market grows, and what is counted is no more than an operator may know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""0.3 s is what a read may take."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, as Prometheus knows it.

    Attributes:
        name: with its unit at the end, in seconds or bytes; `_total` counts up.
        meaning: one sentence without its full stop.
        labels: what each says stands in `meaning`.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()


REQUESTS: Final = Metric(
    "market_http_requests_total",
    "counter",
    "Requests answered, by method, route template and status",
    ("method", "route", "status"),
)
REQUEST_SECONDS: Final = Metric(
    "market_http_request_duration_seconds",
    "histogram",
    "From a request's first byte to the end of its answer",
    ("method", "route"),
)
REQUESTS_IN_FLIGHT: Final = Metric(
    "market_http_requests_in_flight", "gauge", "Requests that are being answered"
)
UPLOADS: Final = Metric(
    "market_uploads_in_flight", "gauge", "Objects that arrive at this portal, or wait for a place"
)
QUOTES: Final = Metric(
    "market_quotes_in_line",
    "gauge",
    "Quotes that are being priced or wait, at the counter for short plans or for long ones",
    ("counter",),
)
RELAY_LINKS: Final = Metric(
    "market_relay_links", "gauge", "Links between members of consortia that this portal relays"
)
RELAY_ENDED: Final = Metric(
    "market_relay_links_ended_total", "counter", "Links that have ended, by why", ("why",)
)
RELAY_BYTES: Final = Metric(
    "market_relay_bytes_total", "counter", "What members sent each other through this relay"
)
JOBS: Final = Metric("market_jobs", "gauge", "Jobs under way, by state", ("state",))
JOBS_AGE: Final = Metric(
    "market_jobs_oldest_age_seconds",
    "gauge",
    "How long the job that came first has been in its state",
    ("state",),
)
JOBS_ENDED: Final = Metric(
    "market_jobs_ended_last_hour",
    "gauge",
    "Jobs that ended within the last hour, by state and error code",
    ("state", "code"),
)
RUNS_OWED: Final = Metric(
    "market_airflow_runs_owed", "gauge", "Jobs whose run Airflow has not taken yet"
)
ANSWERS_OWED: Final = Metric(
    "market_airflow_answers_owed", "gauge", "Waits that Airflow has not been told the end of"
)
ANSWERS_AGE: Final = Metric(
    "market_airflow_answers_oldest_age_seconds", "gauge", "How long the longest of them is owed"
)
PARTS: Final = Metric(
    "market_part_up",
    "gauge",
    "1 for a part that is well at this scrape: Airflow's processes, the object store, the relay",
    ("part",),
)
AGENTS: Final = Metric(
    "market_agents",
    "gauge",
    "Owners whose agent was last here within two minutes, an hour, a day, longer ago or never",
    ("seen",),
)
BUDGETS: Final = Metric(
    "market_budgets",
    "gauge",
    "Budgets of people in the data, by the highest mark of percent that their spending has passed",
    ("mark",),
)
STORED: Final = Metric(
    "market_stored_bytes",
    "gauge",
    "Size of all chunks of all versions that owners have published and that are not deleted",
)
DUE: Final = Metric(
    "market_due_bytes", "gauge", "Of these, what nobody needs any more and is deleted next"
)
DROPPED_OBJECTS: Final = Metric(
    "market_dropped_objects_total",
    "counter",
    "Chunks that this portal has deleted since nobody needed them",
)
DROPPED_BYTES: Final = Metric("market_dropped_bytes_total", "counter", "How large these were")
STORE_REQUESTS: Final = Metric(
    "market_store_requests_total",
    "counter",
    "What this portal asked of the object store, by act, and by outcome: ok, or why not",
    ("act", "outcome"),
)
STORE_SECONDS: Final = Metric(
    "market_store_request_duration_seconds", "histogram", "How long the store took", ("act",)
)
STORE_BYTES: Final = Metric(
    "market_store_bytes_total",
    "counter",
    "Bytes put or read through this portal; those sent to a store's own addresses are not its",
    ("act",),
)
HOUSEKEEPER_ALIVE: Final = Metric(
    "market_housekeeper_alive", "gauge", "1 while this portal's housekeeper is at work"
)
HOUSEKEEPER_LEADS: Final = Metric(
    "market_housekeeper_leads", "gauge", "1 while this portal looks after jobs for all portals"
)
DUTY_SECONDS: Final = Metric(
    "market_housekeeping_duration_seconds", "histogram", "One round of a duty", ("duty",)
)
TROUBLES: Final = Metric(
    "market_housekeeping_trouble",
    "gauge",
    "1 for a duty that did not go well the last time, by error code",
    ("duty", "code"),
)
DATABASE_UP: Final = Metric(
    "market_database_up", "gauge", "1 if the platform's database answered this scrape"
)
DATABASE_CONNECTIONS: Final = Metric(
    "market_database_connections_in_use", "gauge", "Connections that are in use in this process"
)
DISK_FREE: Final = Metric(
    "market_home_free_bytes", "gauge", "Room left on the file system of MARKET_HOME"
)
BUILD: Final = Metric(
    "market_build_info",
    "gauge",
    "1, with the release and the schema of its database",
    ("version", "schema"),
)

PORTAL_METRICS: Final = (
    REQUESTS,
    REQUEST_SECONDS,
    REQUESTS_IN_FLIGHT,
    UPLOADS,
    QUOTES,
    RELAY_LINKS,
    RELAY_ENDED,
    RELAY_BYTES,
    JOBS,
    JOBS_AGE,
    JOBS_ENDED,
    RUNS_OWED,
    ANSWERS_OWED,
    ANSWERS_AGE,
    PARTS,
    AGENTS,
    BUDGETS,
    STORED,
    DUE,
    DROPPED_OBJECTS,
    DROPPED_BYTES,
    STORE_REQUESTS,
    STORE_SECONDS,
    STORE_BYTES,
    HOUSEKEEPER_ALIVE,
    HOUSEKEEPER_LEADS,
    DUTY_SECONDS,
    TROUBLES,
    DATABASE_UP,
    DATABASE_CONNECTIONS,
    DISK_FREE,
    BUILD,
)

RELAY_METRICS: Final = (
    RELAY_LINKS,
    RELAY_ENDED,
    RELAY_BYTES,
    DATABASE_CONNECTIONS,
    DISK_FREE,
    BUILD,
)
"""Of a relay of its own."""

AGENT_WORKING: Final = Metric(
    "market_agent_reconciled", "gauge", "1 while the agent's store may be worked from"
)
AGENT_ROUND: Final = Metric(
    "market_agent_last_round_timestamp_seconds",
    "gauge",
    "When the agent last came to the end of a look at the portal, in unix seconds",
)
AGENT_REPLIES: Final = Metric(
    "market_agent_replies_waiting", "gauge", "Replies that the portal has not acknowledged yet"
)
AGENT_SESSIONS: Final = Metric(
    "market_agent_sessions", "gauge", "Sessions with other members that are under way"
)
AGENT_FAILURES: Final = Metric(
    "market_agent_failures",
    "gauge",
    "Parts of the work that fail until further notice, by error code",
    ("code",),
)
AGENT_RECEIPTS: Final = Metric(
    "market_agent_receipts", "gauge", "Receipts in the agent's chain: what has ever been charged"
)

AGENT_METRICS: Final = (
    AGENT_WORKING,
    AGENT_ROUND,
    AGENT_REPLIES,
    AGENT_SESSIONS,
    AGENT_FAILURES,
    AGENT_RECEIPTS,
    BUDGETS,
    DISK_FREE,
)
"""Of an owner's agent, at its owner."""
