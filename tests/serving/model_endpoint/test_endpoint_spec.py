"""The resolution of an endpoint: complete, once, and without a provider's SDK."""

import ast
import inspect
import json
import pathlib
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from enum import Enum
from types import ModuleType
from typing import Any

import pytest
from groundplan import arguments
from groundplan.arguments import Unknown
from groundplan.context import Context
from groundplan.problems import MISSING
from groundplan.serving.model_endpoint import (
    args,
    gate_args,
    inference_args,
    rollout_args,
    variant_args,
)
from groundplan.serving.model_endpoint.alarm_limits import AlarmLimits
from groundplan.serving.model_endpoint.capacity import Scaling, ScalingMetric
from groundplan.serving.model_endpoint.choices import (
    EndpointKind,
    ReleaseMode,
    RolloutStrategy,
)
from groundplan.serving.model_endpoint.spec import EndpointSpec, resolve
from groundplan.serving.model_endpoint.validation import validate

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
CONTEXT = Context("fraud", "ml", "prod")
MINIMAL: dict[str, Any] = {"image": IMAGE, "instance_type": "ml.m5.large"}


def spec_of(**own: Any) -> EndpointSpec:
    checked, shape = arguments.read(args.ModelEndpointArgs, {**MINIMAL, **own})
    assert shape == []
    return resolve(checked, CONTEXT)


def test_a_minimal_endpoint_is_complete() -> None:
    spec = spec_of()

    assert (spec.name, spec.endpoint_name, spec.kind) == (
        "fraud",
        "ml-prod-fraud",
        EndpointKind.REAL_TIME,
    )
    (variant,) = spec.variants
    assert (variant.name, variant.instance_type, variant.instance_count, variant.weight) == (
        "primary",
        "ml.m5.large",
        2,
        1.0,
    )
    assert variant.scaling == Scaling(ScalingMetric.INVOCATIONS, 600.0, 2, 4, 300, 60)
    assert spec.rollout is not None
    assert spec.rollout.strategy is RolloutStrategy.CANARY
    assert spec.alarms == AlarmLimits(1.0, 1000.0, 90.0, 95.0, None, None, None, 3, ())
    assert spec.release.mode is ReleaseMode.DECLARED
    assert (spec.network_isolation, spec.log_retention_days) == (True, 90)
    assert (spec.shadow, spec.capture, spec.queue, spec.network) == (None, None, None, None)
    with pytest.raises(FrozenInstanceError):
        spec.name = "other"  # type: ignore[misc]


def test_the_kind_decides_on_limits_and_capacity() -> None:
    queue = spec_of(
        asynchronous={},
        artifacts={"bucket_name": "b"} | dict.fromkeys(("bucket_arn", "kms_key_arn"), "arn:x"),
    )
    assert (queue.kind, queue.alarms.latency_ms, queue.alarms.backlog_age_seconds) == (
        EndpointKind.ASYNCHRONOUS,
        None,
        1800,
    )
    assert queue.queue is not None
    assert queue.queue.request_folder == "requests/ml-prod-fraud/"
    (variant,) = queue.variants
    assert variant.scaling is not None
    assert (variant.instance_count, variant.scaling.from_zero) == (1, True)

    serverless = spec_of(serverless={}, instance_type=None)
    (variant,) = serverless.variants
    assert variant.serverless is not None
    assert (variant.serverless.memory_mb, variant.scaling, serverless.rollout) == (2048, None, None)
    assert (serverless.is_guarded, serverless.alarms.disk_percent) == (False, None)


def test_what_monitoring_needs_is_resolved_from_the_arguments() -> None:
    variants = {"b": {"instance_type": "ml.g5.12xlarge"}, "a": {}}
    spec = spec_of(variants=variants, alarms={"max_latency_ms": 250.0})

    assert [(variant.name, variant.instance_type, variant.gpus) for variant in spec.variants] == [
        ("a", "ml.m5.large", 0),
        ("b", "ml.g5.12xlarge", 4),
    ]
    assert (spec.alarms.latency_ms, spec.alarms.gpu_memory_percent) == (250.0, 98.0)


def test_resolution_and_validation_import_no_provider() -> None:
    code = (
        "import sys\n"
        "from groundplan.definitions import definition\n"
        "definition('ModelEndpoint')\n"
        "import groundplan.serving.model_endpoint.spec\n"
        "print([m for m in ('pulumi_aws', 'pulumi_kubernetes') if m in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_resources_are_created_from_the_specification_only() -> None:
    folder = pathlib.Path(args.__file__).parent
    creating = {
        file.stem: file.read_text(encoding="utf-8")
        for file in folder.glob("*.py")
        if "import pulumi_aws" in file.read_text(encoding="utf-8")
    }
    assert {"model_endpoint", "configuration", "alarms", "scaling"} <= creating.keys()
    readers = {name for name, source in creating.items() if re.search(r"\bargs(\[|\.get)", source)}
    assert readers == set()


@pytest.mark.parametrize(
    "incomplete",
    [
        {"network": {"vpc_id": "vpc-1"}},
        {"artifacts": {"bucket_name": "b"}},
        {"asynchronous": {}, "artifacts": {}},
    ],
)
def test_validation_survives_groups_without_their_required_keys(incomplete: Any) -> None:
    checked, shape = arguments.read(args.ModelEndpointArgs, {**MINIMAL, **incomplete})
    assert {problem.value for problem in shape} == {MISSING}
    assert validate(checked, CONTEXT) == []


@pytest.mark.parametrize(
    "wired",
    [
        {"artifacts": Unknown(), "model_data": "models/a/1/", "capture": {"percent": 5}},
        {"artifacts": Unknown(), "asynchronous": {"success_topic_arn": Unknown()}},
        {"network": Unknown()},
        {"network": {"vpc_id": Unknown(), "subnet_ids": Unknown()}},
        {"alarms": {"actions": [Unknown()]}, "kms_key_arn": Unknown(), "image": Unknown()},
        {"alarms": {"actions": Unknown()}},
        {"release": "registry", "model_package_group": Unknown()},
    ],
)
def test_values_that_are_known_after_deployment_only_are_accepted(wired: Any) -> None:
    checked, shape = arguments.read(args.ModelEndpointArgs, {**MINIMAL, **wired})
    assert shape == []
    assert validate(checked, CONTEXT) == []


# Documentation.


def docstrings(module: ModuleType) -> dict[str, dict[str, str]]:
    """Returns the docstrings of the fields of the classes of a module."""
    result: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            fields = result[node.name] = {}
            for field, doc in zip(node.body, node.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr):
                    text = ast.literal_eval(doc.value)
                    fields[ast.unparse(field.target)] = " ".join(text.split())
    return result


def as_yaml(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)


MODULES = (args, gate_args, inference_args, rollout_args, variant_args)
FIELDS = [
    (getattr(module, name), key, doc)
    for module in MODULES
    for name, fields in docstrings(module).items()
    for key, doc in fields.items()
]


@pytest.mark.parametrize(("spec", "key", "doc"), FIELDS)
def test_the_documentation_states_each_default(spec: Any, key: str, doc: str) -> None:
    if key in arguments.required_keys(spec):
        return
    assert "Default: " in doc
    default = arguments.defaults_of(spec).get(key)
    if default is not None:
        assert doc.partition("Default: ")[2].startswith(
            (f"{as_yaml(default)}.", f"{as_yaml(default)},")
        )


def test_every_argument_is_documented() -> None:
    for module in MODULES:
        for name, fields in docstrings(module).items():
            assert set(fields) == set(arguments.hints_of(getattr(module, name))), name
