"""The role that SageMaker takes on for an endpoint, with what this endpoint needs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.iam import Statement
from groundplan.sagemaker import execution_role
from groundplan.serving.model_endpoint import asynchronous, capture, model_data, variants

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs


class ExecutionRole:
    """The execution role of the endpoint `name`, and its policy."""

    def __init__(
        self,
        name: str,
        args: "ModelEndpointArgs",
        endpoint_name: str,
        log_group_arn: pulumi.Input[str],
        alarm_arns: Sequence[pulumi.Input[str]],
        tags: Mapping[str, pulumi.Input[str]],
        parent: pulumi.Resource,
    ) -> None:
        invoke, opts = pulumi.InvokeOptions(parent=parent), pulumi.ResourceOptions(parent=parent)
        images = [variant.image for variant in variants.every(args) if variant.image is not None]
        statements = execution_role.image_statements(
            images, invoke
        ) + execution_role.telemetry_statements(log_group_arn, alarm_arns)
        if "artifacts" in args:
            statements += _data(args, endpoint_name)
        if "kms_key_arn" in args:
            statements += execution_role.volume_statements(args["kms_key_arn"])
        if "network" in args:
            statements += execution_role.network_statements(args["network"]["vpc_id"], invoke)
        self.role = aws.iam.Role(
            f"{name}-role",
            description=f"What endpoint {endpoint_name} may do",
            assume_role_policy=execution_role.trust(invoke),
            tags=tags,
            opts=opts,
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-role-policy", role=self.role.name, policy=iam.document(statements), opts=opts
        )


def _data(args: "ModelEndpointArgs", endpoint_name: str) -> list[Statement]:
    models = [
        variant.model_data for variant in variants.every(args) if variant.model_data is not None
    ]
    read = {"Objects": [model_data.versions_prefix(path) for path in models]}
    # SageMaker puts what it captures into a folder of the endpoint's own.
    written = (
        f"{capture.capture_prefix(args)}{endpoint_name}/" if capture.capture_percent(args) else None
    )
    told: list[pulumi.Input[str]] = []
    if "asynchronous" in args:
        read["Requests"] = [asynchronous.input_folder(args["asynchronous"], endpoint_name)]
        written = asynchronous.output_folder(args["asynchronous"], endpoint_name)
        told = list(asynchronous.topics(args["asynchronous"]).values())
    statements = execution_role.data_statements(args["artifacts"], read, written)
    return statements + (execution_role.topic_statements(told) if told else [])
