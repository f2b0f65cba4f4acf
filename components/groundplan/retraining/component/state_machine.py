"""The state machine of a retraining pipeline, and what its executions may do."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.lambda_functions.event_function import Stores
from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.retraining.machine.definition import definition
from groundplan.state_machines.permissions import (
    ENCRYPT,
    encryption_statements,
    log_statements,
    trace_statements,
)
from groundplan.state_machines.state_machine import LoggedMachine, create_machine

LOOK_SECONDS = 3600
"""How often a run that waits for its approval looks at the registry by itself. Each
look is an entry in the log, which the alarm counts (`alarms`)."""


def create_retraining_machine(
    spec: RetrainingPipelineSpec,
    *,
    function: aws.lambda_.Function,
    stores: Stores,
    parent: pulumi.Resource,
) -> LoggedMachine:
    """Creates the state machine. Its log group has the endpoint's name: AWS refuses a
    second pipeline of the same endpoint, in any stack."""
    invoke = pulumi.InvokeOptions(parent=parent)
    partition, topic = iam.partition(invoke), spec.notifications
    needed: Any = {
        "function": function.arn,
        "topic": topic["topic_arn"],
        "topic_key": topic.get("kms_key_arn"),
        "key": stores.key_arn,
        "place": [partition, iam.region(invoke), iam.account_id(invoke)],
    }
    return create_machine(
        spec.name,
        spec,
        definition=pulumi.Output.all(
            function=function.arn, topic=topic["topic_arn"], partition=partition
        ).apply(_definition),
        needed=needed,
        statements=lambda known: _statements(known, spec.name, tracing=spec.tracing),
        log_name=pulumi.Output.concat("retraining-", spec.endpoint),
        # Execution data has the tokens of states that wait.
        with_data=False,
        key_arn=stores.key_arn,
        parent=parent,
    )


def _definition(known: Mapping[str, str]) -> str:
    document = definition(
        known["function"],
        known["topic"],
        partition=known["partition"],
        ask_seconds=LOOK_SECONDS,
    )
    return json.dumps(document, sort_keys=True)


def _statements(known: Mapping[str, Any], name: str, *, tracing: bool) -> list[iam.Statement]:
    partition, region, account = known["place"]
    own = f"arn:{partition}:states:{region}:{account}:stateMachine:{name}-machine-*"
    statements: list[iam.Statement] = [
        iam.allow("CallSteps", ["lambda:InvokeFunction"], [known["function"]]),
        iam.allow("NotifyPeople", ["sns:Publish"], [known["topic"]]),
        *encryption_statements(known["key"], own),
        *log_statements(known["key"], f"arn:{partition}:logs:{region}:{account}:*"),
    ]
    if known["topic_key"]:
        # Amazon SNS Developer Guide, "Key management": what a publisher to an encrypted
        # topic needs.
        statements.append(iam.allow("EncryptNotifications", ENCRYPT, [known["topic_key"]]))
    return [*statements, *trace_statements(tracing=tracing)]
