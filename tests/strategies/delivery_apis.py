"""APIs for tests, registered once."""

from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
from api_world import API_SETTINGS
from groundplan import DeliveryApi
from groundplan.testing import Plan, deploy
from retraining_world import BUCKET, REGION

KEY_ARN = f"arn:aws:kms:{REGION}:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:alarms"
APPROVERS = "arn:aws:iam::123456789012:role/approvers"
LAYER = f"arn:aws:lambda:{REGION}:123456789012:layer:powertools:1"
ACCESS: Any = {
    "bucket_name": BUCKET,
    "bucket_arn": f"arn:aws:s3:::{BUCKET}",
    "kms_key_arn": "arn:bucket-key",
}
MINIMAL: dict[str, Any] = {"targets": dict(API_SETTINGS.targets), "artifacts": ACCESS}
SERVING: dict[str, Any] = {
    **MINIMAL,
    "pipelines": dict(API_SETTINGS.pipelines),
    "datasets": ["churn"],
}
COMPLETE: dict[str, Any] = {
    **SERVING,
    "evaluation_prefixes": ["evaluations/", "runs/"],
    "model_prefixes": ["archives/"],
    "manifest_prefix": "environments/",
    "tokens": {
        "issuer": "https://login.example.com/shop",
        "audiences": ["models"],
        "scope_prefix": "models.",
    },
    "throttling": {"read_rate": 50, "read_burst": 100, "write_rate": 0.5, "write_burst": 2},
    "domain": {
        "name": "models.example.com",
        "certificate_arn": f"arn:aws:acm:{REGION}:123456789012:certificate/1-2",
    },
    "powertools_layer_arn": LAYER,
    "memory_mb": 512,
    "reserved_concurrency": 50,
    "max_latency_ms": 2000,
    "alarm_actions": [TOPIC],
    "owner": "ml-platform",
    "runbooks_url": "https://git.example.com/runbooks",
    "kms_key_arn": KEY_ARN,
    "log_retention_days": 30,
    "tracing": True,
    "deletion_protection": False,
    "tags": {"team": "ml"},
}


def registered(args: Any, region: str = REGION, grants: bool = False) -> Plan:
    """An API, and with `grants` a role for each operation."""

    def program() -> None:
        api = DeliveryApi("api", args)
        if not grants:
            return
        for operation in ("read", "train", "register", "approve", "release"):
            role = aws.iam.Role(operation, assume_role_policy="{}")
            api.grant_invoke(operation, role, operation)
        api.grant_invoke("others", pulumi.Output.from_input("others"), "read", "train")

    return deploy(program, project="ml", stack="prod", region=region)


@cache
def minimal() -> Plan:
    """The least that an API needs."""
    return registered(MINIMAL, grants=True)


@cache
def serving() -> Plan:
    """The API of `api_world`, whose callers IAM authorizes."""
    return registered(SERVING)


@cache
def complete() -> Plan:
    """All arguments."""
    return registered(COMPLETE)
