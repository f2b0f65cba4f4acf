"""ContainerRegistry: the images of an environment, in ECR repositories whose tags never
move."""

import re
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import Problem
from groundplan.registry.container_registry import image_lifecycle
from groundplan.registry.container_registry.args import ContainerRegistryArgs
from groundplan.registry.container_registry.pull_through import PullThrough
from groundplan.registry.container_registry.validation import default_prefix, validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
"""Amazon ECR User Guide, "Private repository policy examples"."""


class ContainerRegistry(Component):
    """ECR repositories with tags that never move, a scan of each push, and encryption
    with a key of their own.

    Who deploys `churn:1.4.2` gets today what they got a year ago. Images are pulled by
    whoever was granted it.
    """

    repository_urls: pulumi.Output[Mapping[str, str]]
    """Name of a repository -> where its images are pushed to and pulled from."""
    repository_arns: pulumi.Output[Mapping[str, str]]
    """Name of a repository -> its ARN."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the key that encrypts the images."""

    def __init__(
        self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ContainerRegistry", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated(
            "ContainerRegistry", ContainerRegistryArgs, args, validate, context
        )
        labels = tags.merged(name, checked.get("tags"))
        keep = checked.get("deletion_protection", True)
        prefix = checked.get("prefix", default_prefix(context))
        self._name = name

        self.key = None if "kms_key_arn" in checked else self._own_key(keep, labels)
        """None if a key was handed in."""
        self.kms_key_arn = (
            self.key.arn if self.key else pulumi.Output.from_input(checked["kms_key_arn"])
        )
        self.repositories = {
            repository: aws.ecr.Repository(
                f"{name}-{_slug(repository)}",
                # Fixed: pipelines and manifests outside of Pulumi know images by it.
                name=f"{prefix}{repository}",
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(
                    scan_on_push=True
                ),
                encryption_configurations=[
                    aws.ecr.RepositoryEncryptionConfigurationArgs(
                        encryption_type="KMS", kms_key=self.kms_key_arn
                    )
                ],
                force_delete=not keep,
                tags=labels,
                opts=pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep),
            )
            for repository in checked["repositories"]
        }
        """By name, without the prefix."""
        child = pulumi.ResourceOptions(parent=self)
        lifecycle = image_lifecycle.policy(
            checked.get("untagged_days", image_lifecycle.UNTAGGED_DAYS), checked.get("expire", {})
        )
        self.lifecycle_policies = {
            key: aws.ecr.LifecyclePolicy(
                f"{name}-{_slug(key)}-lifecycle", repository=made.name, policy=lifecycle, opts=child
            )
            for key, made in self.repositories.items()
        }
        """By the repository's name."""
        accounts = checked.get("pull_accounts", [])
        self.policies = self._share(accounts) if accounts else {}
        """By the repository's name; empty if no other account pulls."""
        self.pull_through = {
            upstream: PullThrough(name, upstream, f"{prefix}{upstream}", cache, self)
            for upstream, cache in sorted(checked.get("pull_through", {}).items())
        }
        """By upstream."""
        self.repository_urls = pulumi.Output.all(
            **{key: made.repository_url for key, made in self.repositories.items()}
        )
        self.repository_arns = pulumi.Output.all(
            **{key: made.arn for key, made in self.repositories.items()}
        )
        self.register_outputs(
            {
                "repositoryUrls": self.repository_urls,
                "repositoryArns": self.repository_arns,
                "kmsKeyArn": self.kms_key_arn,
            }
        )

    def grant_pull(self, role: aws.iam.Role, *repositories: str) -> aws.iam.RolePolicy:
        """Lets a role pull images of `repositories`, by default of all."""
        return self._grant("pull", role, PULL, repositories)

    def grant_push(self, role: aws.iam.Role, *repositories: str) -> aws.iam.RolePolicy:
        """Lets a role push images to `repositories`, by default to all, and pull them."""
        return self._grant("push", role, (*PULL, *PUSH), repositories)

    def _grant(
        self, verb: str, role: aws.iam.Role, actions: Sequence[str], repositories: Sequence[str]
    ) -> aws.iam.RolePolicy:
        unknown = [
            Problem(
                "repositories",
                wanted,
                ", ".join(self.repositories),
                "name one of the registry's repositories",
            )
            for wanted in repositories
            if wanted not in self.repositories
        ]
        arguments.require(f"ContainerRegistry.grant_{verb}", self._name, unknown)
        granted = [self.repositories[key].arn for key in repositories or self.repositories]
        statements: list[iam.Statement] = [
            # Logging in to the registry has no resource (Service Authorization
            # Reference, Amazon ECR).
            {
                "Sid": "LogIn",
                "Effect": "Allow",
                "Action": "ecr:GetAuthorizationToken",
                "Resource": "*",
            },
            {
                "Sid": verb.capitalize(),
                "Effect": "Allow",
                "Action": list(actions),
                "Resource": granted,
            },
        ]
        suffix = "-".join(_slug(key) for key in repositories)
        return aws.iam.RolePolicy(
            "-".join(filter(None, (self._name, verb, role.pulumi_resource_name, suffix))),
            role=role.name,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _own_key(self, keep: bool, labels: tags.Tags) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {"description": f"Images of {self._name}", "deletion_protection": keep, "tags": labels},
            pulumi.ResourceOptions(parent=self),
        )

    def _share(self, accounts: Sequence[str]) -> dict[str, aws.ecr.RepositoryPolicy]:
        partition = iam.partition(pulumi.InvokeOptions(parent=self))
        principals = [
            pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account)
            for account in sorted(accounts)
        ]
        statement: iam.Statement = {
            "Sid": "PullFromOtherAccounts",
            "Effect": "Allow",
            "Principal": {"AWS": principals},
            "Action": list(PULL),
        }
        return {
            key: aws.ecr.RepositoryPolicy(
                f"{self._name}-{_slug(key)}-policy",
                repository=made.name,
                policy=iam.document([statement]),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, made in self.repositories.items()
        }


def _slug(repository: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", repository)
