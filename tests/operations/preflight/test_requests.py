"""The requests of a preflight are valid, and only read: botocore's own models judge."""

import json
import pathlib
import re

import botocore.session  # type: ignore[import-untyped]
import pytest
from account_world import LISTED, TODAY, World
from botocore import xform_name
from botocore.validate import ParamValidator  # type: ignore[import-untyped]
from groundplan.operations.preflight import checks
from groundplan.operations.preflight.account import READS
from stack_plans import plan

GUIDE = pathlib.Path(__file__).parents[3] / "docs" / "guides" / "preflight.md"
PREFIXES = {"service-quotas": "servicequotas"}
"""Services whose actions have another prefix than their name in boto3."""
ACTIONS = {"HeadBucket": "ListBucket"}


@pytest.fixture(scope="module")
def asked() -> dict[tuple[str, str, str], dict[str, object]]:
    """The requests of the preflights of all stacks, each once."""
    found: dict[tuple[str, str, str], dict[str, object]] = {}
    for stack in ("odd", "dev", "loop", "rich-sagemaker", "rich-kubernetes"):
        world = World(plan(stack))
        for use in ("training", "processing", "transform"):
            name = f"{use.capitalize()}Job"
            world.lists["sagemaker", f"list_{use}_jobs"] = [{f"{name}Name": "x"}]
            setattr(world, f"_sagemaker_describe_{use}_job", lambda _region, _request: {})
        world.lists["sagemaker", "list_endpoints"] = [{"EndpointName": "x"}]
        for code in ("L-417A185B", "L-DB2E81BA"):
            world.quotas["ec2", code] = 0.0
        checks.run(plan(stack), world, TODAY)
        for service, operation, request in world.asked:
            found[service, operation, ",".join(sorted(request))] = request
    return found


def test_every_request_is_one_of_botocore(
    asked: dict[tuple[str, str, str], dict[str, object]],
) -> None:
    session = botocore.session.get_session()
    models = {service: session.get_service_model(service) for service, _, _ in asked}
    wrong = []
    for (service, operation, _), request in sorted(asked.items()):
        assert operation.startswith(READS)
        names = {xform_name(name): name for name in models[service].operation_names}
        if operation not in names:
            wrong.append(f"{service} has no {operation}")
            continue
        model = models[service].operation_model(names[operation])
        if model.input_shape:
            report = ParamValidator().validate(request, model.input_shape)
            if report.has_errors():
                wrong.append(f"{service}.{operation}: {report.generate_report()}")
        key = LISTED.get(operation)
        if key and key not in model.output_shape.members:
            wrong.append(f"{service}.{operation} answers no {key}")
    assert wrong == []
    assert len(asked) > 30


def test_the_policy_in_the_guide_allows_what_is_asked(
    asked: dict[tuple[str, str, str], dict[str, object]],
) -> None:
    session = botocore.session.get_session()
    needed = {"sts:GetCallerIdentity", "secretsmanager:DescribeSecret"}
    for service, operation, _ in asked:
        names = {xform_name(n): n for n in session.get_service_model(service).operation_names}
        name = names[operation]
        needed.add(f"{PREFIXES.get(service, service)}:{ACTIONS.get(name, name)}")
    match = re.search(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    [statement] = json.loads(match[1])["Statement"]
    assert sorted(needed - set(statement["Action"])) == []
