"""The settings of what knows images, models and experiments: the container registry,
the model registry, MLflow."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.registry.model_registry.model_card import CardStatus, RiskRating
from pydantic import Field
from section import Positive, Section


class PullThrough(Section):
    """A public registry that ECR caches."""

    credential_arn: str | None = None
    """ARN of the secret with user name and access token. Needed for docker-hub, github
    and gitlab."""


class ImageSettings(Section):
    """Repositories of container images in ECR, whose tags never move."""

    repositories: Annotated[list[str], Field(min_length=1)]
    """Names of the repositories below prefix: churn-training. One that is removed stays
    in AWS."""
    prefix: str | None = None
    """What all names begin with. Default: `<project>-<stack>/`."""
    expire: dict[str, Positive] | None = None
    """Beginning of a tag -> days after which such images expire: pr- and 30. Default:
    none; what has a tag is kept."""
    untagged_days: Positive | None = None
    """Days after which images without a tag expire. Default: 14."""
    pull_accounts: list[str] | None = None
    """IDs of other AWS accounts that may pull, in quotes. Default: none."""
    pull_through: dict[str, PullThrough] | None = None
    """Public registries that are cached: ecr-public, kubernetes, quay, docker-hub,
    github, gitlab. Default: none."""
    kms_key_arn: str | None = None
    """A KMS key for the images. Default: one of their own."""


class ModelCard(Section):
    """What a model is for, and who answers for it."""

    owner: str
    """Who answers for the model: a team, an address."""
    purpose: str
    """Why the model was built."""
    intended_uses: str
    """What it may be used for."""
    risk_rating: RiskRating
    """How much harm its mistakes can do: high, medium, low or unknown."""
    risk_explanation: str | None = None
    """Why it has that rating. Needed where it is high."""
    limits: str | None = None
    """Where it is known to be worse: populations, seasons, inputs that it never saw."""
    not_intended_uses: str | None = None
    """What it must not be used for."""
    ethical_considerations: str | None = None
    """Whom it can harm, and what was done about it."""
    problem_type: str | None = None
    """Binary classification, ranking, text generation."""
    algorithm: str | None = None
    """Gradient-boosted trees, transformer."""
    business_problem: str | None = None
    """What it is worth to the business."""
    stakeholders: str | None = None
    """Whom a change of the model concerns."""
    line_of_business: str | None = None
    """The part of the business."""
    details: dict[str, str] | None = None
    """Anything else, by name. Default: nothing."""
    status: CardStatus | None = None
    """How far the card itself has come: draft, pending-review, approved or archived.
    Default: draft."""


class ModelGroup(Section):
    """One model, in all its versions."""

    description: str | None = None
    """What it predicts, in words. SageMaker takes it once, when the group is made.
    Default: the group's name."""
    read_accounts: list[str] | None = None
    """IDs of other AWS accounts that may look at versions and deploy them, in quotes.
    Default: none."""
    register_accounts: list[str] | None = None
    """IDs of other AWS accounts that may register versions, which wait for approval, in
    quotes. Default: none."""
    card: ModelCard | None = None
    """What the model is for, and who answers for it. Default: no card."""


class ModelSettings(Section):
    """The model registry: a model package group for each model."""

    groups: Annotated[dict[str, ModelGroup], Field(min_length=1)]
    """Models by name, which endpoints can name as their modelPackageGroup. One that is
    removed stays in AWS."""
    prefix: str | None = None
    """What the names of groups and cards begin with in AWS. Default:
    `<project>-<stack>-`. Changing it makes them anew."""
    approval_topic_arn: str | None = None
    """SNS topic that is told when a version was registered, approved or rejected.
    Default: none."""
    card_key_arn: str | None = None
    """A KMS key for the model cards. Default: a key of AWS. Changing it replaces the
    cards."""


class ManagedTracking(Section):
    """How SageMaker runs MLflow."""

    register_models: bool = False
    """Whether a model that is registered in MLflow under the name of a group of models
    becomes a version of it."""
    maintenance_window: str | None = None
    """When MLflow is updated each week, in UTC: Sun:03:00. Default: SageMaker's choice."""


