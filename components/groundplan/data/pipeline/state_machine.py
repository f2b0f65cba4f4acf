"""The state machine of a pipeline."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.data.pipeline import cost_limits, permissions
from groundplan.data.pipeline.machine.definition import definition
from groundplan.data.pipeline.spec import GluePipelineSpec
from groundplan.state_machines.state_machine import LoggedMachine, create_machine


def create_pipeline_machine(
    spec: GluePipelineSpec,
    *,
    function: aws.lambda_.Function,
    job: aws.glue.Job,
    check: aws.glue.Job | None,
    key_arn: pulumi.Output[str],
    machines: pulumi.Output[str],
    parent: pulumi.Resource,
) -> LoggedMachine:
    """Creates the state machine. `machines`: its ARN, up to what Pulumi appends."""
    invoke = pulumi.InvokeOptions(parent=parent)
    partition = iam.partition(invoke)

    def document(known: Mapping[str, str]) -> str:
        states = definition(
            known["function"],
            known["job"],
            settle_seconds=spec.triggers.settle_minutes * 60,
            timeout_minutes=spec.glue.timeout_minutes,
            retries=spec.glue.retries,
            check_name=known["check"],
            check_minutes=cost_limits.CHECK_MINUTES,
            partition=known["partition"],
        )
        return json.dumps(states, sort_keys=True)

    needed: Any = {
        "function": function.arn,
        "jobs": [job.arn, *([check.arn] if check else [])],
        "key": key_arn,
        "machine": machines,
        "place": [partition, iam.region(invoke), iam.account_id(invoke)],
    }
    return create_machine(
        spec.name,
        spec,
        definition=pulumi.Output.all(
            function=function.arn,
            job=job.name,
            check=check.name if check else "",
            partition=partition,
        ).apply(document),
        needed=needed,
        statements=lambda known: permissions.machine_statements(known, tracing=spec.tracing),
        log_name=spec.qualified_name,
        with_data=True,
        key_arn=key_arn,
        parent=parent,
    )
