"""What a workspace of Grafana has after a push: the folder, the data sources and the
dashboards of the library, each by a UID of its own. Pushing twice changes nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.monitoring import dashboards
from groundplan.operations.dashboards.grafana_api import Grafana, Refused

FOLDER = {"uid": "groundplan", "title": "Groundplan"}

PLUGIN = "grafana-amazonprometheus-datasource"
"""The data source of Amazon Managed Service for Prometheus. Grafana's own of Prometheus
signs requests too, before version 13 (Grafana documentation, "Prometheus data source",
"Amazon Managed Service for Prometheus")."""
CORE = "prometheus"

ROLE = "workspace-iam-role"
"""The workspace's role signs requests (aws-observability/
terraform-aws-observability-accelerator, `sigv4_auth_type`)."""

VALUES = "/api/datasources/uid"


@dataclass(frozen=True)
class Pushed:
    """What became of one thing."""

    what: str
    """`data source cloudwatch`, `dashboard Groundplan / Training`."""
    ok: bool
    detail: str


def push(grafana: Grafana, region: str, prometheus_endpoint: str | None) -> list[Pushed]:
    """Creates or updates the folder, the data sources and those dashboards whose data
    sources are there. A failure stops nothing that does not depend on it."""
    done: list[Pushed] = []
    kind = CORE
    try:
        if prometheus_endpoint and grafana.found(f"/api/plugins/{PLUGIN}/settings") is not None:
            kind = PLUGIN
        _create_folder(grafana)
    except Refused as error:
        return [Pushed("folder Groundplan", False, str(error))]
    there: set[str] = set()
    for source in _sources(region, prometheus_endpoint, kind):
        done.append(_pushed(f"data source {source['uid']}", grafana, _put_source, source))
        if done[-1].ok:
            there.add(source["uid"])
    for name in dashboards.names():
        board = json.loads(dashboards.text(name))
        missing = sorted(_read(board) - there)
        what = f"dashboard {board['title']}"
        if missing:
            done.append(Pushed(what, True, f"left out: no data source {', '.join(missing)}"))
        else:
            done.append(_pushed(what, grafana, _put_dashboard, _typed(board, kind)))
    return done


def _sources(region: str, endpoint: str | None, kind: str) -> Iterator[dict[str, Any]]:
    yield {
        "uid": "cloudwatch",
        "name": "CloudWatch",
        "type": "cloudwatch",
        "access": "proxy",
        "jsonData": {"authType": "default", "defaultRegion": region},
    }
    if endpoint:
        yield {
            "uid": "prometheus",
            "name": "Prometheus",
            "type": kind,
            "access": "proxy",
            "isDefault": True,
            "url": endpoint.rstrip("/"),
            "jsonData": {
                "httpMethod": "POST",
                "sigV4Auth": True,
                "sigV4AuthType": ROLE,
                "sigV4Region": region,
            },
        }


def _pushed(what: str, grafana: Grafana, put: Any, body: Mapping[str, Any]) -> Pushed:
    try:
        return Pushed(what, True, put(grafana, body))
    except Refused as error:
        return Pushed(what, False, str(error))


def _create_folder(grafana: Grafana) -> None:
    if grafana.found(f"/api/folders/{FOLDER['uid']}") is None:
        grafana.call("POST", "/api/folders", FOLDER)


def _put_source(grafana: Grafana, source: Mapping[str, Any]) -> str:
    if grafana.found(f"{VALUES}/{source['uid']}") is None:
        grafana.call("POST", "/api/datasources", source)
        return "created"
    grafana.call("PUT", f"{VALUES}/{source['uid']}", source)
    return "updated"


def _put_dashboard(grafana: Grafana, board: Mapping[str, Any]) -> str:
    body = {"dashboard": board, "folderUid": FOLDER["uid"], "overwrite": True}
    answer = grafana.call("POST", "/api/dashboards/db", body)
    return str((answer or {}).get("url") or "pushed")


def _read(board: Mapping[str, Any]) -> set[str]:
    """Returns the UIDs of the data sources that a dashboard reads."""
    return {str(ref["uid"]) for ref in _references(board)}


def _references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        source = value.get("datasource")
        if isinstance(source, dict) and "uid" in source:
            yield source
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _typed(board: dict[str, Any], kind: str) -> dict[str, Any]:
    """Returns a dashboard whose references name the type of the data source."""
    for reference in _references(board):
        if reference.get("type") == CORE:
            reference["type"] = kind
    return board


def failed(done: Sequence[Pushed]) -> bool:
    """Returns whether something was refused."""
    return not all(one.ok for one in done)
