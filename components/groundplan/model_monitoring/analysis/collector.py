"""Collects the events of KServe's payload logger, and writes them as data capture.

    python -m groundplan.model_monitoring.analysis.collector URL [PERCENT] [PORT]

It runs beside the logger in each pod: both events of a request come to the same
collector. It answers at once and writes later, since a logger whose queue of 100 is
full waits with the request that it logs. What can't be written is kept, within bounds;
then the oldest is dropped, and counted. Requests are never held up for it.
"""

import signal
import sys
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from groundplan.model_monitoring.analysis import cloud_events, stores
from groundplan.model_monitoring.analysis.cloud_events import Event
from groundplan.model_monitoring.analysis.documents import hash64
from groundplan.model_monitoring.analysis.stores import LONGEST, Store

PORT = 9082
FLUSH_SECONDS = 60
"""Between two objects: 1,440 a day and pod, and what is lost with a node."""
FLUSH_BYTES = 4 * 1024 * 1024
MOST_BYTES = 64 * 1024 * 1024
"""Of lines that wait to be written, and of requests that wait for their responses,
each: the container has 256 MB."""


@dataclass
class Collector:
    """Pairs requests with responses, and keeps their lines until they are written."""

    place: Store
    percent: int = 100
    name: Callable[[], str] = field(default=lambda: uuid.uuid4().hex)
    dropped: int = 0
    _alone: OrderedDict[tuple[str, str], Event] = field(default_factory=OrderedDict)
    """By ID and kind: events whose other one has not come."""
    _alone_bytes: int = 0
    _lines: list[tuple[str, str]] = field(default_factory=list)
    """Hour, line."""
    _lines_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_sampled(self, event_id: str) -> bool:
        """Returns whether a request is captured: by its ID alone, so that both of its
        events are, or neither."""
        return hash64(event_id, "capture") % 100 < self.percent

    def add(self, event: Event) -> bool:
        """Keeps an event. Returns whether there is enough to be written."""
        if not self.is_sampled(event.id):
            return False
        with self._lock:
            other = self._take(event)
            if other is None:
                self._wait(event)
            else:
                pair = (event, other) if event.kind == cloud_events.REQUEST else (other, event)
                self._keep(*pair)
            return self._lines_bytes >= FLUSH_BYTES

    def _take(self, event: Event) -> Event | None:
        request = event.kind == cloud_events.REQUEST
        kind = cloud_events.RESPONSE if request else cloud_events.REQUEST
        other = self._alone.pop((event.id, kind), None)
        if other is not None:
            self._alone_bytes -= len(other.body)
        return other

    def _wait(self, event: Event) -> None:
        before = self._alone.pop((event.id, event.kind), None)
        self._alone_bytes += len(event.body) - (len(before.body) if before else 0)
        self._alone[event.id, event.kind] = event
        # Those that failed have no response: they are dropped here, in the end.
        while self._alone_bytes > MOST_BYTES or len(self._alone) > MOST_BYTES // 1024:
            _, oldest = self._alone.popitem(last=False)
            self._alone_bytes -= len(oldest.body)

    def _keep(self, request: Event, response: Event) -> None:
        if not request.body:
            return  # a GET: a health check of a load balancer
        line = cloud_events.line(request, response)
        self._lines.append((request.time[:13], line))
        self._lines_bytes += len(line)
        while self._lines_bytes > MOST_BYTES:
            self._lines_bytes -= len(self._lines.pop(0)[1])
            self.dropped += 1

    def flush(self) -> None:
        """Writes what waits, an object for each hour. Raises what the store raises, and
        keeps then what it has not written."""
        with self._lock:
            lines, self._lines, self._lines_bytes = self._lines, [], 0
        hours = sorted({hour for hour, _ in lines})
        while hours:
            hour = hours[0]
            content = "".join(f"{line}\n" for known, line in lines if known == hour)
            try:
                self.place.write(f"{_folder(hour)}{self.name()}.jsonl", content.encode())
            except Exception:
                with self._lock:
                    rest = [item for item in lines if item[0] in hours]
                    self._lines = [*rest, *self._lines]
                    self._lines_bytes = sum(len(line) for _, line in self._lines)
                raise
            del hours[0]


def _folder(hour: str) -> str:
    """Returns the folder of data capture: `2026-11-28T09` is in `2026/11/28/09/`."""
    return hour.replace("-", "/").replace("T", "/") + "/"


def server(collector: Collector, port: int, wake: threading.Event) -> ThreadingHTTPServer:
    """Returns a server that collects what is posted to it by this pod."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            body = b"".join(self._body())
            event = Event.read(self.headers, body)  # type: ignore[arg-type]
            if event is not None and collector.add(event):
                wake.set()
            self._answer(200 if event is not None else 400)

        def _body(self) -> Iterator[bytes]:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                while size := int(self.rfile.readline().partition(b";")[0], 16):
                    yield self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                yield self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LONGEST))

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            """Logs nothing: payloads of requests are no matter of a log."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def write(collector: Collector, wake: threading.Event, end: threading.Event) -> None:
    """Writes now and then, until the end, and once more."""
    while True:
        last = end.is_set()
        try:
            collector.flush()
        except Exception as error:  # noqa: BLE001 (any: it is tried again)
            fate = "are lost" if last else "wait"
            sys.stderr.write(f"captures can't be written, and {fate}: {error}\n")
        if last:
            return
        wake.wait(FLUSH_SECONDS)
        wake.clear()


def main(arguments: Sequence[str]) -> None:
    """Serves until it is terminated, and writes then what is left."""
    percent = int(arguments[1]) if len(arguments) > 1 else 100
    port = int(arguments[2]) if len(arguments) > 2 else PORT
    collector = Collector(stores.store(arguments[0]), percent)
    wake, end = threading.Event(), threading.Event()
    http = server(collector, port, wake)
    serving = threading.Thread(target=http.serve_forever, daemon=True)

    def stop(*_: object) -> None:
        end.set()
        wake.set()

    signal.signal(signal.SIGTERM, stop)
    serving.start()
    write(collector, wake, end)
    http.shutdown()
    if collector.dropped:
        sys.stderr.write(f"{collector.dropped} captures were dropped\n")


if __name__ == "__main__":
    main(sys.argv[1:])
