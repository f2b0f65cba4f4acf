"""The component Datasets: named datasets of an artifact bucket."""

from collections.abc import Callable, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.data.datasets import permissions, publications
from groundplan.data.datasets.args import DatasetsArgs
from groundplan.data.datasets.spec import DatasetsSpec, PublicationTarget, resolve
from groundplan.data.datasets.validation import validate
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.lambda_functions import event_function
from groundplan.lambda_functions.alarms import create_alarms, undelivered
from groundplan.problems import MISSING, Problem, one_of
from groundplan.storage import dataset_folders
from groundplan.storage.encryption_key.encryption_key import EncryptionKey

RUNBOOK = "dataset-publications.md"
Statements = Callable[[pulumi.Input[str], pulumi.Input[str], Sequence[str]], list[iam.Statement]]


class Datasets(Component):
    """Named datasets of an artifact bucket: who reads, writes and publishes each, and
    what receives an event when a version of it is published.

    `grant_read`, `grant_write` and `grant_publish` grant roles access to datasets. The
    bucket keeps their versions: name them in `datasets` of the `ArtifactBucket`.
    """

    uris: pulumi.Output[dict[str, str]]
    """Dataset -> S3 URI of its folder."""
    queue_url: pulumi.Output[str | None]
    """URL of the queue of publications that reached nobody; none without targets."""

    def __init__(
        self, name: str, args: DatasetsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:Datasets", name, {}, opts)
        context = Context.of(name, opts)
        self._spec = resolve(arguments.validated("Datasets", DatasetsArgs, args, validate, context))
        spec = self._spec
        self.key: EncryptionKey | None = None
        self.queue: aws.sqs.Queue | None = None
        self.queue_policy: aws.sqs.QueuePolicy | None = None
        self.rules: dict[str, aws.cloudwatch.EventRule] = {}
        """`<dataset>` -> its rule; for targets of some tags,
        `<dataset>-<digest of the tags>`."""
        self.alarms: dict[str, aws.cloudwatch.MetricAlarm] = {}
        """By what they watch: undelivered."""
        if spec.has_targets:
            self._create_publications(name, spec)

        names = sorted(spec.targets)
        self.uris = pulumi.Output.from_input(spec.bucket["bucket_name"]).apply(
            lambda bucket: {n: f"s3://{bucket}/{dataset_folders.folder(n)}" for n in names}
        )
        self.queue_url = pulumi.Output.from_input(self.queue.url if self.queue else None)
        self.register_outputs({"uris": self.uris, "queueUrl": self.queue_url})

    def grant_read(
        self,
        role: aws.iam.Role | pulumi.Input[str],
        datasets: str | Sequence[str],
        name: str | None = None,
    ) -> aws.iam.RolePolicy:
        """Allows a role to list and read datasets: objects, versions and tags.

        `role` is the role or its name. The policy is named after the role, or by
        `name`, which is needed where the role's name is an output; a role has one
        policy for each of `grant_read`, `grant_write` and `grant_publish`.
        """
        return self._grant("read", permissions.reading, role, datasets, name)

    def grant_write(
        self,
        role: aws.iam.Role | pulumi.Input[str],
        datasets: str | Sequence[str],
        name: str | None = None,
    ) -> aws.iam.RolePolicy:
        """Allows a role to write objects of datasets, and neither to read nor to delete
        them, nor to publish. The arguments are those of `grant_read`."""
        return self._grant("write", permissions.writing, role, datasets, name)

    def grant_publish(
        self,
        role: aws.iam.Role | pulumi.Input[str],
        datasets: str | Sequence[str],
        name: str | None = None,
    ) -> aws.iam.RolePolicy:
        """Allows a role to read datasets, to add versions of them and to move their
        tags, and not to write objects. The arguments are those of `grant_read`."""
        return self._grant("publish", permissions.publishing, role, datasets, name)

    def _grant(
        self,
        verb: str,
        statements: Statements,
        role: aws.iam.Role | pulumi.Input[str],
        datasets: str | Sequence[str],
        name: str | None,
    ) -> aws.iam.RolePolicy:
        own, bucket = self.pulumi_resource_name, self._spec.bucket
        named = [datasets] if isinstance(datasets, str) else list(datasets)
        role_name = role.pulumi_resource_name if isinstance(role, aws.iam.Role) else role
        problems = [
            problem
            for index, dataset in enumerate(named)
            for problem in one_of(f"datasets[{index}]", dataset, sorted(self._spec.targets))
        ]
        if not named:
            problems.append(Problem("datasets", [], "at least one dataset", "name the datasets"))
        if isinstance(role, str) and ":" in role:
            fix = "use its name, not its ARN"
            problems.append(Problem("role", role, "a role, or the name of one", fix))
        if not isinstance(role_name, str) and name is None:
            allowed = "a short name, as the role's own name is an output"
            problems.append(Problem("name", MISSING, allowed, "set the name of the grant"))
        arguments.require(f"Datasets.grant_{verb}", own, problems)
        return aws.iam.RolePolicy(
            f"{own}-{verb}-{name or role_name}",
            role=role.name if isinstance(role, aws.iam.Role) else role,
            policy=iam.document(
                statements(bucket["bucket_arn"], bucket["kms_key_arn"], sorted(set(named)))
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_publications(self, name: str, spec: DatasetsSpec) -> None:
        labels, child = tags.merged(name, spec.tags), pulumi.ResourceOptions(parent=self)
        if spec.kms_key_arn is None:
            self.key = EncryptionKey(
                f"{name}-key",
                {
                    "description": f"Undelivered publications of {name}",
                    "services": ["events"],
                    "deletion_protection": spec.deletion_protection,
                    "tags": spec.tags,
                },
                child,
            )
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            kms_master_key_id=self.key.arn if self.key else spec.kms_key_arn,
            message_retention_seconds=event_function.RETENTION_SECONDS,
            tags=labels,
            opts=child,
        )
        for dataset, targets in sorted(spec.targets.items()):
            self._create_rules(name, dataset, publications.rules_of(targets), labels)
        self.queue_policy = create_queue_policy(name, self.queue, list(self.rules.values()), self)
        self.alarms = create_alarms(
            name,
            {
                "undelivered": undelivered(
                    f"A publication of a dataset of {name} reached nobody.",
                    RUNBOOK,
                    self.queue.name,
                )
            },
            spec,
            self,
        )

    def _create_rules(
        self,
        name: str,
        dataset: str,
        chosen: dict[tuple[str, ...], dict[str, PublicationTarget]],
        labels: tags.Tags,
    ) -> None:
        for of_tags, targets in chosen.items():
            key = f"{dataset}-{publications.digest(of_tags)}" if of_tags else dataset
            self.rules[key] = rule = aws.cloudwatch.EventRule(
                f"{name}-{key}",
                description=f"Publications of the dataset {dataset}",
                event_pattern=publications.pattern(
                    self._spec.bucket["bucket_name"], dataset, of_tags
                ),
                tags=labels,
                opts=pulumi.ResourceOptions(parent=self),
            )
            assert self.queue is not None  # noqa: S101 (created before, for mypy)
            for target_name, target in targets.items():
                publications.create_target(
                    f"{name}-{dataset}-to-{target_name}",
                    dataset,
                    target,
                    rule,
                    self.queue.arn,
                    self,
                )
