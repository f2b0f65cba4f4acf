"""The policies of the function's role: one of its own, and a managed one for each
endpoint. A role holds 10,240 characters of inline policies, which five endpoints fill,
and ten managed policies of 6,144 characters each (IAM quotas)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.api.component import permissions
from groundplan.api.component.spec import DeliveryApiSpec
from groundplan.lambda_functions import function_role
from groundplan.lambda_functions.permissions import log_statements


class RolePolicies:
    """What the role may do."""

    def __init__(
        self,
        name: str,
        spec: DeliveryApiSpec,
        *,
        role: aws.iam.Role,
        served: Mapping[str, Mapping[str, pulumi.Output[Any]]],
        log_group: aws.cloudwatch.LogGroup,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._spec, self._role = name, spec, role
        self._parent, self._child = parent, pulumi.ResourceOptions(parent=parent)
        self._place = function_role.place(parent)
        self.shared = self._shared(served["targets"], log_group)
        self.endpoints = {
            endpoint: self._endpoint(endpoint, target, served["pipelines"].get(endpoint))
            for endpoint, target in served["targets"].items()
        }
        """The attachments, by endpoint."""

    @property
    def all(self) -> Sequence[pulumi.Resource]:
        """Returns what the function needs before its first call."""
        return [self.shared, *self.endpoints.values()]

    def _shared(
        self, targets: Mapping[str, pulumi.Output[Any]], log_group: aws.cloudwatch.LogGroup
    ) -> aws.iam.RolePolicy:
        spec = self._spec
        folders = permissions.Folders(
            spec.evaluation_prefixes, spec.model_prefixes, spec.manifest_prefix
        )
        needed: Any = {
            "place": self._place,
            "targets": dict(targets),
            "bucket": [spec.artifacts["bucket_arn"], spec.artifacts["kms_key_arn"]],
            "datasets": list(spec.datasets),
            "logs": log_group.arn,
        }

        def document(known: Mapping[str, Any]) -> str:
            logs = log_statements(known["logs"], tracing=spec.tracing)
            return iam.document_text([*permissions.statements(known, folders), *logs])

        return aws.iam.RolePolicy(
            f"{self._name}-role-policy",
            role=self._role.name,
            policy=pulumi.Output.all(**needed).apply(document),
            opts=self._child,
        )

    def _endpoint(
        self,
        endpoint: str,
        target: pulumi.Output[Any],
        pipeline: pulumi.Output[Any] | None,
    ) -> aws.iam.RolePolicyAttachment:
        needed: Any = {"place": self._place, "target": target, "pipeline": pipeline}
        text = pulumi.Output.all(**needed).apply(
            lambda known: iam.document_text(permissions.endpoint_statements(known))
        )
        policy = aws.iam.Policy(
            f"{self._name}-{endpoint}-policy",
            description=f"What the API {self._name} may do with the endpoint {endpoint}",
            policy=text,
            tags=tags.merged(self._name, self._spec.tags),
            opts=self._child,
        )
        return aws.iam.RolePolicyAttachment(
            f"{self._name}-{endpoint}-attachment",
            role=self._role.name,
            policy_arn=policy.arn,
            opts=self._child,
        )
