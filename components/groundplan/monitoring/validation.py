"""Validates the arguments of a MonitoringStack."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from groundplan import runbooks
from groundplan.arguments import known, with_defaults
from groundplan.context import Context
from groundplan.facts import instances, log_retention
from groundplan.kubernetes import namespaces, object_names
from groundplan.monitoring import grafana_rules
from groundplan.monitoring.args import (
    ChatArgs,
    LogGroupArgs,
    MonitoringStackArgs,
    PrometheusArgs,
    SubscriberArgs,
    WatchedClusterArgs,
    WatchedEndpointArgs,
    WatchedReplicaArgs,
)
from groundplan.monitoring.choices import PrometheusBackend, SubscriberProtocol
from groundplan.monitoring.spec import WatchedEndpoint, resolve_endpoint
from groundplan.objectives import objective as objectives
from groundplan.problems import MISSING, Problem, one_of, under, whole_number
from groundplan.sagemaker.endpoint_kind import EndpointKind
from groundplan.storage import arns
from groundplan.web_addresses import is_email, is_url

# `logGroupName`: CloudWatch Logs API Reference, CreateLogGroup.
LOG_GROUP_KEY = re.compile(r"[A-Za-z0-9._/#-]+")

UUID = r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
SLACK = {
    "slack_workspace_id": (r"[0-9A-Z]{1,255}", "the ID of a workspace: T07EA123LEP"),
    "channel_id": (r"[A-Za-z0-9]{1,128}", "the ID of a channel: C07EZ1ABC23"),
}
TEAMS = {
    "teams_tenant_id": (UUID, "the UUID of a tenant"),
    "teams_team_id": (UUID, "the UUID of a team"),
    "channel_id": (r"[A-Za-z0-9_+=\-:@.%/]{1,256}", "the ID of a channel: 19:abc@thread.tacv2"),
}
"""Keys of a channel -> the text of an ID, and an example. Source: AWS Chatbot API
Reference, `SlackChannelConfiguration` and `TeamsChannelConfiguration`."""

MAX_LOG_GROUP_KEY = 256
"""Half of the 512 characters of a log group's name, which begins with `/groundplan/`
and the environment."""

# The largest size that every general-purpose EBS volume type supports is 16 TiB (Amazon
# EBS User Guide, "volume types").
LARGEST_VOLUME_GIB = 16_384

LONGEST_MANAGED_DAYS = 1095
"""Three years (Amazon Managed Service for Prometheus User Guide, "Configure your
workspace", retention period)."""

MAX_VARIANTS = 10
"""Production variants of an endpoint (SageMaker AI API Reference,
CreateEndpointConfig)."""

MAX_OBJECTIVE_VARIANTS = 5
"""An alarm evaluates up to 10 metrics (CloudWatch quotas): two of each variant."""

QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(\.fifo)?")
FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]+)?")
SUBSCRIBER_ENDPOINTS: Mapping[SubscriberProtocol, tuple[Callable[[str], object], str]] = {
    SubscriberProtocol.EMAIL: (is_email, "an e-mail address, such as oncall@example.com"),
    SubscriberProtocol.HTTPS: (lambda text: is_url(text, "https"), "an https:// address"),
    SubscriberProtocol.SQS: (QUEUE.fullmatch, "the ARN of an SQS queue"),
    SubscriberProtocol.LAMBDA: (FUNCTION.fullmatch, "the ARN of a Lambda function"),
}
"""Whether a text is an endpoint of each protocol, and what it is."""


