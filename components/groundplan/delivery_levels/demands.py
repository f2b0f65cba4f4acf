"""What each level demands, in addition to those before it."""

from groundplan.delivery_levels import programs, repository
from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.delivery_levels.demand import Demand

SEALED_APPROVAL = "sealed-approval"

DEMANDS: tuple[Demand, ...] = (
    Demand(
        "settings-in-repository",
        DeliveryLevel.INFRASTRUCTURE_AS_CODE,
        "The stack's settings are in the repository.",
        "commit Pulumi.STACK.yaml",
        of_repository=repository.without_settings,
    ),
    Demand(
        "pull-request-previews",
        DeliveryLevel.CONTINUOUS_INTEGRATION,
        "A pipeline previews every pull request.",
        "write it with `groundplan init --ci github` or `--ci azure`",
        of_repository=repository.without_previews,
    ),
    Demand(
        "deployment-pipeline",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "A pipeline deploys what is merged, and verifies it.",
        "write it with `groundplan init --ci github` or `--ci azure`",
        of_repository=repository.without_deployment,
    ),
    Demand(
        SEALED_APPROVAL,
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "The pipeline deploys with `groundplan up`: what was approved, or by gates.",
        "write it with `groundplan init`, which reads delivery.level",
        of_repository=repository.without_sealed_deployment,
    ),
    Demand(
        "drift-detection",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "A pipeline compares the account with the state.",
        "write it with `groundplan init --ci github` or `--ci azure`",
        of_repository=repository.without_drift_detection,
    ),
    Demand(
        "bounded-roles",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "Roles have the permissions boundary that limits the pipeline's deploy role.",
        "set iam.permissionsBoundaryArn to what CiAccess exports",
        of_manifest=programs.unbounded_roles,
    ),
    Demand(
        "data-protected",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "Data stores are protected, or retained on delete.",
        "set deletionProtection to true",
        of_manifest=programs.unprotected,
    ),
    Demand(
        "notifications",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "Alarms notify somebody.",
        "set monitoring.subscribers",
        of_manifest=programs.silent_alarms,
    ),
    Demand(
        "rollback-by-alarm",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "Endpoints roll a failed model back by alarm.",
        "set alarms of the endpoint; a serverless one has none: give it instances",
        of_manifest=programs.without_rollback,
    ),
    Demand(
        "release-from-registry",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "Endpoints serve versions that a person or gates approved in the model registry.",
        "set release: registry and modelPackageGroup of the endpoint",
        of_manifest=programs.without_registry,
    ),
    Demand(
        "gates",
        DeliveryLevel.CONTINUOUS_DELIVERY,
        "Releases pass gates that compare metrics with the champion's.",
        "set gates.metrics of the endpoint",
        of_manifest=programs.without_gates,
    ),
    Demand(
        "gates-decide",
        DeliveryLevel.CONTINUOUS_DEPLOYMENT,
        "No release waits for a person.",
        "remove gates.signOff.required of the endpoint",
        of_manifest=programs.waiting_releases,
    ),
    Demand(
        "traffic-shifts-in-steps",
        DeliveryLevel.CONTINUOUS_DEPLOYMENT,
        "Endpoints shift traffic by canary or in steps.",
        "set rollout.strategy of the endpoint to canary or linear",
        of_manifest=programs.without_canary,
    ),
    Demand(
        "model-monitoring",
        DeliveryLevel.CONTINUOUS_DEPLOYMENT,
        "Model monitoring watches every endpoint.",
        "set modelMonitoring of the endpoint",
        of_manifest=programs.unwatched,
    ),
)
"""By level, then as a report shows them."""
