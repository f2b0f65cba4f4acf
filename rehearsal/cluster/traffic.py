"""Requests to the service, which really go to its pods."""

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rehearsal.cluster.pods import Pod
from rehearsal.life import data
from rehearsal.machine.servers import HOST

ROWS = 12
"""Of a request: of 15 % missing values one is nearly always among them."""
PAUSE = 0.03
SECONDS = 5


@dataclass
class Traffic:
    """Requests, one after the other, to one ready pod after the other."""

    pods: Callable[[], Sequence[Pod]]
    answered: int = 0
    failed: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Sends requests until `end`."""
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Sends no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(SECONDS)

    def _send(self) -> None:
        features, _ = data.part(2, "train")
        rows = [data.line(row) for row in features]
        number = 0
        while not self._ended.wait(PAUSE):
            ready = self.pods()
            if not ready:
                continue
            first = number * ROWS % (len(rows) - ROWS)
            body = "\n".join(rows[first : first + ROWS])
            self._ask(ready[number % len(ready)], body)
            number += 1

    def _ask(self, pod: Pod, body: str) -> None:
        request = urllib.request.Request(
            f"http://{HOST}:{pod.port}/invocations", body.encode(), {"Content-Type": "text/csv"}
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 (the same)
                answer.read()
            self.answered += 1
        except urllib.error.HTTPError as error:
            error.close()
            self.failed += 1
        except (OSError, http.client.HTTPException):
            self.failed += 1
