"""The wiring of an environment: settings -> description. The picture of the system.

network ── private subnets ──> training cluster ──> services ──┐
   │                             │  file systems                ├──> monitoring
   └────── private subnets ──> model endpoints ────────────────┘
artifacts ── datasets, models, captures ──┘
    ├── files of experiments ──> tracking <── jobs of the training cluster
    ├── records of releases ──> releases ──> model endpoints, from models, the registry
    └── captures of endpoints ──> model monitoring ──> monitoring, its topic
images, for all that runs in containers

Each function describes one section. A reference names the component and the attribute.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import model_checks
import pulumi
import settings_file
import watched
from description import Call, Component, Environment, Provider, Reference
from exports import exports
from groundplan.arguments import hints_of
from groundplan.context import Context
from groundplan.definitions import definition
from groundplan.network.args import NetworkArgs
from groundplan.network.spec import resolve as resolve_network
from groundplan.network.validation import validate as validate_network
from groundplan.problems import Problem
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.release.component.args import RELEASE_RUNTIME_DEFAULTS
from groundplan.release.component.validation import MAX_TARGETS
from groundplan.serving.model_endpoint.choices import ReleaseMode
from groundplan.training.choices import VolumeDriver
from groundplan.training.namespace_folders import TEAMLESS
from references import ACCESS, CLUSTER_NAME, KUBERNETES, SUBNETS, VPC
from settings import SHARED, FileSystemSettings, Settings

KEDA = "keda"
"""The namespace that KEDA's documentation installs it in (keda.sh, "Deploying
KEDA")."""

AUDIT_PREFIX = RELEASE_RUNTIME_DEFAULTS["audit_prefix"]


def describe(settings: Settings) -> Environment:
    """Returns the description of the environment, in the order of its references."""
    steps: list[Component | Provider | Call] = []
    if "region" in settings:
        steps += _network(settings)
        steps += _artifacts(settings)
        steps += _images(settings)
        steps += _training(settings)
        steps += _tracking(settings)
        steps += _endpoints(settings)
        steps += _monitoring(settings)
        steps += _releases(settings)
        steps += _model_monitoring(settings)
        steps += _services(settings)
    if "platform" in settings:
        steps.append(_component(settings, "TrainingPlatform", "platform", settings["platform"]))
    return Environment(tuple(steps), dict(exports(settings, _runtimes(settings))))


def _component(
    settings: Settings,
    type: str,
    name: str,
    args: Mapping[str, Any],
    *,
    key: str = "",
    provider: Reference | None = None,
    name_key: str | None = None,
) -> Component:
    """Returns a component with the arguments that all components share."""
    shared = {k: settings[k] for k in SHARED if k in settings}  # type: ignore[literal-required]
    known = hints_of(definition(type).args)
    filled = {k: value for k, value in shared.items() if k in known}
    return Component(type, name, key or name, {**filled, **args}, provider, name_key)


def _network(settings: Settings) -> Iterator[Component]:
    yield _component(settings, "Network", "network", settings.get("network", {}))


def _artifacts(settings: Settings) -> Iterator[Component]:
    systems = settings.get("training", {}).get("file_systems", {})
    linked = any(system.get("links") for system in systems.values())
    filled: dict[str, Any] = {"file_systems": True} if linked else {}
    args = {**filled, **settings.get("artifacts", {})}
    if released(settings):
        audit = settings.get("releases", {}).get("audit_prefix", AUDIT_PREFIX)
        once = args.get("write_once_prefixes", ())
        args["write_once_prefixes"] = [*once, *([] if audit in once else [audit])]
    yield _component(settings, "ArtifactBucket", "artifacts", args)


def _images(settings: Settings) -> Iterator[Component]:
    if "images" in settings:
        yield _component(settings, "ContainerRegistry", "images", settings["images"])
    if "models" in settings:
        yield _component(settings, "ModelRegistry", "models", settings["models"])


