"""What settings of the right shape can still be wrong about: the rules of the components that they are for.

Each component judges its own arguments before it registers anything; judged here, an environment says everything that is
wrong with all of its components before the first of them exists.
"""

from typing import Any

from groundplan.facts import regions
from groundplan.monitoring import stack as monitoring
from groundplan.network import network_args
from groundplan.problems import Problem, under
from groundplan.serving import endpoint_args
from groundplan.storage import bucket_args
from groundplan.training import cluster
from settings import Settings


def problems(settings: Settings, environment: str) -> list[Problem]:
    """All that is wrong, for an environment of that name (`<project>-<stack>`). Keys are paths of fields of `Settings`."""
    network: Any = settings.network.arguments()
    artifacts: Any = settings.artifacts.arguments()
    found = [*regions.problems(settings.region, 0), *under("network", network_args.problems(network))]
    if settings.network.existing is None and not found:
        found += under("network", regions.problems(settings.region, network_args.zone_count(network)))
    found += under("artifacts", bucket_args.problems("artifacts", artifacts))
    if settings.training:
        training: Any = settings.training.arguments()
        found += under("training", cluster.problems(training))
    for name, endpoint in settings.endpoints.items():
        given: Any = {**endpoint.arguments(), "artifacts": {}}
        of_endpoint = endpoint_args.problems(given, name, f"{environment}-{name}")
        found += under(f"endpoints.{name}", of_endpoint)
    return found + under("monitoring", monitoring.problems(_monitoring(settings)))


def _monitoring(settings: Settings) -> Any:
    """The monitoring's arguments; the cluster is there when the training cluster is."""
    given = settings.monitoring.arguments()
    return {**given, "cluster": {}} if settings.training else given
