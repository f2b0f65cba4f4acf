"""What a domain or a collection is set up with, as plain data: the index template, the
retention, the roles.

Sources: OpenSearch documentation, "Create or update index template", "Index State
Management", "Access control API", "Document-level security", "Permissions and action
groups"; Amazon OpenSearch Service Developer Guide, "Fine-grained access control",
"Monitoring audit logs".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.logs.index.names import PATTERN, POLICY

KEYWORDS = (
    "container",
    "endpoint",
    "environment",
    "job",
    "level",
    "log_group",
    "log_stream",
    "model",
    "model_version",
    "namespace",
    "node",
    "pod",
    "run",
    "stream",
    "team",
    "track",
    "variant",
)
"""The fields of a line that are searched as they are."""

SLOW_SEARCH, SLOW_INDEXING = "5s", "2s"
READ = ["read", "indices:admin/mappings/get", "indices:admin/resolve/index"]


def template(*, shards: int, replicas: int, serverless: bool) -> dict[str, Any]:
    """Returns the index template. A field that it does not have is kept, and not
    searched: lines of any form neither add fields without end nor refuse each
    other."""
    # A collection has neither settings of shards nor this type.
    data: dict[str, Any] = (
        {"type": "object", "enabled": False} if serverless else {"type": "flat_object"}
    )
    properties: dict[str, Any] = {
        "@timestamp": {"type": "date"},
        "data": data,
        # Longer terms than Lucene takes are in `_source` all the same.
        **{name: {"type": "keyword", "ignore_above": 8191} for name in KEYWORDS},
        "message": {"type": "text"},
    }
    content: dict[str, Any] = {"mappings": {"dynamic": False, "properties": properties}}
    if not serverless:
        content["settings"] = {
            "index.number_of_shards": shards,
            "index.number_of_replicas": replicas,
            "index.refresh_interval": "10s",
            "index.codec": "best_compression",
            "index.search.slowlog.threshold.query.warn": SLOW_SEARCH,
            "index.indexing.slowlog.threshold.index.warn": SLOW_INDEXING,
        }
    return {"index_patterns": [PATTERN], "priority": 100, "template": content}


def retention(days: int) -> dict[str, Any]:
    """Returns the policy that deletes an index after its days."""
    expired = {"state_name": "delete", "conditions": {"min_index_age": f"{days}d"}}
    return {
        "policy": {
            "description": f"Deletes lines after {days} days",
            "default_state": "searchable",
            "states": [
                {"name": "searchable", "actions": [], "transitions": [expired]},
                {"name": "delete", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [{"index_patterns": [PATTERN], "priority": 100}],
        }
    }


def roles(teams: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Returns the roles by name. A team reads its own lines: others do not exist for
    its members, neither in a search nor in a count."""
    own = {
        role_of(team): {
            "cluster_permissions": ["cluster_composite_ops_ro"],
            "index_permissions": [
                {
                    "index_patterns": [PATTERN],
                    "dls": json.dumps({"term": {"team": team}}),
                    "allowed_actions": READ,
                }
            ],
            "tenant_permissions": [
                _tenant("global_tenant", "read"),
                _tenant(team, "write"),
            ],
        }
        for team in teams
    }
    return {
        "groundplan-writer": {
            "cluster_permissions": ["indices:data/write/bulk"],
            "index_permissions": [
                {"index_patterns": [PATTERN], "allowed_actions": ["create_index", "index"]}
            ],
            "tenant_permissions": [],
        },
        "groundplan-reader": {
            "cluster_permissions": ["cluster_composite_ops_ro"],
            "index_permissions": [{"index_patterns": [PATTERN], "allowed_actions": READ}],
            "tenant_permissions": [_tenant("global_tenant", "read")],
        },
        "groundplan-administrator": {
            "cluster_permissions": ["*"],
            "index_permissions": [{"index_patterns": ["*"], "allowed_actions": ["*"]}],
            "tenant_permissions": [_tenant("*", "write")],
        },
        **own,
    }


def role_of(team: str) -> str:
    """Returns the name of a team's role."""
    return f"groundplan-team-{team}"


def _tenant(name: str, access: str) -> dict[str, Any]:
    return {"tenant_patterns": [name], "allowed_actions": [f"kibana_all_{access}"]}


def mappings(
    *,
    writer: str,
    readers: Sequence[str],
    administrators: Sequence[str],
    teams: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, Any]]:
    """Returns role -> the IAM roles that have it."""
    members = {
        "groundplan-writer": [writer],
        "groundplan-reader": list(readers),
        "groundplan-administrator": list(administrators),
        **{role_of(team): list(arns) for team, arns in teams.items()},
    }
    return {role: {"backend_roles": sorted(set(arns))} for role, arns in members.items()}


DASHBOARD_USERS = "opensearch_dashboards_user"
"""The role of OpenSearch's own that opens Dashboards; others may have it too."""

AUDIT = [{"op": "replace", "path": "/config/enabled", "value": True}]
ISM = f"/_plugins/_ism/policies/{POLICY}"
SECURITY = "/_plugins/_security/api"
