"""Where a process is scraped by Prometheus: an address of its own, for whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from market.errors import Conflict


@contextmanager
def scraped_at(host: str, port: int, registry: CollectorRegistry) -> Iterator[None]:
    """Serve `/metrics` there while this lasts, those of the process itself too; with port 0,
    nowhere.

    Raises:
        Conflict: `metrics-port-taken`: nothing can listen there.
    """
    if port == 0:
        yield
        return
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, host, registry=registry)
    except OSError as error:
        raise Conflict(
            "metrics-port-taken",
            f"{host}:{port} cannot be listened at: {error.strerror}.",
            "Give metrics an address and a port of this machine that are free.",
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