def validate(args: MonitoringStackArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    problems: list[Problem] = []
    for key, subscriber in args.get("subscribers", {}).items():
        problems += under(f"subscribers.{key}", _subscriber_problems(subscriber))
    for key, channel in args.get("chat", {}).items():
        problems += under(f"chat.{key}", _chat_problems(channel))
    problems += _name_problems("chat", args.get("chat", {}))
    problems += runbooks.owner_problems("owner", args.get("owner"))
    for key, endpoint in args.get("endpoints", {}).items():
        problems += under(f"endpoints.{key}", _endpoint_problems(key, endpoint))
    problems += _name_problems("subscribers", args.get("subscribers", {}))
    problems += _name_problems("endpoints", args.get("endpoints", {}))
    problems += _objective_problems(args)
    problems += _name_problems("buckets", args.get("buckets", {}))
    problems += _name_problems("replicas", args.get("replicas", {}))
    for key, replica in args.get("replicas", {}).items():
        problems += under(f"replicas.{key}", _replica_problems(replica))
    problems += under("log_groups", _log_group_problems(args.get("log_groups", {})))
    problems += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    problems += _network_problems(args.get("network", {}).get("nat_gateway_ids"))
    if "cluster" in args:
        problems += under("cluster", _cluster_problems(args["cluster"]))
    if "grafana" in args:
        problems += under("grafana", grafana_rules.problems(args["grafana"]))
    return problems + _prometheus_problems(args)


def _replica_problems(replica: WatchedReplicaArgs) -> list[Problem]:
    return [
        *arns.name_problems("bucket_name", replica.get("bucket_name")),
        *arns.name_problems("replica_bucket_name", replica.get("replica_bucket_name")),
    ]


def _name_problems(group: str, entries: Iterable[str]) -> list[Problem]:
    return [
        Problem(group, name, "names that are not empty", "name the entry")
        for name in entries
        if not name.strip()
    ]


def _subscriber_problems(args: SubscriberArgs) -> list[Problem]:
    protocol, endpoint = args.get("protocol"), args.get("endpoint")
    if protocol is None or not isinstance(endpoint, str):
        return []
    is_valid, allowed = SUBSCRIBER_ENDPOINTS[SubscriberProtocol(protocol)]
    if is_valid(endpoint):
        return []
    rest = "without spaces and control characters"
    return [
        Problem(
            "endpoint", endpoint, f"for {SubscriberProtocol(protocol).value}: {allowed}, {rest}"
        )
    ]


def _chat_problems(args: ChatArgs) -> list[Problem]:
    slack, teams = (
        "slack_workspace_id" in args,
        "teams_tenant_id" in args or "teams_team_id" in args,
    )
    if slack == teams:
        allowed = "a channel of Slack or of Microsoft Teams"
        fix = "set slack_workspace_id, or teams_tenant_id and teams_team_id"
        return [Problem("", sorted(args), allowed, fix)]
    kinds = SLACK if slack else TEAMS
    found: list[Problem] = []
    for key, (pattern, allowed) in kinds.items():
        value: Any = dict(args).get(key, MISSING)
        if value is MISSING or not re.fullmatch(pattern, value):
            found.append(Problem(key, value, allowed, "copy it from the link to the channel"))
    return found


def _endpoint_problems(key: str, args: WatchedEndpointArgs) -> list[Problem]:
    problems: list[Problem] = []
    name = args.get("endpoint_name")
    if known(name) and not name:
        problems.append(Problem("endpoint_name", name, "the name of an endpoint"))
    percent, latency = args.get("max_error_percent"), args.get("max_latency_ms")
    if percent is not None and not 0 <= percent <= 100:
        problems.append(Problem("max_error_percent", percent, "a number from 0 to 100 (percent)"))
    if latency is not None and latency <= 0:
        problems.append(Problem("max_latency_ms", latency, "a number above 0 (milliseconds)"))
    requests = args.get("min_invocations_per_hour")
    problems += whole_number("min_invocations_per_hour", requests, 1, 1_000_000_000)
    spec = resolve_endpoint(key, args)
    if spec.kind is EndpointKind.ASYNCHRONOUS and requests is not None:
        allowed = "nothing for an asynchronous endpoint, whose requests SageMaker does not count"
        fix = "remove min_invocations_per_hour"
        problems.append(Problem("min_invocations_per_hour", requests, allowed, fix))
    problems += _instance_problems("instance_type", args.get("instance_type"), spec)
    return problems + _variant_problems(args, spec)


def _objective_problems(args: MonitoringStackArgs) -> list[Problem]:
    endpoints, found = args.get("endpoints", {}), list[Problem]()
    for key, own in args.get("objectives", {}).items():
        at = f"objectives.{key}"
        if key not in endpoints:
            if endpoints:
                found += one_of(at, key, endpoints)
            else:
                found.append(Problem(at, key, "nothing: no endpoint is monitored", "remove it"))
            continue
        found += under(at, objectives.problems(own))
        number = len(resolve_endpoint(key, endpoints[key]).variants)
        if number > MAX_OBJECTIVE_VARIANTS:
            allowed = f"an endpoint with at most {MAX_OBJECTIVE_VARIANTS} variants"
            fix = "remove it: an alarm evaluates up to 10 metrics, two of each variant"
            found.append(Problem(at, f"{number} variants", allowed, fix))
    return found


def _variant_problems(args: WatchedEndpointArgs, spec: WatchedEndpoint) -> list[Problem]:
    if "variants" not in args:
        return []
    own: Mapping[str, Any] = args
    problems = [
        Problem(key, own[key], "nothing with variants", f"remove {key}, or variants")
        for key in ("variant_name", "instance_type")
        if key in own
    ]
    variants = list(args["variants"])
    most = MAX_VARIANTS if spec.kind is EndpointKind.REAL_TIME else 1
    names = [variant.get("name") for variant in variants]
    if not 1 <= len(variants) <= most:
        amount = f"1 to {MAX_VARIANTS} variants" if most > 1 else "1 variant"
        allowed = f"{amount} for a {spec.kind.value} endpoint"
        problems.append(Problem("variants", names, allowed, "list the endpoint's variants"))
    for index, variant in enumerate(variants):
        path, name = f"variants[{index}]", names[index]
        if known(name) and not name:
            problems.append(Problem(f"{path}.name", name, "the name of a variant"))
        elif isinstance(name, str) and name in [n for n in names[:index] if isinstance(n, str)]:
            problems.append(Problem(f"{path}.name", name, "each variant once", "remove it"))
        problems += _instance_problems(f"{path}.instance_type", variant.get("instance_type"), spec)
    return problems


def _instance_problems(key: str, name: str | None, spec: WatchedEndpoint) -> list[Problem]:
    if name is None:
        return []
    if spec.is_serverless:
        allowed = "nothing for a serverless endpoint: it has no instances"
        return [Problem(key, name, allowed, "remove it")]
    problems = instances.sagemaker_problems(key, name)
    if not problems and instances.find(name) is None:
        # SageMaker has a few types whose EC2 equivalent is retired or not public, so
        # that their number of cores is unknown.
        fix = "remove it: the endpoint has no CPU alarm then"
        problems.append(Problem(key, name, "an instance type whose number of cores is known", fix))
    return problems


def _network_problems(gateway_ids: object) -> list[Problem]:
    ids = gateway_ids if isinstance(gateway_ids, list | tuple) else ()
    allowed = "an ID: nat- and hexadecimal digits"
    fix = "use the gateway's ID, not its name or its ARN"
    return [
        Problem(f"network.nat_gateway_ids[{index}]", gateway, allowed, fix)
        for index, gateway in enumerate(ids)
        if isinstance(gateway, str) and not re.fullmatch(r"nat-[0-9a-f]+", gateway)
    ]


def _cluster_problems(args: WatchedClusterArgs) -> list[Problem]:
    problems = whole_number("max_wait_minutes", args.get("max_wait_minutes"), 5, 10_080, "minutes")
    if args.get("cluster_name") == "":
        problems.append(Problem("cluster_name", "", "the name of a cluster"))
    own = with_defaults(WatchedClusterArgs, args)
    needs = {
        "gpus": "prometheus",
        "gpu_profiling": "gpus",
        "model_checks": "prometheus",
        "open_cost": "prometheus",
    }
    for key, required in needs.items():
        if own[key] and not own[required]:
            fix = f"set {required} to true, or remove {key}"
            problems.append(Problem(key, True, f"true only with {required}", fix))
    ceiling = args.get("max_usd_per_hour")
    if ceiling is not None and ceiling <= 0:
        allowed = "a price above 0 (USD an hour)"
        problems.append(Problem("max_usd_per_hour", ceiling, allowed, "remove it for no ceiling"))
    elif ceiling is not None and not own["open_cost"]:
        fix = "set open_cost to true, or remove max_usd_per_hour"
        allowed = "none without open_cost, whose dashboard shows it"
        problems.append(Problem("max_usd_per_hour", ceiling, allowed, fix))
    return problems


def _prometheus_problems(args: MonitoringStackArgs) -> list[Problem]:
    if "prometheus" not in args:
        return []
    own: PrometheusArgs = args["prometheus"]
    managed = own.get("backend") is PrometheusBackend.MANAGED
    longest = LONGEST_MANAGED_DAYS if managed else 365
    problems = [
        *whole_number("retention_days", own.get("retention_days"), 1, longest, "days"),
        *whole_number("storage_gib", own.get("storage_gib"), 2, LARGEST_VOLUME_GIB, "GiB"),
        *whole_number("replicas", own.get("replicas"), 1, 5),
        *whole_number(
            "grafana_storage_gib", own.get("grafana_storage_gib"), 1, LARGEST_VOLUME_GIB, "GiB"
        ),
    ]
    problems += object_names.problems("storage_class", own.get("storage_class"), "storageclass")
    for index, namespace in enumerate(own.get("reached_from", ())):
        problems += namespaces.problems(f"reached_from[{index}]", namespace)
    of_grafana: Mapping[str, Any] = {
        key: value
        for key, value in own.items()
        if key == "grafana_storage_gib" or (key == "cloudwatch" and value)
    }
    if managed:
        allowed = "nothing with the backend managed: Grafana is not in the cluster"
        problems += [Problem(key, value, allowed, "remove it") for key, value in of_grafana.items()]
    problems = under("prometheus", problems)
    cluster = args.get("cluster")
    if cluster is None or not with_defaults(WatchedClusterArgs, cluster)["prometheus"]:
        fix = "add the cluster that it is installed in, with `prometheus` true, or remove it"
        allowed = "only with a cluster that runs Prometheus"
        problems.append(Problem("prometheus", dict(own), allowed, fix))
    return problems


def _log_group_problems(groups: Mapping[str, LogGroupArgs]) -> list[Problem]:
    problems: list[Problem] = []
    for key, group in groups.items():
        if not LOG_GROUP_KEY.fullmatch(key) or len(key) > MAX_LOG_GROUP_KEY:
            allowed = (
                f"names of up to {MAX_LOG_GROUP_KEY} letters, digits and the characters . _ / # -"
            )
            problems.append(Problem("", key, allowed, "rename it"))
        days = group.get("retention_days")
        problems += under(key, log_retention.problems("retention_days", days))
    return problems
