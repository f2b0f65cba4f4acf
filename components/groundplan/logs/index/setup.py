"""The function that sets a search up, at each deployment: index template, retention,
roles, dashboards. Every step can be repeated; what is not changed stays as it is.

The event is the wanted state, and where: a search that is replaced is another event.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from groundplan.logs.index import documents
from groundplan.logs.index.client import Search, connect
from groundplan.logs.index.documents import ISM, SECURITY
from groundplan.logs.index.names import PATTERN, POLICY, SERVERLESS_SERVICE, TEMPLATE

PATIENCE = 300
"""Seconds in which a new domain lets its master in: access policies take minutes to be
known to all nodes."""
NOT_YET = frozenset({401, 403})
DASHBOARDS = "dashboards.ndjson"


@dataclass(frozen=True)
class Wanted:
    """The wanted state of a search."""

    retention_days: int
    shards: int
    replicas: int
    writer: str
    """ARN of the role that writes lines."""
    readers: Sequence[str] = ()
    administrators: Sequence[str] = ()
    teams: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Team -> the ARNs of the roles that read its lines."""
    audit_log: bool = False


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handles an invocation of Lambda. Raises what goes wrong, so that the deployment
    fails with it."""
    # Added by the provider; a function that is deleted has nothing to set up.
    call = event.get("tf") or {}
    if call.get("action") == "delete":
        return {"steps": []}
    wanted = Wanted(**event["wanted"])
    return {"steps": apply(connect(event["endpoint"], event["service"]), wanted)}


def apply(search: Search, wanted: Wanted) -> list[str]:
    """Sets a search up. Returns the steps, in their order."""
    serverless = search.service == SERVERLESS_SERVICE
    # The first request is the one that waits for access.
    search.ask("GET", "/_cat/indices?format=json", patience=PATIENCE, also_transient=NOT_YET)
    steps = [] if serverless else _secure(search, wanted)
    body = documents.template(shards=wanted.shards, replicas=wanted.replicas, serverless=serverless)
    search.ask("PUT", f"/_index_template/{TEMPLATE}", body)
    steps.append("index template")
    if not serverless:  # a collection's retention is a policy of AWS
        steps += _retain(search, wanted.retention_days)
    _import(search)
    return [*steps, "dashboards"]


def _secure(search: Search, wanted: Wanted) -> list[str]:
    for team in sorted(wanted.teams):
        body = {"description": f"Dashboards of the team {team}"}
        search.ask("PUT", f"{SECURITY}/tenants/{team}", body)
    for name, role in documents.roles(sorted(wanted.teams)).items():
        search.ask("PUT", f"{SECURITY}/roles/{name}", role)
    mapped = documents.mappings(
        writer=wanted.writer,
        readers=wanted.readers,
        administrators=wanted.administrators,
        teams=wanted.teams,
    )
    for name, mapping in mapped.items():
        search.ask("PUT", f"{SECURITY}/rolesmapping/{name}", mapping)
    people = {
        *wanted.readers,
        *wanted.administrators,
        *(a for t in wanted.teams.values() for a in t),
    }
    _let_into_dashboards(search, people)
    gone = _remove_former(search, set(documents.roles(sorted(wanted.teams))))
    if wanted.audit_log:
        search.ask("PATCH", f"{SECURITY}/audit", documents.AUDIT)
    return ["roles", *gone, *(["audit log"] if wanted.audit_log else [])]


def _let_into_dashboards(search: Search, people: set[str]) -> None:
    """Adds people to a role that others may have too, and takes nobody from it: without
    a role of ours they see no line."""
    path = f"{SECURITY}/rolesmapping/{documents.DASHBOARD_USERS}"
    body = search.ask("GET", path, accepted=(404,)).body
    now = body.get(documents.DASHBOARD_USERS, {})
    members = {*now.get("backend_roles", ()), *people}
    others = {key: now.get(key, []) for key in ("hosts", "users")}
    search.ask("PUT", path, {**others, "backend_roles": sorted(members)})


def _remove_former(search: Search, wanted: set[str]) -> list[str]:
    """Removes the roles of teams that are no more: their members keep no access."""
    roles = search.ask("GET", f"{SECURITY}/roles").body
    former = sorted(name for name in roles if name.startswith(documents.role_of("")))
    removed = [name for name in former if name not in wanted]
    for name in removed:
        search.ask("DELETE", f"{SECURITY}/rolesmapping/{name}", accepted=(404,))
        search.ask("DELETE", f"{SECURITY}/roles/{name}", accepted=(404,))
    return [f"removed {name}" for name in removed]


def _retain(search: Search, days: int) -> list[str]:
    wanted = documents.retention(days)
    now = search.ask("GET", ISM, accepted=(404,))
    path = ISM
    if now.status == 200:
        if _same(now.body.get("policy", {}), wanted["policy"]):
            return ["retention"]
        path += f"?if_seq_no={now.body['_seq_no']}&if_primary_term={now.body['_primary_term']}"
    search.ask("PUT", path, wanted)
    # Indexes have the policy as it was when they were created.
    chosen = {"policy_id": POLICY}
    search.ask("POST", f"/_plugins/_ism/add/{PATTERN}", chosen, accepted=(404,))
    search.ask("POST", f"/_plugins/_ism/change_policy/{PATTERN}", chosen, accepted=(404,))
    return ["retention"]


def _same(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """OpenSearch adds fields of its own: only what is wanted is compared."""
    return json.dumps(_part(now, wanted), sort_keys=True) == json.dumps(wanted, sort_keys=True)


def _part(now: Any, wanted: Any) -> Any:
    if isinstance(wanted, Mapping) and isinstance(now, Mapping):
        return {key: _part(now.get(key), value) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(now, list) and len(now) == len(wanted):
        return [_part(a, b) for a, b in zip(now, wanted, strict=True)]
    return now


def _import(search: Search) -> None:
    """Imports the saved objects of OpenSearch Dashboards for all people."""
    text = resources.files("groundplan.logs.index").joinpath(DASHBOARDS).read_text("utf-8")
    boundary = uuid.uuid5(uuid.NAMESPACE_URL, text).hex
    body = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{DASHBOARDS}"\r\n'
        "Content-Type: application/ndjson\r\n\r\n"
        f"{text}\r\n--{boundary}--\r\n"
    )
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "osd-xsrf": "true",
        "securitytenant": "global",
    }
    path = "/_dashboards/api/saved_objects/_import?overwrite=true"
    answer = search.ask("POST", path, body, headers)
    if answer.body.get("success") is False:
        raise ValueError(f"dashboards were not imported: {answer.text[:500]}")