class ExistingDatabase(Section):
    """A PostgreSQL database that is there already."""

    host: str
    """Its host name."""
    port: Positive | None = None
    """Its port. Default: 5432."""
    name: str | None = None
    """Name of the database on that host. Default: mlflow."""
    secret_arn: str
    """ARN of the secret in AWS Secrets Manager with its owner, JSON with username and
    password."""
    kms_key_arn: str | None = None
    """ARN of the KMS key of that secret. Default: AWS' own."""


class TrackingDatabase(Section):
    """The database that holds experiments and runs, in the environment's private
    subnets."""

    existing: ExistingDatabase | None = None
    """A database that is there already. Default: an RDS instance of its own."""
    instance_class: str | None = None
    """Its instance class. Default: db.t4g.small."""
    multi_az: bool | None = None
    """Whether a standby in another zone takes over when it fails, for twice the price.
    Default: false."""
    storage_gib: Positive | None = None
    """Storage to begin with, in GiB, 20 to 65536. Default: 20."""
    max_storage_gib: Positive | None = None
    """How far the storage may grow by itself, in GiB. Default: 100."""
    backup_days: Positive | None = None
    """Days that backups are kept, 1 to 35. Default: 14."""
    maintenance_window: str | None = None
    """When it is updated, in UTC: "sun:03:00-sun:04:00". Default: RDS' choice."""


class ClusterTracking(Section):
    """How the training cluster runs MLflow."""

    namespace: str = "mlflow"
    """Namespace, which is created."""
    reached_from: list[str] | None = None
    """Namespaces whose pods may reach MLflow. Default: those of all teams, or training
    where there are none."""
    replicas: Positive | None = None
    """Pods, 1 to 10. Default: 2."""
    memory_gib: Positive | None = None
    """Memory of each pod, in GiB, 1 to 64. Default: 2."""
    image: str | None = None
    """The image in place of the pinned one: a copy in a registry of one's own. Default:
    docker.io/burakince/mlflow."""
    kms_key_arn: str | None = None
    """A KMS key for the database and the secrets. Default: one of their own."""
    database: TrackingDatabase | None = None
    """The database that holds experiments and runs."""


class TrackingSettings(Section):
    """MLflow, with the artifact bucket behind it. Jobs of the training cluster may log
    to it."""

    # Not `on`, as the component has it: YAML 1.1 takes that for `true`.
    on: TrackingServer = Field(alias="server")
    """Who runs MLflow: managed (SageMaker) or cluster (the training cluster). Changing
    it starts anew."""
    artifact_prefix: str | None = None
    """The folder of the artifact bucket that is MLflow's. Default: mlflow/."""
    managed: ManagedTracking | None = None
    """How SageMaker runs it."""
    cluster: ClusterTracking | None = None
    """How the training cluster runs it."""

    @property
    def namespace(self) -> str | None:
        """The namespace that it makes in the training cluster; None with SageMaker."""
        if self.on is TrackingServer.MANAGED:
            return None
        return (self.cluster or ClusterTracking()).namespace

    def logging(self, teams: Sequence[str]) -> list[str]:
        """The namespaces of the training cluster whose jobs log, where there are these
        teams."""
        told = self.cluster.reached_from if self.cluster else None
        return list(teams or ["training"]) if told is None else told

    def wired(
        self,
        *,
        teams: Sequence[str],
        groups: Sequence[Any],
        cluster: Mapping[str, Any],
        network: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The component's arguments, with what the environment knows: ARNs of model
        groups, the cluster, and its network."""
        given = self.arguments()
        managed, asked = given.pop("managed", {}), given.pop("cluster", {})
        if self.on is TrackingServer.MANAGED:
            registered = (
                {"model_package_group_arns": list(groups)}
                if managed.pop("register_models", False)
                else {}
            )
            return {**given, "managed": {**managed, **registered}}
        database = asked.pop("database", {})
        placed = {} if "existing" in database else {"network": network}
        reached = {"reached_from": self.logging(teams)}
        return {
            **given,
            "cluster": {**asked, **reached, **cluster, "database": {**database, **placed}},
        }
