"""A deployed state as a manifest."""

import json
from typing import Any

from groundplan.manifest.model import SECRET, Manifest, Resource
from groundplan.manifest.state import manifest, resolved

PREFIX = "urn:pulumi:dev::shop::"
STACK = f"{PREFIX}pulumi:pulumi:Stack::shop-dev"
QUEUE = f"{PREFIX}test:index:Group$aws:sqs/queue:Queue::jobs"
GROUP = f"{PREFIX}test:index:Group::g"
SECRET_VALUE = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:abc",
}
ARN = "arn:aws:sqs:us-east-1:123456789012:jobs-1a2b"


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"queue": ARN}}
    return {"version": 3, "deployment": {"resources": [stack, *resources]}}


def deployed() -> dict[str, Any]:
    provider = f"{PREFIX}pulumi:providers:aws::default_7_51_1"
    return state(
        {"urn": provider, "type": "pulumi:providers:aws", "custom": True, "id": "p", "inputs": {}},
        {"urn": GROUP, "type": "test:index:Group", "parent": STACK},
        {
            "urn": QUEUE,
            "type": "aws:sqs/queue:Queue",
            "custom": True,
            "id": "https://queue/jobs-1a2b",
            "parent": GROUP,
            "inputs": {
                "__defaults": ["name"],
                "name": "jobs-1a2b",
                "policy": SECRET_VALUE,
                "deep": [{"__defaults": [], "a": 1}],
            },
            "outputs": {"arn": ARN, "tags": {"a": "b"}, "list": [{"x": "deep"}]},
            "protect": True,
            "provider": f"{provider}::p",
            "dependencies": [GROUP],
            "propertyDependencies": {"name": [], "policy": [GROUP]},
        },
    )


def test_a_state_is_a_manifest_without_the_stack_and_its_default_providers() -> None:
    read = manifest(deployed(), "dev")
    assert (read.project, read.stack, read.outputs) == ("shop", "dev", {"queue": ARN})
    assert [resource.urn for resource in read] == [QUEUE, GROUP]
    queue = read.by_urn[QUEUE]
    assert (queue.name, queue.parent, queue.custom) == ("jobs", GROUP, True)
    assert queue.inputs == {"policy": SECRET, "deep": [{"a": 1}]}
    assert queue.options == {"protect": True}
    assert queue.property_dependencies == {"policy": (GROUP,)}
    assert read.by_urn[GROUP].parent is None


def test_a_resource_that_is_pending_deletion_is_left_out() -> None:
    data = state({"urn": QUEUE, "type": "aws:sqs/queue:Queue", "custom": True, "delete": True})
    assert manifest(data, "dev").resources == ()


def test_a_state_file_of_a_backend_is_read_too() -> None:
    data = {"version": 3, "checkpoint": {"stack": "dev", "latest": deployed()["deployment"]}}
    assert manifest(data, "dev") == manifest(deployed(), "dev")
    assert manifest({"checkpoint": {"latest": None}}, "dev").resources == ()


def test_symbols_are_resolved_by_deployed_outputs() -> None:
    root = "arn:aws:iam::{}:root"
    policy = json.dumps(
        {
            "Resource": "${jobs.arn}",
            "Root": root.format("${aws.accountId}"),
            "New": "${other.arn}",
        }
    )
    references = {"deep": "${jobs.list[0].x}", "none": "${jobs.list[7].x}"}
    inputs = {"policy": policy, "ids": ["${jobs.id}", references], "n": 1}
    planned = Manifest(
        "shop",
        "dev",
        (
            Resource(QUEUE, "aws:sqs/queue:Queue", "jobs", GROUP, True, {}),
            Resource(
                f"{PREFIX}aws:sns/topic:Topic::t", "aws:sns/topic:Topic", "t", None, True, inputs
            ),
        ),
    )
    (topic,) = (r for r in resolved(planned, manifest(deployed(), "dev")) if r.name == "t")
    assert topic.inputs == {
        "policy": json.dumps(
            {"Resource": ARN, "Root": root.format("123456789012"), "New": "${other.arn}"}
        ),
        "ids": ["https://queue/jobs-1a2b", {"deep": "deep", "none": "${jobs.list[7].x}"}],
        "n": 1,
    }


def test_the_version_that_the_engine_adds_to_a_provider_is_no_input_of_the_program() -> None:
    provider = {
        "urn": "urn:pulumi:dev::shop::pulumi:providers:aws::west",
        "type": "pulumi:providers:aws",
        "custom": True,
        "id": "1",
        "inputs": {"region": "us-west-2", "version": "7.51.1", "__internal": {}},
    }
    topic = {
        "urn": "urn:pulumi:dev::shop::a:b:Document::notes",
        "type": "a:b:Document",
        "custom": True,
        "id": "2",
        "inputs": {"version": "1"},
    }
    found = manifest({"deployment": {"resources": [provider, topic]}}, "dev")
    assert [dict(one.inputs) for one in found] == [{"version": "1"}, {"region": "us-west-2"}]
