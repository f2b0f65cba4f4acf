"""ContainerRegistry: the container images of an environment, in ECR repositories with
immutable tags."""

import re
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import Problem
from groundplan.registry.container_registry import image_lifecycle
from groundplan.registry.container_registry.args import ContainerRegistryArgs
from groundplan.registry.container_registry.image_replica import ImageReplica
from groundplan.registry.container_registry.pull_through import PullThrough
from groundplan.registry.container_registry.spec import RegistrySpec, resolve
from groundplan.registry.container_registry.validation import validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
"""Amazon ECR User Guide, "Private repository policy examples"."""


class ContainerRegistry(Component):
    """ECR repositories with immutable tags, a scan of each push, and encryption with a
    customer managed key.

    `churn:1.4.2` is the same image today and in a year. Roles pull and push images with
    `grant_pull` and `grant_push`.
    """

    repository_urls: pulumi.Output[Mapping[str, str]]
    """Name of a repository -> the URL that its images are pushed to and pulled from."""
    repository_arns: pulumi.Output[Mapping[str, str]]
    """Name of a repository -> its ARN."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the key that encrypts the images."""

    def __init__(
        self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ContainerRegistry", name, {}, opts)
        context = Context.of(name, opts)
        valid = validated("ContainerRegistry", ContainerRegistryArgs, args, validate, context)
        spec = resolve(valid, context)
        self._name = name
        self._tags = tags.merged(name, spec.tags)

        self.key: EncryptionKey | None = None
        """None with an existing key."""
        if spec.kms_key_arn is None:
            self.key = self._create_key(spec)
            self.kms_key_arn = self.key.arn
        else:
            self.kms_key_arn = pulumi.Output.from_input(spec.kms_key_arn)
        self.repositories = {
            repository: self._create_repository(repository, spec)
            for repository in spec.repositories
        }
        """By name, without the prefix."""
        lifecycle = image_lifecycle.policy(spec.untagged_days, spec.expire)
        self.lifecycle_policies = {
            key: aws.ecr.LifecyclePolicy(
                f"{name}-{_slug(key)}-lifecycle",
                repository=repository.name,
                policy=lifecycle,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, repository in self.repositories.items()
        }
        """By the repository's name."""
        self.policies = self._create_policies(spec.pull_accounts) if spec.pull_accounts else {}
        """By the repository's name; empty if no other account may pull."""
        self.pull_through = {
            upstream: PullThrough(
                name, upstream, spec.cache_prefixes[upstream], credential_arn, self
            )
            for upstream, credential_arn in sorted(spec.pull_through.items())
        }
        """By upstream."""
        self.replica = (
            ImageReplica(name, spec, spec.replica_region, lifecycle, self)
            if spec.replica_region
            else None
        )
        """None without copies."""
        self.repository_urls = pulumi.Output.all(
            **{key: repository.repository_url for key, repository in self.repositories.items()}
        )
        self.repository_arns = pulumi.Output.all(
            **{key: repository.arn for key, repository in self.repositories.items()}
        )
        self.register_outputs(
            {
                "repositoryUrls": self.repository_urls,
                "repositoryArns": self.repository_arns,
                "kmsKeyArn": self.kms_key_arn,
            }
        )

    def grant_pull(self, role: aws.iam.Role, *repositories: str) -> aws.iam.RolePolicy:
        """Allows a role to pull images of `repositories`, by default of all."""
        return self._grant("pull", role, PULL, repositories)

    def grant_push(self, role: aws.iam.Role, *repositories: str) -> aws.iam.RolePolicy:
        """Allows a role to push images to `repositories`, by default to all, and to
        pull them."""
        return self._grant("push", role, (*PULL, *PUSH), repositories)

    def _grant(
        self, verb: str, role: aws.iam.Role, actions: Sequence[str], repositories: Sequence[str]
    ) -> aws.iam.RolePolicy:
        names = ", ".join(self.repositories)
        unknown = [
            Problem("repositories", repository, names, "use one of the registry's repositories")
            for repository in repositories
            if repository not in self.repositories
        ]
        arguments.require(f"ContainerRegistry.grant_{verb}", self._name, unknown)
        granted = [self.repositories[key].arn for key in repositories or self.repositories]
        statements: list[iam.Statement] = [
            # Logging in to the registry has no resource (Service Authorization
            # Reference, Amazon ECR).
            iam.allow("LogIn", "ecr:GetAuthorizationToken", "*"),
            iam.allow(verb.capitalize(), list(actions), granted),
        ]
        suffix = "-".join(_slug(key) for key in repositories)
        return aws.iam.RolePolicy(
            "-".join(filter(None, (self._name, verb, role.pulumi_resource_name, suffix))),
            role=role.name,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_key(self, spec: RegistrySpec) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {
                "description": f"Images of {self._name}",
                "deletion_protection": spec.deletion_protection,
                "tags": self._tags,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _create_repository(self, repository: str, spec: RegistrySpec) -> aws.ecr.Repository:
        protected = spec.deletion_protection
        return aws.ecr.Repository(
            f"{self._name}-{_slug(repository)}",
            # Fixed: pipelines and manifests outside of Pulumi refer to images by it.
            name=f"{spec.prefix}{repository}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(
                scan_on_push=True
            ),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS", kms_key=self.kms_key_arn
                )
            ],
            force_delete=not protected,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protected, retain_on_delete=protected),
        )

    def _create_policies(self, accounts: Sequence[str]) -> dict[str, aws.ecr.RepositoryPolicy]:
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
                repository=repository.name,
                policy=iam.document([statement]),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, repository in self.repositories.items()
        }


def _slug(repository: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", repository)
