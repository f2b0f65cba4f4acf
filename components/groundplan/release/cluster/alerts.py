"""The alerts of an endpoint, as Prometheus evaluates them (HTTP API, "Rules",
prometheus.io/docs/prometheus/latest/querying/api).

The rules say more than the list of active alerts: one that is not loaded, or can't be
evaluated, is not the same as one that is quiet. What is unknown is not healthy.
"""

import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

from groundplan import signed_requests
from groundplan.release.cluster.target import ClusterTarget

RULES = "/api/v1/rules"
"""Of Prometheus, and of a workspace (Amazon Managed Service for Prometheus User Guide,
"ListRules")."""
QUERY = "/api/v1/query"
"""The same ("QueryMetrics"). Prometheus writes the series `ALERTS` of each alert."""
WORKSPACE = re.compile(
    r"https://aps-workspaces\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/workspaces/([\w-]+)/?"
)
"""URL of a workspace, with its region and its ID: requests to it are signed."""
SECONDS = 20
PAUSES = (10.0, 30.0, 60.0)
"""Seconds between tries: Prometheus restarts, and evaluates new rules, in less."""

Fetch = Callable[[str], bytes]
Found = TypeVar("Found")


class Unknown(Exception):
    """The state of the alerts is not known."""


def fetch(url: str) -> bytes:
    """Returns the body of an HTTP answer; of a workspace, by the credentials of the
    environment."""
    managed = WORKSPACE.fullmatch(url.partition("/api/v1/")[0])
    headers = signed_requests.headers("GET", url, "aps", managed[1]) if managed else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (of the stack)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 (the same)
        body: bytes = answer.read()
        return body


class Alerts:
    """The alerts of one endpoint."""

    def __init__(
        self,
        target: ClusterTarget,
        fetch: Fetch = fetch,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._target, self._fetch, self._sleep = target, fetch, sleep

    def on(self) -> list[str]:
        """Returns the alerts that fire, and those that nobody knows of. What is unknown
        is asked for again for some minutes."""
        return self._asked(self._firing)

    def fired(self, seconds: float) -> list[str]:
        """Returns the alerts that have fired in the last seconds, as `on` does: between
        two looks of a driver an alert may fire, and end."""
        return self._asked(lambda: self._have_fired(seconds))

    def _asked(self, ask: Callable[[], list[str]]) -> list[str]:
        for pause in (*PAUSES, None):
            try:
                return ask()
            except Unknown as error:
                reason = str(error)
            if pause is not None:
                self._sleep(pause)
        return [f"unknown ({reason})"]

    def _firing(self) -> list[str]:
        rules = self._rules()
        missing = sorted(set(self._target.alerts) - rules.keys())
        if missing:
            raise Unknown(f"Prometheus has no rules {', '.join(missing)}")
        firing = []
        for name in self._target.alerts:
            rule = rules[name]
            if rule.get("health") != "ok":
                raise Unknown(f"{name}: {rule.get('lastError') or 'not evaluated yet'}")
            if rule.get("state") == "firing":
                firing.append(name)
        return firing

    def _have_fired(self, seconds: float) -> list[str]:
        own = f'namespace="{self._target.namespace}",endpoint="{self._target.endpoint}"'
        series = f'ALERTS{{alertstate="firing",{own}}}'
        query = f"max_over_time({series}[{max(1, int(seconds))}s])"
        found = self._read(
            f"{QUERY}?{urllib.parse.urlencode({'query': query})}",
            lambda data: {str(series["metric"]["alertname"]) for series in data["result"]},
        )
        return [name for name in self._target.alerts if name in found]

    def _rules(self) -> Mapping[str, Mapping[str, Any]]:
        return self._read(
            RULES,
            lambda data: {
                str(rule["name"]): rule
                for group in data["groups"]
                for rule in group["rules"]
                if "state" in rule and self._is_own(rule.get("labels", {}))
            },
        )

    def _read(self, path: str, of: Callable[[Any], Found]) -> Found:
        """Returns what is wanted of an answer's data. Raises `Unknown`."""
        url = f"{self._target.prometheus_url.rstrip('/')}{path}"
        try:
            return of(json.loads(self._fetch(url))["data"])
        except (
            BotoCoreError,
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            raise Unknown(f"{url} can't be read: {error!r}") from None

    def _is_own(self, labels: Mapping[str, str]) -> bool:
        own = self._target.namespace, self._target.endpoint
        return (labels.get("namespace"), labels.get("endpoint")) == own
