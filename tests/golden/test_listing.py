"""Who may list the bucket: in a namespace with jobs, whose pods their team creates,
only below the folders of the role."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from environments import STACKS, manifests
from groundplan.manifest.model import Manifest

LIST = ("s3:ListBucket", "s3:ListBucketVersions")


def spaces_of_jobs(manifest: Manifest) -> set[str]:
    """The namespaces with a queue."""
    queues = [r for r in manifest.resources if r.type.endswith(":LocalQueue")]
    return {str(r.inputs["metadata"]["namespace"]) for r in queues}


def unlimited(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yields the policies that allow pods there to list everything, with the
    statement."""
    spaces = spaces_of_jobs(manifest)
    roles = {
        str(r.inputs["roleArn"]).partition(".")[0]
        for r in manifest.resources
        if r.type.endswith(":PodIdentityAssociation") and r.inputs["namespace"] in spaces
    }
    for policy in manifest.resources:
        if not policy.type.endswith(":RolePolicy"):
            continue
        if str(policy.inputs["role"]).partition(".")[0] not in roles:
            continue
        for statement in json.loads(str(policy.inputs["policy"]))["Statement"]:
            if _lists_everything(statement):
                yield policy.name, statement["Sid"]


def _lists_everything(statement: dict[str, Any]) -> bool:
    actions = statement["Action"]
    patterns = [actions] if isinstance(actions, str) else actions
    lists = any(fnmatchcase(action, pattern) for action in LIST for pattern in patterns)
    prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
    return statement["Effect"] == "Allow" and lists and not prefixes


@pytest.mark.parametrize("stack", STACKS)
def test_no_pod_beside_a_teams_jobs_may_list_the_whole_bucket(stack: str) -> None:
    assert list(unlimited(manifests()[stack])) == []


def test_the_loop_has_such_pods() -> None:
    """Else the test above would look at nothing."""
    manifest = manifests()["loop"]
    spaces = spaces_of_jobs(manifest)
    assert spaces == {"churn", "training"}
    names = {
        r.name
        for r in manifest.resources
        if r.type.endswith(":PodIdentityAssociation") and r.inputs["namespace"] in spaces
    }
    assert "offers-retraining-evaluation-identity" in names
    assert "offers-retraining-identity" not in names  # the driver has its own namespace


def test_a_statement_without_prefixes_is_seen() -> None:
    allowed = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Sid": "List"}
    assert _lists_everything(allowed)
    assert _lists_everything({**allowed, "Action": "s3:List*"})
    limited = {"StringLike": {"s3:prefix": ["runs/*"]}}
    assert not _lists_everything({**allowed, "Condition": limited})