# Training.


def _training(settings: Settings) -> Iterator[Component | Call]:
    if "training" not in settings:
        return
    args: dict[str, Any] = {
        "private_subnet_ids": SUBNETS,
        "vpc_id": VPC,
        "artifacts": ACCESS,
        **_zones(settings.get("network", {})),
        **settings["training"],
    }
    systems: Mapping[str, FileSystemSettings] = args.pop("file_systems", {})
    if systems:
        drivers = {*args.get("volume_drivers", ()), VolumeDriver.LUSTRE}
        args["volume_drivers"] = sorted(drivers)
    if "teams" in args:
        args["teams"] = _with_tracking(settings, args["teams"])
    jobs = {TEAMLESS: args.get("connections", {})}
    if connections := _with_tracking(settings, jobs)[TEAMLESS]:
        args["connections"] = connections
    yield _component(settings, "TrainingCluster", "training", args)
    for name, system in systems.items():
        yield _file_system(settings, name, system)
        mount = {"claim_name": name, "name": name, "file_system": Reference(name, "mount")}
        yield Call("training", "mount", mount)


def _zones(network: NetworkArgs) -> dict[str, Any]:
    """Returns the zones and the addresses of the subnets, as far as the settings say
    them.

    Of an existing network they are unknown.
    """
    if "existing" in network:
        return {}
    zones = Reference("network", "zones", expected=network.get("availability_zones"))
    context = Context("network", "", "")
    if validate_network(network, context):
        return {"zones": zones}
    blocks = {"subnet_cidr_blocks": resolve_network(network, context).layout.private}
    return {"zones": zones, **blocks}


