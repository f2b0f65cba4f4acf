"""Prometheus and Alertmanager of this machine, with the plan's configuration in less
time."""

import contextlib
import json
import pathlib
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.kubernetes.prometheus import URL
from groundplan.manifest.model import Manifest

from rehearsal.account.names import Names
from rehearsal.cluster import alerting, durations, scraping
from rehearsal.cluster.scraping import Places
from rehearsal.expectations import Unexpected
from rehearsal.machine.servers import HOST, free_port, running

PROGRAMS = ("prometheus", "alertmanager")
RESEND = "1m"
"""Between notifications of Prometheus to Alertmanager (its flag
`--rules.alert.resend-delay`)."""
LOOKBACK = "5m"
SECONDS = 10
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Prometheus:
    """The Prometheus that runs."""

    url: str
    factor: float = 1.0

    def fetch(self, url: str) -> bytes:
        """Answers a request of a pod to Prometheus: to the Service that the chart
        creates, and to no other. Durations of its query are shorter, too."""
        if not url.startswith(URL):
            raise Unexpected(f"No Service of the plan is at {url}")
        path, _, text = url.removeprefix(URL).partition("?")
        asked = dict(urllib.parse.parse_qsl(text))
        if "query" in asked:
            asked["query"] = durations.query(asked["query"], self.factor)
        return self._get(f"{path}?{urllib.parse.urlencode(asked)}" if asked else path)

    def value(self, query: str) -> float:
        """Returns the first value of a query; 0 of none."""
        found = self._read(f"/api/v1/query?{urllib.parse.urlencode({'query': query})}")["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def rules(self) -> list[Mapping[str, Any]]:
        """Returns all rules with their state."""
        groups = self._read("/api/v1/rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def up(self) -> list[Mapping[str, Any]]:
        """Returns the targets that are scraped."""
        targets = self._read("/api/v1/targets?state=active")["activeTargets"]
        return [target for target in targets if target["health"] == "up"]

    def _read(self, path: str) -> Any:
        return json.loads(self._get(path))["data"]

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=SECONDS) as answer:  # noqa: S310 (this machine)
            body: bytes = answer.read()
            return body


@contextlib.contextmanager
def alertmanager(
    program: str,
    manifest: Manifest,
    names: Names,
    folder: pathlib.Path,
    *,
    api_url: str,
    factor: float,
) -> Iterator[str]:
    """The time in which Alertmanager runs; its host and port."""
    place = folder / "alertmanager"
    place.mkdir()
    config = durations.configuration(alerting.configuration(manifest, names, api_url), factor)
    (place / "alertmanager.yml").write_text(json.dumps(config), encoding="utf-8")
    address = f"{HOST}:{free_port()}"
    command = [
        program,
        "--config.file=alertmanager.yml",
        f"--storage.path={place / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    healthy = f"http://{address}/-/ready"
    with running(command, healthy, place, environment=CREDENTIALS):
        yield address


@contextlib.contextmanager
def prometheus(
    program: str,
    manifest: Manifest,
    names: Names,
    folder: pathlib.Path,
    *,
    places: Places,
    factor: float,
) -> Iterator[Prometheus]:
    """The time in which Prometheus runs."""
    place = folder / "prometheus"
    (place / "rules").mkdir(parents=True)
    config = durations.configuration(scraping.configuration(manifest, names, places), factor)
    (place / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    for name, groups in scraping.rules(manifest, names).items():
        text = json.dumps({"groups": durations.configuration(groups, factor)})
        (place / "rules" / f"{name}.json").write_text(text, encoding="utf-8")
    address = f"{HOST}:{free_port()}"
    command = [
        program,
        "--config.file=prometheus.yml",
        f"--storage.tsdb.path={place / 'data'}",
        f"--web.listen-address={address}",
        f"--rules.alert.resend-delay={durations.shortened(RESEND, factor)}",
        f"--query.lookback-delta={durations.shortened(LOOKBACK, factor)}",
    ]
    with running(command, f"http://{address}/-/ready", place):
        yield Prometheus(f"http://{address}", factor)
