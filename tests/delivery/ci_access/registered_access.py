"""A CiAccess as a test registers it, and who is in its examples."""

import json
from functools import cache
from typing import Any

from groundplan import CiAccess
from groundplan.testing import Plan, deploy
from hostile_tokens import GITHUB

ORGANIZATION = "61c028b9-510c-4f84-bfb2-f48d33b6b542"
AZURE = f"vstoken.dev.azure.com/{ORGANIZATION}"
ACCOUNT = "arn:aws:iam::123456789012"
GITHUB_ARN = f"{ACCOUNT}:oidc-provider/{GITHUB}"
AZURE_ARN = f"{ACCOUNT}:oidc-provider/{AZURE}"
KEY = "arn:aws:kms:us-east-1:123456789012:key/state"

NAMES: Any = {"repository": "octo-org/octo-repo", "provider_arn": GITHUB_ARN}
NUMBERS: Any = {**NAMES, "owner_id": 1, "repository_id": 2}
AZURE_ARGS: Any = {
    "organization": "octo",
    "organization_id": ORGANIZATION,
    "project": "shop",
    "plan_connection": "plan-prod",
    "deploy_connection": "deploy-prod",
    "provider_arn": AZURE_ARN,
}


@cache
def plan_of(text: str) -> Plan:
    args = json.loads(text)
    return deploy(lambda: CiAccess("ci", args), stack="prod", region="us-east-1")


def access(**args: Any) -> Plan:
    return plan_of(json.dumps(args, sort_keys=True))


def known(document: str) -> str:
    """Returns a document in the account of these tests."""
    return document.replace("${aws.accountId}", "123456789012")
