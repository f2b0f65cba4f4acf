"""A headless Chromium for tests: opens a file, runs JavaScript in it, takes pictures.
By pipe: no port, no library.

The protocol: https://chromedevtools.github.io/devtools-protocol/ (messages end in a NUL
byte, file descriptors 3 and 4).
"""

import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

SECONDS = 30.0
"""The longest that one answer is waited for."""


class Page:
    """One page of the browser."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        """Events of the browser: errors and messages of the console among them."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> Any:
        """The answer to one command. Raises `RuntimeError` where the browser refuses,
        `TimeoutError` where it is silent."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(method)
            if answer.get("id") != self._last:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _next(self, method: str) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            if not select.select([self._from], [], [], max(end - time.monotonic(), 0))[0]:
                raise TimeoutError(f"no answer to {method} in {SECONDS:.0f} seconds")
            read = os.read(self._from, 1 << 16)
            if not read:
                raise RuntimeError("the browser ended")
            self._buffer += read
        text, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found

    def show(self, file: pathlib.Path, width: int, height: int = 844, dark: bool = False) -> None:
        """Opens a file in a window of that size, in CSS pixels; below 800 it is a
        phone's. Back when all has loaded."""
        phone = width < 800
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.ask("Page.navigate", url=file.as_uri())
        end = time.monotonic() + SECONDS
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            if time.monotonic() > end:
                raise TimeoutError(f"{file} did not load")
            self.run("1")

    def run(self, script: str) -> Any:
        """The value of an expression in the page, awaited if it is a promise."""
        result = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(
                result["exceptionDetails"]
                .get("exception", {})
                .get("description", "the script failed")
            )
        return result["result"].get("value")

    def complaints(self) -> list[str]:
        """Errors, refusals of the page's policy, and requests for anything but the page
        itself."""
        self.run("1")
        found = []
        for event in self.events:
            params = event.get("params", {})
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(str(params["exceptionDetails"]))
                case "Log.entryAdded":
                    found.append(params["entry"]["text"])
                case "Network.requestWillBeSent" if params.get("type") != "Document":
                    found.append(params["request"]["url"])
        return found

    def picture(self, file: pathlib.Path, whole: bool = True) -> None:
        """Writes a PNG of the whole page, or of what is in the window."""
        result = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(result["data"]))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Page]:
    """A browser with a profile of its own, for all tests; skips them where there is
    none that starts."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH")
    with ExitStack() as stack:
        try:
            page = stack.enter_context(_browser())
        except (OSError, RuntimeError) as error:  # a timeout is an OSError
            pytest.skip(f"{CHROMIUM} does not start: {error}")
        yield page


@contextmanager
def _browser() -> Iterator[Page]:
    read_by_browser, to_browser = os.pipe()
    from_browser, written_by_browser = os.pipe()
    its = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (read_by_browser, written_by_browser)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-extensions",
            "--remote-debugging-pipe", f"--user-data-dir={profile}",
        ]  # fmt: skip
        start = f'exec 3<&{its[0]} 4>&{its[1]}; exec "$@"'
        process = subprocess.Popen(
            ["bash", "-c", start, "browser", str(CHROMIUM), *options],
            pass_fds=its,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": profile},
        )
        for fd in (*its, read_by_browser, written_by_browser):
            os.close(fd)
        try:
            yield Page(to_browser, from_browser)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(to_browser)
            os.close(from_browser)