def _with_tracking(settings: Settings, teams: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of namespaces, by name, with MLflow's namespace in
    `reaches` of those that log."""
    space = tracking_namespace(settings)
    if space is None:
        return dict(teams)
    logging = logging_namespaces(settings)
    return {
        name: {**team, "reaches": list(dict.fromkeys([*team.get("reaches", ()), space]))}
        if name in logging
        else team
        for name, team in teams.items()
    }


def _file_system(settings: Settings, name: str, system: FileSystemSettings) -> Component:
    """Returns a file system in one zone, with directories linked to the bucket."""
    args: dict[str, Any] = {
        "vpc_id": VPC,
        "subnet_id": _subnet_of(name, system.get("zone")),
        "client_security_groups": {"cluster": Reference("training", "security_group_id")},
        **system,
    }
    args.pop("zone", None)
    bucket = {"bucket_name": Reference("artifacts", "bucket_name")}
    if "links" in args:
        args["links"] = {key: {**bucket, **link} for key, link in args["links"].items()}
    key = f"training.file_systems.{name}"
    return _component(settings, "LustreFileSystem", name, args, key=key)


def _subnet_of(name: str, zone: str | None) -> Reference:
    """Returns the private subnet of a file system's zone; the first without one."""

    def subnet(network: Any) -> pulumi.Output[str]:
        # The zones are known in a preview, the subnets aren't: a callback on both is
        # not run by `pulumi preview`.
        index = network.zones.apply(lambda zones: _index(name, zone, zones))
        return pulumi.Output.all(network.private_subnet_ids, index).apply(
            lambda known: known[0][known[1]]
        )

    return Reference("network", select=subnet)


def _index(name: str, zone: str | None, zones: Sequence[str]) -> int:
    """Returns the index of the subnet in a zone. Raises `pulumi.RunError` if no subnet
    is in it."""
    if zone and zone not in zones:
        key = f"training.fileSystems.{name}.zone"
        allowed = ", ".join(zones) or "nothing in an existing network: its zones are unknown"
        fix = "name one of them" if zones else "remove it: the first private subnet is used"
        raise settings_file.error_of(Problem(key, zone, allowed, fix))
    return zones.index(zone) if zone else 0


# Tracking.


def tracking_namespace(settings: Settings) -> str | None:
    """Returns the namespace that MLflow has in the training cluster, if it is there."""
    tracking = settings.get("tracking", {})
    if tracking.get("server") is not TrackingServer.CLUSTER:
        return None
    return tracking.get("cluster", {}).get("namespace", "mlflow")


def logging_namespaces(settings: Settings) -> Sequence[str]:
    """Returns the namespaces whose jobs reach MLflow in the cluster."""
    chosen = settings.get("tracking", {}).get("cluster", {}).get("reached_from")
    teams = list(settings.get("training", {}).get("teams", {}))
    return (teams or [TEAMLESS]) if chosen is None else chosen


def _tracking(settings: Settings) -> Iterator[Component | Call]:
    if "tracking" not in settings:
        return
    args: dict[str, Any] = {"artifacts": ACCESS, **settings["tracking"]}
    in_cluster = args.get("server") is TrackingServer.CLUSTER
    if in_cluster:
        args["cluster"] = _tracking_in_cluster(settings, args.get("cluster", {}))
    elif args.get("managed", {}).get("register_models") and "models" in settings:
        args["managed"] = {**args["managed"], "model_package_group_arns": _group_arns(settings)}
    provider = KUBERNETES if in_cluster else None
    yield _component(settings, "ExperimentTracking", "tracking", args, provider=provider)
    if "training" not in settings:
        return
    for namespace in [TEAMLESS, *settings["training"].get("teams", {})]:
        if not in_cluster or namespace in logging_namespaces(settings):
            yield Call("tracking", "grant_log", {"role": _role_of(namespace)})


def _role_of(namespace: str) -> Reference:
    """Returns the IAM role that jobs of a namespace assume."""
    return Reference("training", "team_access", select=lambda access: access[namespace].role.role)


def _tracking_in_cluster(settings: Settings, cluster: Mapping[str, Any]) -> dict[str, Any]:
    reached = list(logging_namespaces(settings))
    filled: dict[str, Any] = {"cluster_name": CLUSTER_NAME, "reached_from": reached}
    database = cluster.get("database", {})
    if "existing" not in database:
        group = Reference("training", "security_group_id")
        inside = {"vpc_id": VPC, "subnet_ids": SUBNETS, "client_security_group_id": group}
        filled["database"] = {**database, "network": inside}
    return {**cluster, **filled}


def _group_arns(settings: Settings) -> list[Reference]:
    return [_group(name, "arn") for name in settings["models"].get("groups", {})]


def _group(name: str, attribute: str) -> Reference:
    """Returns an attribute of a model package group of the environment."""
    return Reference("models", "groups", select=lambda groups: getattr(groups[name], attribute))


# Endpoints and services.


def _endpoints(settings: Settings) -> Iterator[Component]:
    inside = {"network": {"vpc_id": VPC, "subnet_ids": SUBNETS}}
    for name, endpoint in settings.get("endpoints", {}).items():
        # A serverless endpoint cannot be in a VPC.
        placed = {} if "serverless" in endpoint else inside
        args: dict[str, Any] = {"artifacts": ACCESS, **placed, **endpoint}
        if runbooks := _runbooks(settings):
            args["alarms"] = {**runbooks, **args.get("alarms", {})}
        group = endpoint.get("model_package_group")
        if isinstance(group, str) and group in settings.get("models", {}).get("groups", {}):
            args["model_package_group"] = _group(group, "model_package_group_name")
        yield _component(
            settings,
            "ModelEndpoint",
            name,
            args,
            key=f"endpoints.{name}",
            name_key=None if "endpoint_name" in endpoint else "endpoint_name",
        )


def _services(settings: Settings) -> Iterator[Component | Provider]:
    services = settings.get("services", {})
    if not services or "training" not in settings:
        return
    # Prometheus brings the kinds of the services' alert rules, so it is created first.
    connection = {
        "kubeconfig": Reference("training", "kubeconfig"),
        "cluster_identifier": Reference("training", "cluster_arn"),
    }
    yield Provider("services", connection, depends_on=("monitoring",))
    for name, service in services.items():
        reads = "model_data" in service or "model_data" in service.get("canary", {})
        # Without a model in the bucket it needs nothing of AWS.
        filled = {"artifacts": ACCESS, "cluster_name": CLUSTER_NAME} if reads else {}
        yield _component(
            settings,
            "KubernetesEndpoint",
            name,
            {**filled, **service, **_alarms_of(settings, service)},
            key=f"services.{name}",
            provider=Reference("services"),
            name_key=None if "endpoint_name" in service else "endpoint_name",
        )


def _alarms_of(settings: Settings, service: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the alarms of a service, with the URL of the runbooks."""
    runbooks = _runbooks(settings)
    if not runbooks or not service.get("prometheus", True):  # without it, no alerts
        return {}
    return {"alarms": {**runbooks, **service.get("alarms", {})}}


# Monitoring and releases.


def _monitoring(settings: Settings) -> Iterator[Component]:
    args: dict[str, Any] = {**settings.get("monitoring", {})}
    args["buckets"] = {"artifacts": Reference("artifacts", "bucket_name")}
    args["network"] = {
        "nat_gateway_ids": Reference(
            "network", "nat_gateways", select=lambda gateways: [g.id for g in gateways]
        )
    }
    limits = args.get("endpoints", {})
    args["endpoints"] = {
        name: {**watched.endpoint(name, endpoint), **limits.get(name, {})}
        for name, endpoint in settings.get("endpoints", {}).items()
    }
    if "training" in settings:
        gpus = watched.has_gpus(settings["training"])
        filled = {"cluster_name": CLUSTER_NAME, "gpus": gpus}
        args["cluster"] = {**filled, **args.get("cluster", {})}
        if args["cluster"].get("prometheus", True) and watched.has_keda(settings):
            args["prometheus"] = {"reached_from": [KEDA], **args.get("prometheus", {})}
    else:
        args.pop("cluster", None)  # the rules of the environment report it
    provider = KUBERNETES if "training" in settings else None
    yield _component(settings, "MonitoringStack", "monitoring", args, provider=provider)


def released(settings: Settings) -> list[str]:
    """Returns the endpoints whose models are released from the registry."""
    endpoints = settings.get("endpoints", {})
    return [name for name, e in endpoints.items() if e.get("release") is ReleaseMode.REGISTRY]


def _releases(settings: Settings) -> Iterator[Component]:
    for runtime, names in _runtimes(settings).items():
        args: dict[str, Any] = {
            "targets": {name: Reference(name, "release_target") for name in names},
            "audit": ACCESS,
            "alarm_actions": [Reference("monitoring", "topic_arn")],
            **_runbooks(settings),
            **settings.get("releases", {}),
        }
        yield _component(settings, "ReleaseRuntime", runtime, args, key="releases")


def _model_monitoring(settings: Settings) -> Iterator[Component]:
    for name, args in model_checks.described(settings):
        key = f"model_monitoring.{name}"
        filled = {**_runbooks(settings), **args}
        yield _component(settings, "ModelMonitoring", model_checks.named(name), filled, key=key)


def _runbooks(settings: Settings) -> dict[str, str]:
    """Returns the URL of the runbooks, if the environment's monitoring has one."""
    url = settings.get("monitoring", {}).get("runbooks_url")
    return {} if url is None else {"runbooks_url": url}


def _runtimes(settings: Settings) -> dict[str, list[str]]:
    """Returns the release runtimes -> their endpoints.

    The policies of one runtime's role hold a limited number of endpoints.
    """
    names = released(settings)
    parts = [names[start : start + MAX_TARGETS] for start in range(0, len(names), MAX_TARGETS)]
    return {f"releases-{n}" if n > 1 else "releases": part for n, part in enumerate(parts, 1)}
