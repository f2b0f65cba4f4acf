"""Drift reports each property that was changed, what was deleted, and what the state
does not know, and says what it did not compare."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

import pytest
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.drift import run, types, unmanaged, values
from groundplan.operations.drift.difference import Drift, Kind
from groundplan.operations.preflight.reader import Denied, Missing, Unread

REGION = "eu-west-1"
TAGS = {"environment": "prod", "owner": "ml"}
OWN = "groundplan:component"
READS = ("get", "list", "describe")


def resource(token: str, inputs: dict[str, Any], **outputs: Any) -> Resource:
    name = f"a-{token.rsplit(':', 1)[-1].lower()}"
    urn = f"urn:pulumi:prod::shop::{token}::{name}"
    return Resource(urn, token, name, None, True, inputs, outputs={"id": f"id-{name}", **outputs})


def value(path: str) -> Any:
    """A value for an input."""
    if path.endswith(("olicy", "definition", "Pattern")):
        return json.dumps({"Statement": [{"Action": ["s3:GetObject"], "Path": path}]})
    if path.endswith(("Ids", "Cidrs", "Actions", "Types")):
        return ["one", "two"]
    if path.endswith(("ize", "imeout", "eriod", "eriods", "threshold", "Seconds", "Days")):
        return 30
    if path.startswith(("enable", "block", "ignore", "restrict")):
        return True
    return f"value-of-{path}"


def put(data: dict[str, Any], path: str, item: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        data = data.setdefault(step, {})
    data[last] = item


def stated(token: str) -> Resource:
    """A resource of a type with a value for each property that is compared."""
    inputs: dict[str, Any] = {}
    for path in paths(token):
        put(inputs, path, value(path))
    outputs = {
        key: f"x-{key}"
        for key in (
            *("arn", "bucket", "name", "role", "publicIp", "allocationId", "identifier"),
            *("associationArn", "resourceId", "scalableDimension", "serviceNamespace"),
            "domainName",
        )
    }
    readable = types.READABLE.get(token)
    tags = TAGS if readable and readable.tags else {}
    return resource(token, {**inputs, **({"tags": tags} if tags else {})}, **outputs)


def paths(token: str) -> Mapping[str, str]:
    found = types.READABLE.get(token) or types.DESCRIBED[token]
    return found.properties


class World:
    """An account that has what a state has."""

    def __init__(self, *resources: Resource) -> None:
        self.properties: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, Exception] = {}
        self.tagged: list[dict[str, Any]] = []
        self.calls: list[str] = []
        for each in resources:
            self.add(each)

    def add(self, each: Resource) -> None:
        properties: dict[str, Any] = {}
        for path, live in paths(each.type).items():
            item = values.at(each.inputs, path)
            if item is not None:
                put(properties, live, json.loads(item) if _is_json(item) else item)
        if each.inputs.get("tags"):
            tags = {**each.inputs["tags"], "aws:cloudformation:stack-name": "x"}
            properties["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]
        self.properties[self.key(each)] = properties

    @staticmethod
    def key(each: Resource) -> str:
        readable = types.READABLE.get(each.type)
        if readable:
            return f"{readable.type} {readable.identifier(each)}"
        described = types.DESCRIBED[each.type]
        return f"{described.operation} {described.identifier(each)}"

    def of(self, each: Resource) -> dict[str, Any]:
        return self.properties[self.key(each)]

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        assert region == REGION
        assert operation.startswith(READS)
        self.calls.append(operation)
        if operation in self.failures:
            raise self.failures[operation]
        if service == "resourcegroupstaggingapi":
            return {"ResourceTagMappingList": self.tagged}
        if service == "cloudcontrol":
            key = f"{request['TypeName']} {request['Identifier']}"
            if key not in self.properties:
                raise Missing("ResourceNotFoundException")
            text = json.dumps(self.properties[key])
            return {"ResourceDescription": {"Properties": text}}
        key = f"{operation} {next(iter(request.values()))}"
        if key not in self.properties:
            raise Missing("no such")
        described = next(d for d in types.DESCRIBED.values() if d.operation == operation)
        found = self.properties[key]
        return {described.answer: found} if described.answer else found

    def web(self, _address: str, _token: str = "") -> str | None:
        raise AssertionError("drift reads no web")

    def connects(self, _host: str, _port: int) -> bool:
        raise AssertionError("drift opens no connection")


def _is_json(item: Any) -> bool:
    return isinstance(item, str) and item.startswith("{")


def manifest(*resources: Resource) -> Manifest:
    return Manifest("shop", "prod", resources, aws_region=REGION)


def drift(world: World, *resources: Resource, program: Manifest | None = None) -> Drift:
    return run.run(manifest(*resources), world, program)


TOKENS = sorted([*types.READABLE, *types.DESCRIBED])
PROPERTIES = [(token, path) for token in TOKENS for path in paths(token)]


def test_nothing_differs_in_an_account_that_has_the_state() -> None:
    every = [stated(token) for token in TOKENS]
    world = World()
    for each in every:  # two types are parts of one bucket
        before = world.properties.get(World.key(each), {})
        world.add(each)
        merged = {**before, **world.of(each)}
        world.properties[World.key(each)] = merged
    found = drift(world, *every)
    assert [d.to_data() for d in found.differences] == []
    assert found.not_compared == ()
    assert found.compared == len(TOKENS)


@pytest.mark.parametrize(("token", "path"), PROPERTIES, ids=lambda x: x.rsplit(":", 1)[-1])
def test_a_changed_property_is_found(token: str, path: str) -> None:
    each = stated(token)
    world = World(each)
    put(world.of(each), paths(token)[path], "another")
    [found] = drift(world, each).differences
    assert (found.kind, found.path, found.live) == (Kind.CHANGED, path, "another")
    assert found.recorded == value(path)


@pytest.mark.parametrize("token", TOKENS, ids=lambda x: x.rsplit(":", 1)[-1])
def test_what_is_gone_is_found(token: str) -> None:
    each = stated(token)
    [found] = drift(World(), each).differences
    assert (found.kind, found.id) == (Kind.DELETED, each.urn)


LOGS = "aws:cloudwatch/logGroup:LogGroup"


def test_a_property_that_was_removed_is_found() -> None:
    each = stated(LOGS)
    world = World(each)
    del world.of(each)["RetentionInDays"]
    [found] = drift(world, each).differences
    assert (found.path, found.recorded, found.live) == ("retentionInDays", 30, None)


@pytest.mark.parametrize(
    ("recorded", "live"),
    [
        (30, "30"),
        ("true", True),
        (["b", "a"], ["a", "b"]),
        ('{"a": ["x"]}', {"a": "x"}),
        ({"a": 1, "b": None}, {"a": 1.0}),
        ("arn:aws:kms:eu-west-1:1:key/1-2", "1-2"),
        ("1-2", "arn:aws:kms:eu-west-1:1:key/1-2"),
        ([], None),
        (False, None),
        ("false", False),
    ],
)
def test_another_spelling_is_no_drift(recorded: Any, live: Any) -> None:
    assert values.is_same(recorded, live)


@pytest.mark.parametrize(
    ("recorded", "live"),
    [
        (30, 31),
        (True, False),
        (["a"], ["a", "b"]),
        ('{"a": "x"}', {"a": "y"}),
        ("1.30", "1.3"),
        ("arn:aws:iam::1:role/ax", "x"),
    ],
)
def test_another_value_is_drift(recorded: Any, live: Any) -> None:
    assert not values.is_same(recorded, live)


def test_a_secret_is_neither_compared_nor_shown() -> None:
    each = resource(
        "aws:lambda/function:Function",
        {"environment": {"variables": {"PASSWORD": "[secret]"}}, "timeout": 3},
    )
    world = World(each)
    world.of(each)["Environment"] = {"Variables": {"PASSWORD": "hunter2"}}
    found = drift(world, each)
    assert found.differences == ()
    assert "hunter2" not in json.dumps(found.to_data())


def test_what_the_program_ignores_is_no_drift() -> None:
    plain = stated("aws:eks/nodeGroup:NodeGroup")
    world = World(plain)
    world.of(plain)["ScalingConfig"]["DesiredSize"] = 9
    assert [d.path for d in drift(world, plain).differences] == ["scalingConfig.desiredSize"]
    options = {"ignoreChanges": ["scalingConfig.desiredSize"]}
    ignoring = Resource(**{**plain.__dict__, "options": options})
    assert drift(world, ignoring).differences == ()


def test_tags_that_were_changed_removed_and_added_are_found() -> None:
    each = stated(LOGS)
    world = World(each)
    world.of(each)["Tags"] = [
        {"Key": "environment", "Value": "dev"},
        {"Key": "team", "Value": "x"},
        {"Key": "aws:x", "Value": "y"},
    ]
    found = drift(world, each).differences
    assert [(d.path, d.recorded, d.live) for d in found] == [
        ("tags.environment", "prod", "dev"),
        ("tags.owner", "ml", None),
        ("tags.team", None, "x"),
    ]


VPC = resource("aws:ec2/vpc:Vpc", {"tags": TAGS}, id="vpc-1", arn="arn:aws:ec2:r:1:vpc/vpc-1")


@pytest.mark.parametrize(
    ("arn", "tags", "known"),
    [
        ("arn:aws:ec2:eu-west-1:1:vpc/vpc-1", [], True),
        ("arn:aws:ec2:eu-west-1:1:vpc/vpc-2", [], False),
        ("arn:aws:ec2:eu-west-1:1:instance/i-1", ["eks:cluster-name"], True),
        ("arn:aws:ec2:eu-west-1:1:volume/vol-1", ["kubernetes.io/created-for/pvc/name"], True),
        ("arn:aws:logs:eu-west-1:1:log-group:id-a-loggroup", [], True),
        ("arn:aws:logs:eu-west-1:1:log-group:another", [], False),
    ],
)
def test_what_has_the_tags_and_is_not_in_the_state_is_found(
    arn: str, tags: list[str], known: bool
) -> None:
    logs = stated(LOGS)
    world = World(VPC, logs)
    world.tagged = [{"ResourceARN": arn, "Tags": [{"Key": key, "Value": ""} for key in tags]}]
    found = [d.id for d in drift(world, VPC, logs).differences]
    assert found == ([] if known else [arn])


def test_a_state_without_common_tags_says_that_it_can_not_look() -> None:
    each = resource("aws:ec2/vpc:Vpc", {})
    found = drift(World(each), each)
    assert "no tag in common" in found.not_compared[0].why


def test_the_tags_of_a_stack_are_those_of_all_its_resources() -> None:
    one = resource("aws:ec2/vpc:Vpc", {"tags": {**TAGS, "Name": "a"}})
    two = resource("aws:ec2/subnet:Subnet", {"tags": {**TAGS, "Name": "b"}})
    assert unmanaged.stack_tags(manifest(one, two)) == TAGS


def test_objects_which_have_fewer_tags_do_not_hide_what_the_state_does_not_know() -> None:
    one = resource("aws:ec2/vpc:Vpc", {"tags": {**TAGS, OWN: "a"}})
    script = resource("aws:s3/bucketObjectv2:BucketObjectv2", {"tags": {OWN: "b"}})
    assert unmanaged.stack_tags(manifest(one, script)) == TAGS


@pytest.mark.parametrize(
    "error", [Denied("no permission for it"), Unread("throttled"), Unread("no such region")]
)
def test_what_can_not_be_read_is_not_compared(error: Exception) -> None:
    each = stated(LOGS)
    world = World(each)
    world.failures["get_resource"] = error
    found = drift(world, each)
    assert found.differences == ()
    assert (each.name, str(error)) in [(e.what, e.why) for e in found.not_compared]
    assert found.compared == 0


def test_types_without_a_reader_are_named() -> None:
    bucket = resource("aws:backup/vault:Vault", {})
    claim = resource("kubernetes:core/v1:ConfigMap", {})
    found = drift(World(), bucket, claim).not_compared
    assert {"aws:backup/vault:Vault (1)", "1 Kubernetes objects"} <= {e.what for e in found}


def test_what_the_program_and_the_state_differ_in_is_no_drift() -> None:
    old, new = stated(LOGS), stated("aws:sqs/queue:Queue")
    found = drift(World(old), old, program=manifest(new))
    assert found.differences == ()
    assert found.pending == {"create": (new.name,), "delete": (old.name,)}


def test_a_date_is_written_as_text() -> None:
    assert values.is_same(datetime.date(2026, 11, 28), "2026-11-28")
