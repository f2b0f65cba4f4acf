"""ReleaseRuntime: releases approved versions of the model registry, and records the
outcomes."""

from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.lambda_functions import event_function, function_role
from groundplan.lambda_functions.permissions import Place
from groundplan.release.component import failures, package, permissions, targets
from groundplan.release.component.args import ReleaseRuntimeArgs
from groundplan.release.component.spec import ReleaseRuntimeSpec, resolve
from groundplan.release.component.triggers import Triggers
from groundplan.release.component.validation import validate

MEMORY_MB = 512
"""boto3 with its five clients takes some 150 MB; the share of a processor grows with
the memory."""
MAX_AGE_SECONDS = 3600
"""What was begun, the clock finds again after an hour."""


class ReleaseRuntime(Component):
    """A Lambda function that moves endpoints to the versions of their model package
    groups that are approved.

    It begins a release when a version is approved, verifies and records it when the
    endpoint has settled, and checks every hour for one whose end event is missing. It
    never waits, so that a rollout may take hours. What `groundplan release` does by
    hand is the same code, with the same lock and the same records.
    """

    release_targets: pulumi.Output[Mapping[str, Any]]
    """The targets, completed by the audit trail and the approval: what a stack exports
    as `releaseTargets` for `groundplan release`."""
    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    queue_url: pulumi.Output[str]
    """URL of the queue of events that could not be acted on."""

    def __init__(
        self, name: str, args: ReleaseRuntimeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ReleaseRuntime", name, {}, opts)
        context = Context.of(name, opts)
        spec = resolve(
            arguments.validated("ReleaseRuntime", ReleaseRuntimeArgs, args, validate, context)
        )
        resource_tags = tags.merged(name, spec.tags)
        self._prefix = spec.audit_prefix
        second_person = spec.require_second_approver
        audit: Any = {
            "bucket": spec.audit["bucket_name"],
            "prefix": self._prefix,
            "kms_key_arn": spec.audit["kms_key_arn"],
        }
        given: Any = dict(spec.targets)
        self.release_targets = pulumi.Output.all(given=given, audit=audit).apply(
            lambda known: targets.completed(known["given"], known["audit"], second_person)
        )

        self._create_stores(name, spec)
        self._create_role(name, spec)
        self._create_function(name, spec)
        self.triggers = Triggers(
            name, self.release_targets, self.function, self.queue, resource_tags, self
        )
        self.not_live, metric = failures.failed_releases(name, self.log_group.name, self)
        self.alarms = failures.alarms(
            name,
            self.function.name,
            self.queue.name,
            metric,
            spec,
            self,
        )
        """By what they watch: errors, releases, undelivered."""

        self.function_name, self.function_arn = self.function.name, self.function.arn
        self.role_arn, self.queue_url = self.role.arn, self.queue.url
        self.register_outputs(
            {
                "releaseTargets": self.release_targets,
                "functionName": self.function_name,
                "functionArn": self.function_arn,
                "roleArn": self.role_arn,
                "queueUrl": self.queue_url,
            }
        )

    def _create_stores(self, name: str, spec: ReleaseRuntimeSpec) -> None:
        """Creates the log group and the queue of events that could not be processed."""
        self._stores = event_function.create_stores(
            name,
            spec,
            services=["events", "logs"],
            parent=self,
        )
        self.key, self._key_arn = self._stores.key, self._stores.key_arn
        self.log_group, self.queue = self._stores.log_group, self._stores.queue

    def _create_role(self, name: str, spec: ReleaseRuntimeSpec) -> None:
        evaluations = spec.evaluation_prefixes
        self.role = function_role.create_role(
            name,
            spec,
            description=f"What the releases of {name} may do",
            parent=self,
        )

        def statements(known: Mapping[str, Any]) -> list[iam.Statement]:
            return [
                *permissions.statements(known["targets"], Place(*known["place"])),
                *permissions.trail_statements(known["audit"], self._prefix, evaluations),
            ]

        self.policy = function_role.create_policy(
            name,
            spec,
            role=self.role,
            stores=self._stores,
            needed={
                "targets": self.release_targets,
                "place": function_role.place(self),
                "audit": spec.audit,
            },
            statements=statements,
            parent=self,
        )

    def _create_function(self, name: str, spec: ReleaseRuntimeSpec) -> None:
        # No reserved concurrency: it is taken from the account's, of which a new
        # account has too little. Events that come at the same time meet at the lock of
        # the audit trail, like two people would.
        self.function, self.failed_events = event_function.create_function(
            name,
            spec,
            description="Releases approved versions of the model registry",
            handler=package.HANDLER,
            code=self.release_targets.apply(package.archive),
            memory_mb=MEMORY_MB,
            # The targets are beside the code: an environment holds 4 KB (Lambda
            # quotas), a target takes two.
            environment={"GROUNDPLAN_TARGETS_FILE": package.TARGETS_FILE},
            max_age_seconds=MAX_AGE_SECONDS,
            stores=self._stores,
            policy=self.policy,
            role=self.role,
            parent=self,
        )
