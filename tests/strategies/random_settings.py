"""Random settings of an environment, derived from the arguments of the components.

Most values are plausible, so that many settings are valid; a few are of the wrong type
or out of range.
"""

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pulumi
from groundplan.arguments import camel_case, enum_members, hints_of, required_keys
from hypothesis import strategies as st
from settings import Settings, omitted

ARN = "arn:aws:iam::123456789012:role/team"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:alarms"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"

VALUES: dict[str, list[Any]] = {
    "region": ["us-east-1", "us-west-2", "eu-west-1"],
    "cidr_block": ["10.0.0.0/16", "10.8.0.0/20", "172.20.0.0/16"],
    "zone_count": [1, 2, 3, 4],
    "availability_zones": [["us-east-1a", "us-east-1b"]],
    "zone": ["us-east-1a", "us-west-2b"],
    "vpc_id": ["vpc-0123456789abcdef0"],
    "private_subnet_ids": [["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]],
    "public_subnet_ids": [["subnet-0123456789abcdef2"]],
    "subnet_ids": [["subnet-0123456789abcdef0"]],
    "interface_endpoints": [[], ["sts"], ["ecr.api", "ecr.dkr"]],
    "retention_days": [7, 14, 90],
    "log_retention_days": [7, 30, 365],
    "administrators": [[ARN]],
    "approvers": [[ARN]],
    "kubernetes_version": ["1.35", "1.36"],
    "public_access_cidrs": [["203.0.113.0/24"]],
    "private_access_cidrs": [["10.200.0.0/16"]],
    "networks": [["10.9.0.0/16"]],
    "allowed_networks": [["10.9.0.0/16"]],
    "from_networks": [["10.9.0.0/16"]],
    "image": [IMAGE],
    "model_data": ["models/churn/1/model.tar.gz"],
    "repositories": [["churn", "serving/churn"]],
    "model_package_group": ["churn"],
    "capacity_gib": [1200, 2400],
    "throughput_per_tib": [125, 250],
    "metadata_iops": [1500, 3000],
    "reservation_id": ["cr-0123456789abcdef0"],
    "snapshot_id": ["snap-0123456789abcdef0"],
    "close": ["20:00"],
    "open": ["07:00"],
    "start": ["2026-12-01T11:30:00Z"],
    "end": ["2026-12-03T11:30:00Z"],
    "time_zone": ["Europe/Berlin", "UTC"],
    "maintenance_window": ["Sun:03:00", "sun:03:00-sun:04:00"],
    "maintenance_start": ["1:03:00"],
    "kubeconfig": ["~/.kube/config"],
    "host": ["fraud.example.com"],
    "endpoint": ["ml@example.com", "https://example.com/hook"],
    "certificate_arn": ["arn:aws:acm:us-east-1:123456789012:certificate/0"],
    "memory_mb": [2048, 4096],
    "max_usd_per_hour": [1.0, 100.0, 5000.0],
    "usd_per_hour": [1.0, 30.0],
    "pull_accounts": [["210987654321"]],
    "read_accounts": [["210987654321"]],
    "register_accounts": [["210987654321"]],
    "account_id": ["210987654321"],
    "revision": ["0e9e39f249a16976918f6564b8830bc894c89659"],
    "runbooks_url": ["https://example.com/runbooks"],
    "bucket_name": ["logs-of-all"],
    "bucket_arn": ["arn:aws:s3:::copies"],
    "prefix": ["datasets/", "tmp/"],
    "path": ["/datasets"],
    "payloads": ["s3://artifacts/smoke.jsonl"],
    "pool": ["gpu", "cpu"],
    "labels": [{"purpose": "training"}],
    "node_labels": [{"kind": "gpu"}],
    "policy_statements": [[]],
    "secret_arn": ["arn:aws:secretsmanager:us-east-1:123456789012:secret:mlflow-a"],
    "user_pool_arn": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"],
    "user_pool_client_id": ["3jvkq7"],
    "user_pool_domain": ["auth"],
    "issuer": ["https://login.example.com"],
    "authorization_endpoint": ["https://login.example.com/authorize"],
    "token_endpoint": ["https://login.example.com/token"],
    "user_info_endpoint": ["https://login.example.com/userinfo"],
    "jwks_endpoint": ["https://login.example.com/jwks"],
    "admins": [["01234567-89ab-cdef-0123-456789abcdef"]],
    "editors": [["11234567-89ab-cdef-0123-456789abcdef"]],
    "viewers": [["21234567-89ab-cdef-0123-456789abcdef"], []],
    "metadata_url": ["https://idp.example.com/metadata"],
    "prefix_list_ids": [["pl-0a"]],
    "vpc_endpoint_ids": [["vpce-0b"]],
    "owner": ["ml-platform"],
    "prometheus_url": ["http://prometheus.monitoring.svc:9090"],
    "instance_class": ["db.t4g.small", "db.m7g.large"],
    "execution_role_arn": [ARN],
    "artifact_prefix": ["mlflow/", "experiments/"],
    "audit_prefix": ["releases/", "audit/"],
    "evaluation_prefixes": [["runs/"], ["evaluations/"]],
    "baseline_key": ["baselines/churn.json"],
    "dataset": ["clicks", "users"],
    "tag": ["latest", "production"],
    "script": ["examples/data-pipeline/clicks.py"],
    "input": ["raw", "other"],
    "column": ["id"],
    "complete": [1.0, 0.99],
    "newest_within_hours": [24.0],
    "allowed": [["DE", "FR"]],
    "glue_version": ["5.0", "5.1"],
    "python_modules": [["pyarrow==21.0.0"]],
    "tag_names": [["production"], ["latest", "production"]],
    "readers": [["training"], ["vision"]],
    "writers": [["training"], ["vision"]],
    "publishers": [["training"]],
    "noncurrent_prefixes": [["runs/"], ["models/", "runs/"]],
    "arn": [TOPIC_ARN],
    "layer_arns": [["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"]],
    "result_prefix": ["monitoring/", "checks/"],
    "label_prefix": ["labels/churn/"],
    "schedule_expression": ["rate(1 day)", "cron(30 0 * * ? *)"],
    "false_alarm_rate": [0.01, 0.05],
    "smallest_drift": [0.1, 0.2],
    "smallest_share": [0.01, 0.05],
    "largest_undetected": [0.2, 0.3],
    "largest_broken_share": [0.01],
    "largest_quality_drop": [0.05],
    "label_delay_hours": [0],
    "retraining.dataset": ["churn:latest"],
    "data_prefixes": [["raw/churn/"]],
    "held_out": ["churn-held-out:latest", "s3://artifacts/held-out/"],
    "recent": ["churn-recent:latest"],
    "job": ["churn"],
    "budget_usd_per_month": [100.0, 10_000.0],
    "cool_down_hours": [0, 12],
    "expected_within_hours": [48, 168],
    "max_runtime_seconds": [3600],
    "checkpoint_prefix": ["checkpoints/churn/"],
    "output_prefix": ["models/churn/"],
    "role_arn": [ARN],
    "writable_paths": [["/var/cache/app"], ["/a", "/b"]],
    "environment": [{"LEVEL": "info"}, {}],
    "prefetch": [["docker.io/library/python:3.12"]],
    "health_path": ["/ready"],
    "paths": [["/"], ["/v1", "/v2"]],
    "model": ["Qwen/Qwen3-8B"],
    "accelerator": ["nvidia.com/gpu"],
    "reached_from": [["monitoring"], []],
    "reaches": [["mlflow"], []],
    "from_namespaces": [["gateway"]],
    "memory_gib": [1, 2, 4],
    "cpu": [0.5, 1.0, 2.0],
    "identifiers": [["EmailAddress"], ["CreditCardNumber", "PhoneNumber-US"]],
    "teams.readers": [[ARN], []],
    "client_security_group_ids": [{"vpn": "sg-0123456789abcdef0"}],
    "engine_version": ["OpenSearch_2.19", "OpenSearch_3.1"],
    "memory_mib": [128, 512],
    "secret_name": ["receiver"],
    "audiences": [["models"], ["a", "b"]],
    "scope_prefix": ["groundplan/", "models."],
    "callers.read": [[ARN], []],
    "callers.train": [[ARN]],
    "callers.register": [[ARN]],
    "callers.approve": [[ARN], []],
    "callers.release": [[ARN]],
    "read_rate": [5, 20.5],
    "read_burst": [1, 40],
    "write_rate": [0.5, 2],
    "write_burst": [1, 10],
    "model_prefixes": [["models/"], ["archives/", "models/"]],
    "powertools_layer_arn": ["arn:aws:lambda:us-east-1:123456789012:layer:powertools:1"],
    "reserved_concurrency": [10, 100],
    "max_latency_ms": [2000, 10000],
    "tags": [{"team": "ml"}],
}
"""Plausible values by argument; by group and argument where groups differ."""

INSTANCE_TYPES = ["g5.xlarge", "g5.12xlarge", "p5.48xlarge", "c7i.8xlarge", "trn1.2xlarge"]
ENDPOINT_TYPES = ["ml.m5.large", "ml.g5.xlarge", "ml.c5.xlarge"]
OF_SAGEMAKER = ("endpoints", "variants", "training", "evaluation")
"""Groups whose `instance_type` is SageMaker's."""
NAMES = {
    "pools": ["gpu", "cpu", "spot"],
    "teams": ["vision", "speech"],
    "endpoints": ["churn", "fraud"],
    "model_monitoring": ["churn", "fraud"],
    "retraining": ["churn", "fraud"],
    "queue_retraining": ["churn", "score"],
    "sets": ["clicks", "users"],
    "access": ["clicks", "users"],
    "targets": ["team", "retraining"],
    "pipelines": ["clicks", "users"],
    "inputs": ["raw", "other"],
    "tables": ["clicks"],
    "columns": ["id", "price"],
    "worst_quality": ["auc", "mae"],
    "services": ["chat", "score"],
    "service_monitoring": ["chat", "score"],
    "groups": ["churn", "fraud"],
    "variants": ["a", "b"],
    "guaranteed": ["gpu", "cpu"],
    "borrowing_limits": ["gpu"],
    "lending_limits": ["gpu"],
    "pull_through": ["ecr-public", "quay"],
}
USUAL: dict[str, tuple[str, ...]] = {
    "Settings": ("training", "endpoints"),
    "DataPipelineArgs": ("dataset", "inputs", "glue"),
    "TrainingSettings": ("pools",),
    "ModelEndpointArgs": ("image", "instance_type"),
    "KubernetesEndpointArgs": ("image",),
}
"""Keys that fuller settings always have."""
STRANGE: list[Any] = [-1, 0, 10**9, "", "x y", True, [], {}, "1", 1.5, "\x1b[31m"]
"""Values of the wrong type, or out of range."""


def settings(*, strange: bool = False, fuller: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Returns strategies of settings, in camelCase; with some strange values, or with
    more keys, if asked."""
    return _group(Settings, "", _Kind(strange, fuller), 0)


@dataclass(frozen=True)
class _Kind:
    """What kind of settings is drawn."""

    strange: bool
    fuller: bool

    @property
    def keys(self) -> int:
        """The most optional keys of a group."""
        return 8 if self.fuller else 4


def _group(spec: Any, at: str, kind: _Kind, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    hidden = omitted().get(spec, frozenset())
    hints = hints_of(spec)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for key, hint in hints.items():
        if key in hidden:
            continue
        value = _later(key, hint, at, kind, depth + 1)
        usual = kind.fuller and key in USUAL.get(spec.__name__, ())
        into = required if usual or key in required_keys(spec) else optional
        into[camel_case(key)] = value
    chosen = (
        st.lists(st.sampled_from(sorted(optional)), max_size=kind.keys, unique=True)
        if optional
        else st.just([])
    )
    return chosen.flatmap(
        lambda keys: st.fixed_dictionaries({**required, **{key: optional[key] for key in keys}})
    )


def _later(key: str, hint: Any, at: str, kind: _Kind, depth: int) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: _value(key, hint, at, kind, depth))


def _value(key: str, hint: Any, at: str, kind: _Kind, depth: int) -> st.SearchStrategy[Any]:
    found = _plausible(key, hint, at, kind, depth)
    if kind.strange and depth > 1:
        return st.integers(0, 14).flatmap(lambda n: st.sampled_from(STRANGE) if n == 0 else found)
    return found


def _plausible(key: str, hint: Any, at: str, kind: _Kind, depth: int) -> st.SearchStrategy[Any]:
    if key == "instance_type" and at == "system_pool":
        return st.sampled_from(["m7i.large", "m7i.xlarge", "c7g.2xlarge"])
    if key == "instance_type" and at == "domain":
        return st.sampled_from(["m6g.large.search", "t3.small.search"])
    if key == "instance_type":
        return st.sampled_from(ENDPOINT_TYPES if at in OF_SAGEMAKER else INSTANCE_TYPES)
    if key == "schedule" and not typing.is_typeddict(hint):  # a CronJob's; queues have another
        return st.sampled_from(["30 0 * * *", "0 */6 * * mon-fri"])
    for name in (f"{at}.{key}", key):
        if name in VALUES and not enum_members(hint):
            return st.sampled_from(VALUES[name])
    if key.endswith("key_arn"):
        return st.just(KEY_ARN)
    if key.endswith("topic_arn") or key == "actions":
        return st.just([TOPIC_ARN] if key == "actions" else TOPIC_ARN)
    return _of_type(key, hint, at, kind, depth)


def _of_type(key: str, hint: Any, at: str, kind: _Kind, depth: int) -> st.SearchStrategy[Any]:
    if typing.is_typeddict(hint):
        inside = at if key in ("", "shadow", "scaling") else key
        return _group(hint, inside, kind, depth)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from([member.value for member in enum_members(hint)])
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.sampled_from([1, 2, 3, 5, 10, 60, 300])
    if hint is float:
        return st.sampled_from([0.5, 1.0, 10.0, 99.0])
    if hint is str:
        return st.sampled_from(["churn", "a-b", "models/x/"][: 2 if kind.fuller else 3])
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        names = st.sampled_from(NAMES.get(key, ["one", "two"]))
        inner = st.deferred(lambda: _value("", parameters[1], key, kind, depth + 1))
        return st.dictionaries(names, inner, min_size=int(kind.fuller), max_size=2)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        inner = st.deferred(lambda: _value("", parameters[0], key, kind, depth + 1))
        return st.lists(inner, max_size=2)
    for member in parameters:
        if typing.get_origin(member) is not pulumi.Output and "Awaitable" not in str(member):
            return _of_type(key, member, at, kind, depth)
    return st.none()
