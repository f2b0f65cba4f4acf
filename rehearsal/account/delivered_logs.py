"""Logs that services deliver with a role of the plan: of state machines and of
networks, which begin when they are deployed.

Step Functions Developer Guide, "Using CloudWatch Logs to log execution history": a role
manages the delivery of its machine's log. Amazon VPC User Guide, "IAM role for
publishing flow logs to CloudWatch Logs".
"""

from collections.abc import Mapping
from typing import Any

from rehearsal.account.account import Account
from rehearsal.account.names import ACCOUNT
from rehearsal.permissions.guard import acting
from rehearsal.permissions.policies import Need

DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
FLOWS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


def of_machine(account: Account, inputs: Mapping[str, Any]) -> None:
    """Step Functions sets up the delivery of a machine's log, encrypted with its
    key."""
    if not inputs.get("loggingConfiguration", {}).get("logDestination"):
        return
    source = f"arn:aws:logs:{account.names.region}:{ACCOUNT}:*"
    key = inputs.get("encryptionConfiguration", {}).get("kmsKeyId")
    wanted = [Need(action, "*") for action in DELIVERY]
    if key:
        context = {"kms:EncryptionContext:SourceArn": source}
        wanted.append(Need("kms:GenerateDataKey", key, context))
    with acting(account.guard.require_assumed(inputs["roleArn"], "states.amazonaws.com")):
        account.guard.require(*wanted)


def of_network(account: Account, inputs: Mapping[str, Any]) -> None:
    """The log of a network begins with a stream in its group."""
    if inputs.get("logDestinationType") != "cloud-watch-logs":
        return
    role = account.guard.require_assumed(inputs["iamRoleArn"], "vpc-flow-logs.amazonaws.com")
    with acting(role):
        account.guard.require(*(Need(action, inputs["logDestination"]) for action in FLOWS))
