"""ModelRegistry: the models of an environment with all their versions, and the roles
that may register and approve them."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import one_of
from groundplan.registry import model_packages
from groundplan.registry.model_registry import approval_events, model_card, model_groups
from groundplan.registry.model_registry.args import ModelRegistryArgs
from groundplan.registry.model_registry.spec import Card, Group, resolve
from groundplan.registry.model_registry.validation import validate


class ModelRegistry(Component):
    """SageMaker model package groups with model cards, and separation of duties: a role
    that registers a version cannot approve it.

    `grant_register`, `grant_approve` and `grant_read` give roles access; the groups'
    arguments give other accounts access. The files of a model are in a bucket, which
    controls access to them: see `reading_accounts`.
    """

    group_names: pulumi.Output[Mapping[str, str]]
    """Name of a group -> its name in AWS, for `ModelEndpoint` and
    `create_model_package`."""
    group_arns: pulumi.Output[Mapping[str, str]]
    """Name of a group -> its ARN."""

    def __init__(
        self, name: str, args: ModelRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ModelRegistry", name, {}, opts)
        context = Context.of(name, opts)
        valid = validated("ModelRegistry", ModelRegistryArgs, args, validate, context)
        spec = resolve(valid, context)
        self._name, self._spec = name, spec
        self._tags = tags.merged(name, spec.tags)
        protected = spec.deletion_protection
        self._retained = pulumi.ResourceOptions(
            parent=self, protect=protected, retain_on_delete=protected
        )

        self.groups = {key: self._create_group(key, group) for key, group in spec.groups.items()}
        """By name, without the prefix."""
        self.policies = self._create_policies()
        """By the group's name; only of groups that other accounts have access to."""
        self.cards = {
            key: self._create_card(key, group.description, group.card)
            for key, group in spec.groups.items()
            if group.card is not None
        }
        """By the group's name; only of groups that have one."""
        self.approvals = approval_events.notify(
            name,
            [f"{spec.prefix}{key}" for key in spec.groups],
            spec.approval_topic_arn,
            self._tags,
            self,
        )
        """The rule that publishes to the topic; None without one."""
        self.group_names = pulumi.Output.all(
            **{key: group.model_package_group_name for key, group in self.groups.items()}
        )
        self.group_arns = pulumi.Output.all(
            **{key: group.arn for key, group in self.groups.items()}
        )
        self.register_outputs({"groupNames": self.group_names, "groupArns": self.group_arns})

    @property
    def reading_accounts(self) -> list[str]:
        """IDs of the accounts that deploy versions of any group. The bucket of the
        models has to allow them to read the models' folder (`policy_statements`), and
        its key to decrypt: SageMaker reads a model with the permissions of the role
        that deploys it."""
        return sorted(
            {account for group in self._spec.groups.values() for account in group.read_accounts}
        )

    def grant_register(self, role: aws.iam.Role, *groups: str) -> aws.iam.RolePolicy:
        """Allows a role to register versions of `groups`, by default of all, with a
        pending approval."""
        arn = self._arns("register", groups)
        create = iam.allow(
            "RegisterVersions", model_packages.REGISTER, [*arn.groups, *arn.versions]
        )
        return self._grant(
            "register",
            role,
            groups,
            [
                # To find out whether a run was registered before.
                iam.allow("ReadGroups", model_groups.READ_GROUP, arn.groups),
                iam.allow("ReadVersions", model_groups.READ_VERSIONS, arn.versions),
                {**create, "Condition": model_packages.pending_approval()},
            ],
        )

    def grant_approve(self, role: aws.iam.Role, *groups: str) -> aws.iam.RolePolicy:
        """Allows a role to approve and reject versions of `groups`, by default of all,
        and denies it to register any."""
        arn = self._arns("approve", groups)
        return self._grant(
            "approve",
            role,
            groups,
            [
                iam.allow("ReadGroups", model_groups.READ_GROUP, arn.groups),
                iam.allow("ReadVersions", model_groups.READ_VERSIONS, arn.versions),
                iam.allow(
                    "ApproveOrRejectVersions",
                    ["sagemaker:UpdateModelPackage"],
                    arn.versions,
                    model_packages.approves_or_rejects(),
                ),
                # A role may have both grants. Nobody may approve what they register, so
                # the denial takes precedence.
                {
                    **iam.allow("DenyRegistration", model_packages.REGISTER, arn.versions),
                    "Effect": "Deny",
                },
            ],
        )

    def grant_read(self, role: aws.iam.Role, *groups: str) -> aws.iam.RolePolicy:
        """Allows a role to read `groups` and their versions, by default all."""
        arn = self._arns("read", groups)
        return self._grant(
            "read",
            role,
            groups,
            [
                iam.allow("ReadGroups", model_groups.READ_GROUP, arn.groups),
                iam.allow("ReadVersions", model_groups.READ_VERSIONS, arn.versions),
            ],
        )

    def _create_group(self, key: str, group: Group) -> aws.sagemaker.ModelPackageGroup:
        # Another description would replace the group, and a group with versions cannot
        # be deleted.
        unchanged = pulumi.ResourceOptions(ignore_changes=["modelPackageGroupDescription"])
        return aws.sagemaker.ModelPackageGroup(
            f"{self._name}-{key}",
            # Fixed: training scripts and releases outside of Pulumi refer to the group
            # by it.
            model_package_group_name=f"{self._spec.prefix}{key}",
            model_package_group_description=group.description,
            tags=self._tags,
            opts=pulumi.ResourceOptions.merge(self._retained, unchanged),
        )

    def _create_policies(self) -> dict[str, aws.sagemaker.ModelPackageGroupPolicy]:
        partition = iam.partition(pulumi.InvokeOptions(parent=self))
        policies = {}
        for key, group in self._spec.groups.items():
            policy = model_groups.resource_policy(group, self.groups[key].arn, partition)
            if policy is not None:
                policies[key] = aws.sagemaker.ModelPackageGroupPolicy(
                    f"{self._name}-{key}-policy",
                    model_package_group_name=self.groups[key].model_package_group_name,
                    resource_policy=policy,
                    opts=pulumi.ResourceOptions(parent=self),
                )
        return policies

    def _create_card(self, key: str, description: str, card: Card) -> aws.sagemaker.ModelCard:
        key_arn, name = self._spec.card_key_arn, f"{self._spec.prefix}{key}"
        encryption = None
        if key_arn is not None:
            encryption = aws.sagemaker.ModelCardSecurityConfigArgs(kms_key_id=key_arn)
        return aws.sagemaker.ModelCard(
            f"{self._name}-{key}-card",
            model_card_name=name,
            model_card_status=model_card.status(card),
            content=model_card.content(card, name, description),
            security_config=encryption,
            tags=self._tags,
            opts=self._retained,
        )

    def _arns(self, verb: str, groups: Sequence[str]) -> "_Arns":
        unknown = [problem for name in groups for problem in one_of("groups", name, self.groups)]
        arguments.require(f"ModelRegistry.grant_{verb}", self._name, unknown)
        return _Arns([self.groups[key].arn for key in groups or self.groups])

    def _grant(
        self, verb: str, role: aws.iam.Role, groups: Sequence[str], statements: list[iam.Statement]
    ) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            "-".join((self._name, verb, role.pulumi_resource_name, *groups)),
            role=role.name,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )


class _Arns:
    """The ARNs of groups, and of their versions."""

    def __init__(self, groups: list[pulumi.Output[str]]) -> None:
        self.groups = groups
        self.versions = [model_packages.all_versions(arn) for arn in groups]
