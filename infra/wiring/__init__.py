"""The wiring of an environment: settings -> description. The picture of the system.

network ── private subnets ──> training cluster ──> services ──┐
   │                             │  file systems                ├──> monitoring
   └────── private subnets ──> model endpoints ────────────────┘
artifacts ── datasets, models, captures ──┘
    ├── datasets, with their grants to teams <── pipelines, from raw objects
    ├── files of experiments ──> tracking <── jobs of the training cluster
    ├── records of releases ──> releases ──> model endpoints, from models, the registry
    ├── captures of endpoints ──> model monitoring ──> monitoring, its topic
    ├── dataset versions, journals ──> retraining <── model monitoring, its events
    │                                      └──> models, the registry ──> releases
    ├── dataset versions, records of runs ──> api ──> releases, retraining, models
    ├── reports on what idles <── utilization ──> monitoring, its topic
    └── journal of the guard <── costs ──> monitoring, its topic
images, for all that runs in containers
logs, of all that runs: containers, endpoints, functions

Without AWS, an existing cluster and its object store have the services, their checks
and their retraining (`placement`).

Each module describes the sections of one concern. A reference names the component and
the attribute.
"""

from description import Call, Component, Environment, Provider
from exports import exports
from settings import Settings

from wiring import (
    api,
    costs,
    data,
    logs,
    monitoring,
    placement,
    queue_retraining,
    releases,
    retraining,
    service_checks,
    serving,
    storage,
    tracking,
    training,
    utilization,
)
from wiring.components import component


def describe(settings: Settings) -> Environment:
    """Returns the description of the environment, in the order of its references."""
    steps: list[Component | Provider | Call] = []
    if "region" in settings:
        steps += storage.network(settings)
        steps += storage.artifacts(settings)
        steps += storage.images(settings)
        steps += training.described(settings)
        steps += tracking.described(settings)
        steps += serving.endpoints(settings)
        steps += monitoring.stack(settings)
        steps += data.described(settings)
        steps += data.pipelines(settings)
        steps += releases.described(settings)
        steps += monitoring.checks_of_models(settings)
        steps += retraining.described(settings)
        steps += api.described(settings)
        steps += serving.services(settings)
        steps += service_checks.described(settings)
        steps += queue_retraining.described(settings)
        steps += utilization.described(settings)
        steps += costs.described(settings)
    if "platform" in settings:
        args = placement.platform(settings)
        steps.append(component(settings, "TrainingPlatform", "platform", args))
    if placement.is_without_aws(settings):
        steps += serving.services(settings)
        steps += service_checks.described(settings)
        steps += queue_retraining.described(settings)
    steps += logs.described(settings)
    exported = exports(
        settings,
        releases.runtimes(settings),
        retraining.exported(settings),
        serving.released(settings),
        list(api.apis(settings)),
    )
    return Environment(tuple(steps), dict(exported), settings.get("iam", {}))
