"""The last result as metrics of Prometheus, over HTTP.

    python -m groundplan.model_monitoring.analysis.exporter SETTINGS.json [PORT]

A check ends before Prometheus would scrape it. What it came to is in the bucket anyway:
this server reads it there, so that there is no second store of results, as a push
gateway would be. It needs no library of statistics.
"""

import datetime
import json
import pathlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from groundplan.model_monitoring.analysis import names, stores
from groundplan.model_monitoring.analysis.stores import Store

PORT = 8080
SECONDS = 300
"""Between two looks at the bucket: a result is hours old when it is written."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Exporter:
    """The metrics of a monitor's last result."""

    place: Store
    monitor: str
    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic
    _text: str = ""
    _read: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Exporter":
        """Returns the exporter of a check's settings."""
        return cls(stores.store(settings["results"]), settings["job"]["monitor"])

    def text(self) -> str:
        """Returns the metrics in Prometheus' text format. Raises what the store
        raises: a scrape that fails is noticed, and an old number is not."""
        with self._lock:
            if self.clock() - self._read >= self.seconds:
                self._text = self._current()
                self._read = self.clock()
            return self._text

    def _current(self) -> str:
        keys = [entry.key for entry in self.place.entries()]
        # The result is written last: a folder with one is complete.
        ends = [k.partition("/")[0] for k in keys if k.endswith(f"/{names.RESULT_FILE}")]
        if not ends:
            return ""
        last = max(ends)
        text = self.place.read(f"{last}/{names.METRICS_FILE}").decode()
        end = _moment(last)
        if end is None:
            return text
        monitor = json.dumps(self.monitor)
        return (
            f"{text}# HELP {names.WINDOW_END} End of the last hours that were checked.\n"
            f"# TYPE {names.WINDOW_END} gauge\n"
            f"{names.WINDOW_END}{{monitor={monitor}}} {end.timestamp():.0f}\n"
        )


def _moment(folder: str) -> datetime.datetime | None:
    """Returns the end of a window, by the name of its folder."""
    try:
        return datetime.datetime.strptime(folder, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


def server(exporter: Exporter, port: int) -> ThreadingHTTPServer:
    """Returns a server of `/metrics`, and of `/healthz` for the kubelet."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(200, "ok")
            elif self.path == "/metrics":
                try:
                    self._answer(200, exporter.text())
                except Exception as error:  # noqa: BLE001 (any: the scrape has failed)
                    self.log_error("%s", error)
                    self._answer(503, "the results can't be read\n")
            else:
                self._answer(404, "not found\n")

        def _answer(self, status: int, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            """Logs nothing: a line per scrape says nothing."""

    return ThreadingHTTPServer(("", port), Handler)


def main(arguments: Sequence[str]) -> None:
    """Serves until it is terminated."""
    settings = json.loads(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    port = int(arguments[1]) if len(arguments) > 1 else PORT
    # The first process of a container ignores it otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server(Exporter.of(settings), port).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
