"""A subject of an approval written by hand, and a recorder of it that needs neither a
program nor an engine."""

import copy
import datetime
from collections.abc import Callable
from typing import Any

from groundplan.delivery.approval import baseline, engine_preview
from groundplan.delivery.approval.differences import Live
from groundplan.delivery.approval.document import Approval
from groundplan.delivery.approval.recording import Recorded
from groundplan.delivery.approval.subject import Subject
from groundplan.manifest.model import Manifest

SALT = "00112233445566778899aabbccddeeff"
NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
BUCKET = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::data"
QUEUE = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::orders"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}

WORLD: dict[str, Any] = {
    "commit": "a" * 40,
    "manifest": {
        "format": 1,
        "project": "shop",
        "stack": "dev",
        "providers": {"aws": "7.51.1"},
        "outputs": {"bucket": "${data.bucket}"},
        "resources": [
            {
                "urn": BUCKET,
                "type": "aws:s3/bucket:Bucket",
                "name": "data",
                "parent": None,
                "custom": True,
                "inputs": {"tags": {"owner": "ml"}, "forceDestroy": False},
                "options": {"protect": True},
            },
            {
                "urn": QUEUE,
                "type": "aws:sqs/queue:Queue",
                "name": "orders",
                "parent": None,
                "custom": True,
                "inputs": {"visibilityTimeoutSeconds": 30, "password": "[secret]"},
                "options": {},
            },
        ],
        "invokes": [{"token": "aws:region", "arguments": {}, "answer": {"id": "us-east-1"}}],
    },
    "export": {
        "deployment": {
            "manifest": {"time": "2026-11-27T00:00:00Z"},
            "resources": [
                {
                    "urn": BUCKET,
                    "type": "aws:s3/bucket:Bucket",
                    "custom": True,
                    "id": "data-1",
                    "inputs": {"tags": {"owner": "ml"}, "forceDestroy": False},
                    "outputs": {"arn": "arn:aws:s3:::data-1", "endpoint": "https://internal"},
                    "modified": "2026-11-27T00:00:00Z",
                },
                {
                    "urn": QUEUE,
                    "type": "aws:sqs/queue:Queue",
                    "custom": True,
                    "id": "orders-1",
                    "inputs": {
                        "visibilityTimeoutSeconds": 20,
                        "password": {**SECRET, "ciphertext": "v1:abc"},
                    },
                    "outputs": {},
                },
            ],
        }
    },
    "preview": {
        "steps": [
            {
                "op": "update",
                "urn": QUEUE,
                "oldState": {"inputs": {"visibilityTimeoutSeconds": 20}},
                "newState": {"inputs": {"visibilityTimeoutSeconds": 30}},
            }
        ]
    },
    "settings": {"Pulumi.dev.yaml": {"config": {"shop:size": 3, "shop:token": {"secure": "1"}}}},
    "program": {"infra/__main__.py": "sha256:" + "1" * 64},
    "variables": {"SHOP_COLOR": "12ab"},
    "versions": {"groundplan": "sha256:" + "2" * 64, "requirements.txt boto3": "1.40.0"},
}


def recorded(world: dict[str, Any], salt: str = SALT, *, state_only: bool = False) -> Recorded:
    """The subject of a world, as recording returns it."""
    state = baseline.state(world["export"])
    plan = None if state_only else engine_preview.plan(world["preview"])
    subject = Subject(
        project=world["manifest"]["project"],
        stack=world["manifest"]["stack"],
        commit=world["commit"],
        manifest=world["manifest"],
        baseline=baseline.digests(state, salt),
        plan=None if plan is None else baseline.digests(plan, salt),
        settings=world["settings"],
        program=world["program"],
        variables=world["variables"],
        versions=world["versions"],
        backend=world.get("backend", ""),
    )
    manifest = Manifest("shop", "dev", ())
    return Recorded(subject, Live(state, plan or {}), manifest, manifest, ())


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A world after a change."""
    world = copy.deepcopy(WORLD)
    change(world)
    return world


def approval(world: dict[str, Any] = WORLD, hours: int = 24) -> Approval:
    """An approval of a world."""
    expires = NOW + datetime.timedelta(hours=hours)
    return Approval(recorded(world).subject, SALT, "ada", NOW, expires, "ticket")
