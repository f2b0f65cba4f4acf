"""Checks that state machines log their executions."""

from collections.abc import Iterator

from groundplan.catalog.aws.sfn import STATE_MACHINE
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != STATE_MACHINE.token:
        return
    logging = resource.inputs.get("loggingConfiguration") or {}
    if not isinstance(logging, dict):
        return  # not known yet
    if logging.get("level") in (None, "OFF") or not logging.get("logDestination"):
        yield Breach(
            resource.urn,
            f"state machine {resource.name} logs nothing: what its executions did is gone "
            "90 days after their end",
            "loggingConfiguration",
        )


# Step Functions Developer Guide, "Quotas related to state machine executions":
# execution history retention, 90 days.
RULE = Rule(
    name="state-machine-logged",
    severity=Severity.MEDIUM,
    summary="State machines log their executions.",
    reason=(
        "Step Functions deletes the history of an execution 90 days after its end. Logs can be "
        "searched, and stay as long as their retention period."
    ),
    fix="set logging_configuration with a level other than OFF and a log group",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/stepfunctions-controls.html#stepfunctions-1",
)
