"""MLflow as SageMaker runs it: an MLflow app.

Not a tracking server, SageMaker's former way: that has to be sized, takes half an hour
to start, and costs by the hour, used or not. What an app lacks is the tracking server's
permissions for single actions: who may call its API may call all of it, and delete too
(SageMaker AI Developer Guide, "Set up IAM permissions for MLflow Apps").
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.registry import model_packages
from groundplan.registry.experiment_tracking.args import ManagedTrackingArgs
from groundplan.sagemaker import execution_role as serving
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements


class ManagedTracking:
    """The app, and the role by which it reads what programs logged."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    app: aws.sagemaker.MlflowApp

    def __init__(
        self,
        name: str,
        args: ManagedTrackingArgs,
        artifacts: ArtifactAccessArgs,
        prefix: str,
        *,
        artifact_uri: pulumi.Input[str],
        keep: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        child, tagged = pulumi.ResourceOptions(parent=parent), dict(resource_tags)
        groups = list(args.get("model_package_group_arns", ()))
        self.role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=serving.trust(pulumi.InvokeOptions(parent=parent)),
            description="MLflow app: reads and writes its folder of the bucket",
            tags=tagged,
            opts=child,
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=self.role.name,
            policy=iam.document(
                [
                    *read_statements(artifacts["bucket_arn"], artifacts["kms_key_arn"], prefix),
                    *write_statements(artifacts["bucket_arn"], artifacts["kms_key_arn"], prefix),
                    *(_registering(groups) if groups else []),
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
            weekly_maintenance_window_start=args.get("maintenance_window"),
            tags=tagged,
            # It takes the role on when it is made.
            opts=pulumi.ResourceOptions(
                parent=parent, protect=keep, retain_on_delete=keep, depends_on=[self.policy]
            ),
        )


def calling(app_arn: pulumi.Input[str]) -> list[iam.Statement]:
    """The statements of a role that logs to the app."""
    return [
        {
            "Sid": "CallMlflow",
            "Effect": "Allow",
            "Action": "sagemaker:CallMlflowAppApi",
            "Resource": app_arn,
        }
    ]


def _registering(groups: Sequence[pulumi.Input[str]]) -> list[iam.Statement]:
    """What an app needs to register models (same guide, "IAM permissions for Model
    Registry sync"), in these groups, and for approval only. Without
    CreateModelPackageGroup: a group is made by its registry."""
    versions = [model_packages.all_versions(arn) for arn in groups]
    return [
        {
            "Sid": "FindGroups",
            "Effect": "Allow",
            "Action": "sagemaker:DescribeModelPackageGroup",
            "Resource": list(groups),
        },
        {
            "Sid": "RegisterVersions",
            "Effect": "Allow",
            "Action": list(model_packages.REGISTER),
            "Resource": [*groups, *versions],
            "Condition": model_packages.pending_approval(),
        },
        {
            "Sid": "TagVersions",
            "Effect": "Allow",
            "Action": "sagemaker:AddTags",
            "Resource": versions,
        },
    ]
