"""ModelRegistry: the models of an environment, each with all its versions, who may
register them and who may approve."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import one_of
from groundplan.registry.model_registry import approval_events, model_card, model_groups
from groundplan.registry.model_registry.args import ModelRegistryArgs
from groundplan.registry.model_registry.validation import default_prefix, validate


class ModelRegistry(Component):
    """SageMaker model package groups, with what each model is for, and duties apart:
    who registers a version can't approve it.

    Roles are let in by `grant_register`, `grant_approve` and `grant_read`, other
    accounts by each group's arguments. The files of a model are in a bucket, whose
    matter it is who reads them: see `reading_accounts`.
    """

    group_names: pulumi.Output[Mapping[str, str]]
    """Name of a group -> its name in AWS, as `ModelEndpoint` and `create_model_package`
    want it."""
    group_arns: pulumi.Output[Mapping[str, str]]
    """Name of a group -> its ARN."""

    def __init__(
        self, name: str, args: ModelRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ModelRegistry", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated("ModelRegistry", ModelRegistryArgs, args, validate, context)
        self._name, self._groups = name, checked["groups"]
        self._prefix = checked.get("prefix", default_prefix(context))
        labels = tags.merged(name, checked.get("tags"))
        keep = checked.get("deletion_protection", True)
        kept = pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep)

        self.groups = {
            key: aws.sagemaker.ModelPackageGroup(
                f"{name}-{key}",
                # Fixed: training scripts and releases outside of Pulumi know the group
                # by it.
                model_package_group_name=f"{self._prefix}{key}",
                model_package_group_description=group.get("description", key),
                tags=labels,
                # Another description would replace the group, and one that has versions
                # can't be deleted.
                opts=pulumi.ResourceOptions.merge(
                    kept, pulumi.ResourceOptions(ignore_changes=["modelPackageGroupDescription"])
                ),
            )
            for key, group in self._groups.items()
        }
        """By name, without the prefix."""
        self.policies = self._share()
        """By the group's name; of those only that other accounts get at."""
        self.cards = self._cards(checked.get("card_key_arn"), labels, kept)
        """By the group's name; of those only that have one."""
        self.approvals = approval_events.notify(
            name,
            [f"{self._prefix}{key}" for key in self._groups],
            checked.get("approval_topic_arn"),
            labels,
            self,
        )
        """The rule that tells the topic; None without one."""
        self.group_names = pulumi.Output.all(
            **{key: made.model_package_group_name for key, made in self.groups.items()}
        )
        self.group_arns = pulumi.Output.all(**{key: made.arn for key, made in self.groups.items()})
        self.register_outputs({"groupNames": self.group_names, "groupArns": self.group_arns})

    @property
    def reading_accounts(self) -> list[str]:
        """IDs of the accounts that deploy versions of some group. The bucket of the
        models has to let them read the models' folder (`policy_statements`), and its
        key has to let them decrypt: SageMaker reads a model as whoever deploys it."""
        return sorted(
            {
                account
                for group in self._groups.values()
                for account in group.get("read_accounts", ())
            }
        )

    def grant_register(self, role: aws.iam.Role, *groups: str) -> aws.iam.RolePolicy:
        """Lets a role register versions of `groups`, by default of all: for approval,
        and no more."""
        arn = self._arns("register", groups)
        create = _allow("RegisterVersions", model_groups.REGISTER, [*arn.groups, *arn.versions])
        return self._grant(
            "register",
            role,
            groups,
            [
                # Looks a version up to tell whether its run was registered before.
                _allow("LookAtGroups", model_groups.LOOK_AT_GROUP, arn.groups),
                _allow("LookAtVersions", model_groups.LOOK_AT_VERSIONS, arn.versions),
                {**create, "Condition": model_groups.never_approved()},
            ],
        )

    def grant_approve(self, role: aws.iam.Role, *groups: str) -> aws.iam.RolePolicy:
        """Lets a role approve and reject versions of `groups`, by default of all. It
        can't register any then."""
        arn = self._arns("approve", groups)
        return self._grant(
            "approve",
            role,
            groups,
            [
                _allow("LookAtGroups", model_groups.LOOK_AT_GROUP, arn.groups),
                _allow("LookAtVersions", model_groups.LOOK_AT_VERSIONS, arn.versions),
                {
                    **_allow("DecideOnVersions", ["sagemaker:UpdateModelPackage"], arn.versions),
                    "Condition": model_groups.decided(),
                },
                # A role can be given both grants. What one person registers they must
                # not approve, so this wins then.
                {
                    **_allow("RegisterNothing", model_groups.REGISTER, arn.versions),
                    "Effect": "Deny",
                },
            ],
        )

    def grant_read(self, role: aws.iam.Role, *groups: str) -> aws.iam.RolePolicy:
        """Lets a role look at `groups` and their versions, by default at all."""
        arn = self._arns("read", groups)
        return self._grant(
            "read",
            role,
            groups,
            [
                _allow("LookAtGroups", model_groups.LOOK_AT_GROUP, arn.groups),
                _allow("LookAtVersions", model_groups.LOOK_AT_VERSIONS, arn.versions),
            ],
        )

    def _share(self) -> dict[str, aws.sagemaker.ModelPackageGroupPolicy]:
        partition = iam.partition(pulumi.InvokeOptions(parent=self))
        made = {}
        for key, group in self._groups.items():
            policy = model_groups.shared(group, self.groups[key].arn, partition)
            if policy is not None:
                made[key] = aws.sagemaker.ModelPackageGroupPolicy(
                    f"{self._name}-{key}-policy",
                    model_package_group_name=self.groups[key].model_package_group_name,
                    resource_policy=policy,
                    opts=pulumi.ResourceOptions(parent=self),
                )
        return made

    def _cards(
        self, key_arn: pulumi.Input[str] | None, labels: tags.Tags, kept: pulumi.ResourceOptions
    ) -> dict[str, aws.sagemaker.ModelCard]:
        encrypted = (
            None
            if key_arn is None
            else aws.sagemaker.ModelCardSecurityConfigArgs(kms_key_id=key_arn)
        )
        return {
            key: aws.sagemaker.ModelCard(
                f"{self._name}-{key}-card",
                model_card_name=f"{self._prefix}{key}",
                model_card_status=model_card.status(group["card"]),
                content=model_card.content(
                    group["card"], f"{self._prefix}{key}", group.get("description", key)
                ),
                security_config=encrypted,
                tags=dict(labels),
                opts=kept,
            )
            for key, group in self._groups.items()
            if "card" in group
        }

    def _arns(self, verb: str, groups: Sequence[str]) -> "_Arns":
        unknown = [
            problem for wanted in groups for problem in one_of("groups", wanted, self.groups)
        ]
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
        self.versions = [model_groups.all_versions(arn) for arn in groups]


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]]
) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
