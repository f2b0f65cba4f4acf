"""MLflow as SageMaker runs it: an MLflow app.

Not an MLflow tracking server, SageMaker's former resource, which has to be sized, takes
half an hour to start, and costs by the hour, used or not. An app lacks the tracking
server's permissions for single actions: a role that may call its API may also delete
(SageMaker AI Developer Guide, "Set up IAM permissions for MLflow Apps").
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.registry import model_packages
from groundplan.registry.experiment_tracking.spec import Artifacts, Managed
from groundplan.sagemaker import execution_role
from groundplan.storage.access import read_statements, write_statements


class ManagedTracking:
    """The app, and its role, which reads the files that programs logged."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    app: aws.sagemaker.MlflowApp

    def __init__(
        self,
        name: str,
        spec: Managed,
        artifacts: Artifacts,
        *,
        artifact_uri: pulumi.Input[str],
        protected: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        child, all_tags = pulumi.ResourceOptions(parent=parent), dict(resource_tags)
        groups = spec.model_package_group_arns
        bucket = (artifacts.bucket_arn, artifacts.kms_key_arn, artifacts.prefix)
        self.role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=execution_role.trust(pulumi.InvokeOptions(parent=parent)),
            description="MLflow app: reads and writes its folder of the bucket",
            tags=all_tags,
            opts=child,
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=self.role.name,
            policy=iam.document(
                [
                    *read_statements(*bucket),
                    *write_statements(*bucket),
                    *(_registration_statements(groups) if groups else []),
                ]
            ),
            opts=child,
        )
        mode = "AutoModelRegistrationEnabled" if groups else "AutoModelRegistrationDisabled"
        self.app = aws.sagemaker.MlflowApp(
            f"{name}-app",
            artifact_store_uri=artifact_uri,
            role_arn=self.role.arn,
            model_registration_mode=mode,
            weekly_maintenance_window_start=spec.maintenance_window,
            tags=all_tags,
            # It assumes the role when it is created.
            opts=pulumi.ResourceOptions(
                parent=parent,
                protect=protected,
                retain_on_delete=protected,
                depends_on=[self.policy],
            ),
        )


def _registration_statements(groups: Sequence[pulumi.Input[str]]) -> list[iam.Statement]:
    """Returns the permissions to register models (same guide, "IAM permissions for
    Model Registry sync") in these groups, with a pending approval. Without
    CreateModelPackageGroup: the model registry creates groups."""
    versions = [model_packages.all_versions(arn) for arn in groups]
    return [
        iam.allow("DescribeGroups", "sagemaker:DescribeModelPackageGroup", list(groups)),
        iam.allow(
            "RegisterVersions",
            list(model_packages.REGISTER),
            [*groups, *versions],
            model_packages.pending_approval(),
        ),
        iam.allow("TagVersions", "sagemaker:AddTags", versions),
    ]
