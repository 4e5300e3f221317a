"""What spark-submit, a Spark driver and Airflow's executor ask of Kubernetes' API, on loopback.

It keeps objects, answers lists and watches of pods, and does nothing by itself: whoever asks for it
says what becomes of a pod. It holds callers to the rules that it was given for their token, and
checks nothing else: no schema, no quota. Watches go over plain HTTP, to which clients turn where a
proxy knows no WebSocket (it answers 503 to that).
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]
Query = dict[str, list[str]]
Call = tuple[str, str, str]
_VERBS = {"POST": "create", "PATCH": "patch"}
_LOOK_SECONDS = 0.2
_DISCOVERED: dict[str, Object] = {
    "/version": {"major": "1", "minor": "33"},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list"]}],
    },
}
_MADE_AT = "2026-01-01T00:00:00Z"


@dataclass
class KubernetesApi:
    """Objects by path; `deleted` are the names of pods.

    Attributes:
        on_pod: called with every pod that is made, in the thread that answers.
        rules: of a role, by the token of who has it; whoever has none may do everything.
        used: (token, verb, resource) of every call that was let pass.
        refused: those that were not.
    """

    url: str = ""
    objects: dict[str, Object] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    rules: dict[str, list[Object]] = field(default_factory=dict)
    used: set[Call] = field(default_factory=set)
    refused: set[Call] = field(default_factory=set)
    on_pod: Callable[[Object], None] = lambda _pod: None
    changed: threading.Condition = field(default_factory=threading.Condition)
    events: list[tuple[str, Object]] = field(default_factory=list)
    is_over: bool = False

    def of_kind(self, kind: str) -> list[Object]:
        return [one for one in self.objects.values() if one.get("kind") == kind]

    def pods(self, **labels: str) -> list[Object]:
        """Those that are there, by labels whose dashes are spelled as underscores."""
        wanted = {name.replace("_", "-"): value for name, value in labels.items()}
        return [pod for pod in self.of_kind("Pod") if wanted.items() <= labels_of(pod).items()]

    def tell(self, name: str, phase: str, *, exit_code: int | None = None, ip: str = "") -> None:
        """What the cluster has to say of a pod."""
        with self.changed:
            for pod in self.of_kind("Pod"):
                if pod["metadata"]["name"] == name:
                    pod["status"] = status_of(pod, phase, exit_code, ip)
                    self._event("MODIFIED", pod)

    def lets(self, call: Call) -> bool:
        """Whether whoever has the token may do that."""
        token, verb, resource = call
        allowed = token not in self.rules or any(
            verb in rule["verbs"] and resource in rule["resources"] for rule in self.rules[token]
        )
        (self.used if allowed else self.refused).add(call)
        return allowed

    def create(self, path: str, made: Object) -> Object | None:
        """The object as it is kept; None where there is one of this name."""
        place = f"{path}/{made['metadata']['name']}"
        with self.changed:
            if place in self.objects:
                return None
            self._keep(place, made)
            if made["kind"] == "Pod":
                made["status"] = {"phase": "Pending"}
                self._event("ADDED", made)
        if made["kind"] == "Pod":
            self.on_pod(made)
        return made

    def apply(self, place: str, change: Object) -> Object:
        with self.changed:
            kept = self.objects.get(place, {})
            metadata = kept.get("metadata", {}) | change.get("metadata", {})
            self._keep(place, kept | change | {"metadata": metadata})
            return self.objects[place]

    def delete(self, places: list[str]) -> None:
        with self.changed:
            for place in places:
                gone = self.objects.pop(place, None)
                if gone is not None and gone["kind"] == "Pod":
                    self.deleted.append(gone["metadata"]["name"])
                    self._event("DELETED", gone)

    def chosen(self, path: str, query: Query) -> list[str]:
        """The places below a path that a call's selectors choose."""
        return [
            place
            for place, kept in self.objects.items()
            if place.rpartition("/")[0] == path and _is_chosen(kept, query)
        ]

    def watched(self, path: str, query: Query) -> Iterator[tuple[str, Object]]:
        """What is there now as ADDED, then every event, until the API ends."""
        with self.changed:
            seen = len(self.events)
            first = [("ADDED", self.objects[place]) for place in self.chosen(path, query)]
        yield from first
        while not self.is_over:
            with self.changed:
                if len(self.events) == seen:
                    self.changed.wait(_LOOK_SECONDS)
                fresh, seen = self.events[seen:], len(self.events)
            yield from (event for event in fresh if _is_chosen(event[1], query))

    def _keep(self, place: str, made: Object) -> None:
        metadata = made.setdefault("metadata", {})
        metadata.setdefault("uid", str(uuid.uuid4()))
        metadata.setdefault("creationTimestamp", _MADE_AT)
        metadata["resourceVersion"] = str(len(self.events) + 1)
        if "/namespaces/" in place:
            metadata["namespace"] = place.partition("/namespaces/")[2].partition("/")[0]
        self.objects[place] = made

    def _event(self, kind: str, pod: Object) -> None:
        pod["metadata"]["resourceVersion"] = str(len(self.events) + 2)
        self.events.append((kind, json.loads(json.dumps(pod))))
        self.changed.notify_all()


def labels_of(kept: Object) -> dict[str, str]:
    return dict(kept["metadata"].get("labels", {}))


def status_of(pod: Object, phase: str, exit_code: int | None, ip: str) -> Object:
    state = {"running": {"startedAt": _MADE_AT}} if phase == "Running" else {}
    if exit_code is not None:
        state = {"terminated": {"exitCode": exit_code, "reason": "Ended"}}
    containers = [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": container["image"],
            "ready": phase == "Running",
            "restartCount": 0,
            "state": state,
        }
        for container in pod["spec"]["containers"]
    ]
    ready = "True" if phase == "Running" else "False"
    return {
        "phase": phase,
        "podIP": ip,
        "startTime": _MADE_AT,
        "conditions": [{"type": "Ready", "status": ready}],
        "containerStatuses": containers,
    }


def _is_chosen(kept: Object, query: Query) -> bool:
    labels = labels_of(kept)
    words = [word for one in query.get("labelSelector", []) for word in one.split(",")]
    names = [word.removeprefix("metadata.name=") for word in query.get("fieldSelector", [])]
    return all(_fits(labels, word) for word in words) and (
        not names or kept["metadata"]["name"] in names
    )


def _fits(labels: dict[str, str], word: str) -> bool:
    """Whether labels are as one part of a selector wants them."""
    if "!=" in word:
        name, _, value = word.partition("!=")
        return labels.get(name) != value
    name, _, value = word.replace("==", "=").partition("=")
    return labels.get(name) == value


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: KubernetesApi

    def log_message(self, *_: object) -> None:
        """Not to the tests' output."""

    def do_GET(self) -> None:
        self._take(self._get)

    def do_get(self) -> None:
        """As one client spells it."""
        self._take(self._get)

    def do_POST(self) -> None:
        self._take(self._post)

    def do_PATCH(self) -> None:
        self._take(lambda path, _: self._answer(200, self.api.apply(path, self.body)))

    def do_DELETE(self) -> None:
        self._take(self._delete)

    def _take(self, do: Callable[[str, Query], None]) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body: Any = json.loads(self.rfile.read(length)) if length else {}
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path in _DISCOVERED:
            self._answer(200, _DISCOVERED[parts.path])
        elif self.api.lets(self._call(parts.path, query)):
            do(parts.path, query)
        else:
            self._refuse(403, "Forbidden")

    def _call(self, path: str, query: Query) -> Call:
        """Who asks for what, in the words of a rule."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        resource, *name = path.partition("/namespaces/")[2].split("/")[1:]
        verb = _VERBS.get(self.command, "")
        if self.command == "GET":
            verb = "watch" if "watch" in query else "get" if name else "list"
        elif self.command == "DELETE":
            verb = "delete" if name else "deletecollection"
        return token, verb, resource

    def _get(self, path: str, query: Query) -> None:
        if "watch" in query:
            self._watch(path, query)
        elif path in self.api.objects:
            self._answer(200, self.api.objects[path])
        elif path.endswith("/pods"):
            items = [self.api.objects[place] for place in self.api.chosen(path, query)]
            version = {"resourceVersion": str(len(self.api.events) + 1)}
            head = {"kind": "PodList", "apiVersion": "v1", "metadata": version}
            self._answer(200, head | {"items": items})
        else:
            self._refuse(404, "NotFound")

    def _post(self, path: str, _: Query) -> None:
        made = self.api.create(path, self.body)
        if made is None:
            self._refuse(409, "AlreadyExists")
        else:
            self._answer(201, made)

    def _delete(self, path: str, query: Query) -> None:
        self.api.delete([path] if path in self.api.objects else self.api.chosen(path, query))
        self._answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _watch(self, path: str, query: Query) -> None:
        if self.headers.get("Upgrade"):
            self._refuse(503, "ServiceUnavailable")
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for kind, kept in self.api.watched(path, query):
                line = json.dumps({"type": kind, "object": kept}).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()
        except ConnectionError:
            # Whoever watched has gone.
            self.close_connection = True

    def _refuse(self, code: int, reason: str) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
        self._answer(code, status | {"reason": reason, "code": code, "message": reason})

    def _answer(self, code: int, answer: Object) -> None:
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def kubernetes_api() -> Iterator[KubernetesApi]:
    """An API without any object, on a port of its own."""
    api = KubernetesApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"api": api}))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.is_over = True
        server.shutdown()
        server.server_close()
        thread.join()
