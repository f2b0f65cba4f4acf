"""The results of invokes by the region, partition and account of their provider."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.facts import regions
from groundplan.manifest.invoke_place import Place
from groundplan.manifest.invoke_results import BUILT_IN, result
from groundplan.manifest.recorder import ProgramContext, record


def exported(program: Any, **config: str) -> dict[str, Any]:
    values = {"aws:region": "us-east-1"} | {f"aws:{key}": value for key, value in config.items()}
    return dict(record(program, ProgramContext("shop", "dev", values)).outputs)


def place_of(opts: Any = None, region: str | None = None) -> None:
    """Exports what the built-in results say of the place."""
    zones = aws.get_availability_zones_output(region=region, opts=opts)
    pulumi.export("zones", zones.names)
    pulumi.export("region", aws.get_region_output(region=region, opts=opts).region)
    pulumi.export("endpoint", aws.get_region_output(region=region, opts=opts).endpoint)
    pulumi.export("partition", aws.get_partition_output(opts=opts).partition)
    pulumi.export("suffix", aws.get_partition_output(opts=opts).dns_suffix)
    pulumi.export("account", aws.get_caller_identity_output(opts=opts).account_id)
    parameter = aws.ssm.get_parameter_output(name="/shop/x", region=region, opts=opts)
    pulumi.export("parameter", parameter.arn)
    pulumi.export("value", parameter.value)


IRELAND = {
    "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    "region": "eu-west-1",
    "endpoint": "ec2.eu-west-1.amazonaws.com",
    "partition": "aws",
    "suffix": "amazonaws.com",
    "account": "${aws.accountId}",
    "parameter": "arn:aws:ssm:eu-west-1:${aws.accountId}:parameter/shop/x",
    "value": "${ssm:eu-west-1:/shop/x}",
}


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("test:index:Group", name, {}, opts)


def test_the_provider_of_the_invoke_decides() -> None:
    def program() -> None:
        place_of(pulumi.InvokeOptions(provider=aws.Provider("ireland", region="eu-west-1")))

    assert exported(program) == IRELAND


def test_the_provider_of_the_parent_decides() -> None:
    def program() -> None:
        provider = aws.Provider("ireland", region="eu-west-1")
        outer = Group("outer", pulumi.ResourceOptions(providers=[provider]))
        inner = Group("inner", pulumi.ResourceOptions(parent=outer))
        place_of(pulumi.InvokeOptions(parent=inner))

    assert exported(program) == IRELAND


def test_the_region_argument_decides_over_the_provider() -> None:
    def program() -> None:
        provider = aws.Provider("china", region="us-west-2")
        place_of(pulumi.InvokeOptions(provider=provider), region="eu-west-1")

    assert exported(program) == IRELAND


def test_an_invoke_that_waits_for_nothing_has_the_same_result() -> None:
    def program() -> None:
        opts = pulumi.InvokeOptions(provider=aws.Provider("ireland", region="eu-west-1"))
        pulumi.export("zone", aws.get_availability_zones(opts=opts).names[2])
        pulumi.export("region", aws.get_region(opts=opts).region)

    assert exported(program) == {"zone": "eu-west-1c", "region": "eu-west-1"}


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("cn-north-1", ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws", ["a", "b"])),
        ("us-gov-west-1", ("aws-us-gov", "amazonaws.com", "com.amazonaws", ["a", "b", "c"])),
        ("us-east-1", ("aws", "amazonaws.com", "com.amazonaws", list("abcdef"))),
    ],
)
def test_a_partition_has_its_names(region: str, expected: tuple[Any, ...]) -> None:
    def program() -> None:
        opts = pulumi.InvokeOptions(provider=aws.Provider("there", region=region))
        partition = aws.get_partition_output(opts=opts)
        pulumi.export("partition", partition.partition)
        pulumi.export("suffix", partition.dns_suffix)
        pulumi.export("prefix", partition.reverse_dns_prefix)
        pulumi.export("zones", aws.get_availability_zones_output(opts=opts).names)
        pulumi.export("endpoint", aws.get_region_output(opts=opts).endpoint)
        pulumi.export("arn", aws.ssm.get_parameter_output(name="x", opts=opts).arn)

    name, suffix, prefix, zones = expected
    assert exported(program) == {
        "partition": name,
        "suffix": suffix,
        "prefix": prefix,
        "zones": [f"{region}{letter}" for letter in zones],
        "endpoint": f"ec2.{region}.{suffix}",
        "arn": f"arn:{name}:ssm:{region}:${{aws.accountId}}:parameter/x",
    }


@pytest.mark.parametrize(
    ("region", "service", "principal"),
    [
        ("us-east-1", "logs", "logs.amazonaws.com"),
        ("cn-north-1", "logs", "logs.amazonaws.com.cn"),
        ("cn-north-1", "s3", "s3.amazonaws.com"),
        ("us-gov-west-1", "logs", "logs.amazonaws.com"),
    ],
)
def test_a_service_principal_is_that_of_the_partition(
    region: str, service: str, principal: str
) -> None:
    token = "aws:index/getServicePrincipal:getServicePrincipal"
    assert result(token, {"serviceName": service}, Place(region), {})["name"] == principal
    named = result(token, {"serviceName": service, "region": region}, Place("eu-west-1"), {})
    assert (named["name"], named["region"]) == (principal, region)


def test_a_service_has_the_names_of_its_region() -> None:
    token = "aws:index/getService:getService"
    assert result(token, {"serviceId": "s3"}, Place("cn-north-1"), {}) == {
        "id": "s3.cn-north-1.amazonaws.com.cn",
        "dnsName": "s3.cn-north-1.amazonaws.com.cn",
        "partition": "aws-cn",
        "region": "cn-north-1",
        "reverseDnsName": "cn.com.amazonaws.cn-north-1.s3",
        "reverseDnsPrefix": "cn.com.amazonaws",
        "serviceId": "s3",
        "supported": True,
    }


def account_of(**inputs: Any) -> list[Any]:
    def program() -> None:
        opts = pulumi.InvokeOptions(provider=aws.Provider("audit", region="us-east-1", **inputs))
        caller = aws.get_caller_identity_output(opts=opts)
        pulumi.export("caller", [caller.account_id, caller.arn])
        pulumi.export("value", aws.ssm.get_parameter_output(name="/x", opts=opts).value)

    outputs = exported(program)
    return [*outputs["caller"], outputs["value"]]


def test_a_provider_with_another_account_has_symbols_of_its_own() -> None:
    assert account_of() == ["${aws.accountId}", "${aws.callerArn}", "${ssm:/x}"]
    assert account_of(profile="audit") == [
        "${audit.accountId}",
        "${audit.callerArn}",
        "${ssm:audit:/x}",
    ]
    role = "arn:aws:iam::210987654321:role/x"
    assert account_of(assume_roles=[{"role_arn": role}])[0] == "210987654321"


def test_the_account_that_the_configuration_names_is_known() -> None:
    def program() -> None:
        pulumi.export("account", aws.get_caller_identity_output().account_id)

    assert exported(program, allowedAccountIds='["123456789012"]') == {"account": "123456789012"}
    assert exported(program, allowedAccountIds='["123456789012", "1"]') == {
        "account": "${aws.accountId}"
    }


def test_a_symbolic_result_names_another_region() -> None:
    def program() -> None:
        opts = pulumi.InvokeOptions(provider=aws.Provider("ireland", region="eu-west-1"))
        for name, vpc in (
            ("here", aws.ec2.get_vpc_output(default=True)),
            ("there", aws.ec2.get_vpc_output(default=True, opts=opts)),
            ("named", aws.ec2.get_vpc_output(default=True, region="eu-west-1")),
        ):
            pulumi.export(name, [vpc.id, vpc.region])

    assert exported(program) == {
        "here": ["${getVpc(default=true).id}", "us-east-1"],
        "there": ["${getVpc(default=true, in eu-west-1).id}", "eu-west-1"],
        "named": ["${getVpc(default=true, region=eu-west-1).id}", "eu-west-1"],
    }


def test_a_region_that_is_not_known_has_symbols() -> None:
    def program() -> None:
        lookup = aws.ssm.get_parameter_output(name="/region").value
        place_of(pulumi.InvokeOptions(provider=aws.Provider("there", region=lookup)))

    outputs = exported(program)
    assert outputs["region"] == "${ssm:/region}"
    assert outputs["partition"] == "${ssm:/region.partition}"
    assert len(outputs["zones"]) == 3
    assert all(zone.startswith("${getAvailabilityZones(ssm:/region)") for zone in outputs["zones"])


def test_default_tags_are_those_of_the_provider() -> None:
    def program() -> None:
        tags: Any = {"tags": {"team": "b"}}
        opts = pulumi.InvokeOptions(provider=aws.Provider("p", region="x", default_tags=tags))
        pulumi.export("stack", aws.get_default_tags_output().tags)
        pulumi.export("own", aws.get_default_tags_output(opts=opts).tags)

    assert exported(program, defaultTags='{"tags": {"team": "a"}}') == {
        "stack": {"team": "a"},
        "own": {"team": "b"},
    }


def test_a_region_is_looked_up_by_its_endpoint() -> None:
    token = "aws:index/getRegion:getRegion"
    answer = result(token, {"endpoint": "ec2.eu-west-1.amazonaws.com"}, Place("us-east-1"), {})
    assert (answer["region"], answer["endpoint"]) == ("eu-west-1", "ec2.eu-west-1.amazonaws.com")


def test_a_known_arn_is_taken_apart_and_an_unknown_one_is_not() -> None:
    token = "aws:index/getArn:getArn"
    known = result(token, {"arn": "arn:aws:iam::${aws.accountId}:role/x"}, Place("a"), {})
    assert (known["service"], known["account"], known["resource"]) == (
        "iam",
        "${aws.accountId}",
        "role/x",
    )
    unknown = result(token, {"arn": "${role.arn}"}, Place("a"), {})
    assert unknown["service"].startswith("${getArn(")


IRISH_ZONES = regions.zones("eu-west-1")
ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "abc"),
        ({"state": "available"}, "abc"),
        ({"state": "impaired"}, ""),
        ({"excludeNames": ["eu-west-1a"]}, "bc"),
        ({"excludeZoneIds": [IRISH_ZONES["eu-west-1a"]]}, "bc"),
        ({"filters": [{"name": "zone-name", "values": ["*b", "eu-west-1c"]}]}, "bc"),
        ({"filters": [{"name": "zone-id", "values": [IRISH_ZONES["eu-west-1b"]]}]}, "b"),
        ({"filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]}, "abc"),
        ({"filters": [{"name": "region-name", "values": ["us-east-1"]}]}, ""),
        (
            {
                "allAvailabilityZones": True,
                "filters": [{"name": "zone-type", "values": ["availability-zone"]}],
            },
            "abc",
        ),
    ],
)
def test_each_argument_selects_zones(arguments: dict[str, Any], expected: str) -> None:
    answer = result(ZONES, arguments, Place("eu-west-1"), {})
    assert answer["names"] == [f"eu-west-1{letter}" for letter in expected]
    assert len(answer["zoneIds"]) == len(expected)
    assert {key: answer[key] for key in arguments} == arguments


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ({"allAvailabilityZones": True}, 3),
        ({"filters": [{"name": "zone-type", "values": ["local-zone"]}]}, 0),
        ({"filters": [{"name": "opt-in-status", "values": ["opted-in"]}]}, 0),
        ({"filters": [{"name": "parent-zone-name", "values": ["eu-west-1a"]}]}, 0),
    ],
)
def test_zones_that_are_not_known_here_are_a_symbol(arguments: dict[str, Any], known: int) -> None:
    names = result(ZONES, arguments, Place("eu-west-1"), {})["names"]
    assert names[known:] == ["${getAvailabilityZones(eu-west-1).names}"]
    assert len(names) == known + 1


def test_a_zone_is_looked_up_by_its_name_or_id() -> None:
    token = "aws:index/getAvailabilityZone:getAvailabilityZone"
    by_id = result(token, {"zoneId": IRISH_ZONES["eu-west-1b"]}, Place("eu-west-1"), {})
    by_name = result(token, {"name": "eu-west-1b"}, Place("eu-west-1"), {})
    assert by_id["name"] == by_name["name"] == "eu-west-1b"
    assert by_id["nameSuffix"] == "b"
    unknown = result(token, {"name": "x"}, Place("eu-west-1"), {})
    assert unknown["zoneId"].startswith("${getAvailabilityZone(")


IMAGE = "aws:ec2/getAmi:getAmi"
BY_NAME = {"filters": [{"name": "name", "values": ["al2023-*-arm64"]}]}


def test_an_image_is_named_by_all_that_selects_it() -> None:
    def image(**arguments: Any) -> str:
        return str(result(IMAGE, BY_NAME | arguments, Place("us-east-1"), {})["id"])

    plain = image()
    assert plain == "${ami:al2023-*-arm64}"
    others = [
        image(owners=["amazon"]),
        image(owners=["self"]),
        image(nameRegex="^x"),
        image(includeDeprecated=True),
        image(executableUsers=["self"]),
        image(tags={"a": "b"}),
        image(region="eu-west-1"),
        image(filters=[*BY_NAME["filters"], {"name": "architecture", "values": ["arm64"]}]),
    ]
    assert len({plain, *others}) == len(others) + 1
    assert image(mostRecent=True) == plain


def test_the_architecture_of_an_image_is_not_guessed() -> None:
    def architecture(*filters: dict[str, Any]) -> str:
        arguments = {"filters": list(filters)}
        return str(result(IMAGE, arguments, Place("us-east-1"), {})["architecture"])

    assert architecture(*BY_NAME["filters"]) == "arm64"
    assert architecture({"name": "architecture", "values": ["x86_64"]}) == "x86_64"
    assert architecture({"name": "name", "values": ["own-*"]}) == "${ami:own-*.architecture}"


def test_a_public_parameter_belongs_to_no_account() -> None:
    token, name = "aws:ssm/getParameter:getParameter", "/aws/service/eks/x"
    answer = result(token, {"name": name}, Place("us-east-1"), {})
    assert answer["arn"] == f"arn:aws:ssm:us-east-1::parameter{name}"
    assert answer["insecureValue"] == answer["value"]


@pytest.mark.parametrize("token", BUILT_IN)
def test_a_built_in_result_has_all_that_the_sdk_declares(token: str) -> None:
    from groundplan.manifest import symbolic_results
    from pulumi import _types

    arguments = {
        "aws:index/getArn:getArn": {"arn": "arn:aws:iam::1:role/x"},
        "aws:index/getService:getService": {"serviceId": "s3"},
        "aws:index/getAvailabilityZone:getAvailabilityZone": {"name": "eu-west-1b"},
    }.get(token, {"name": "x", "serviceName": "s3"} if "get" in token else {})
    if token == "aws:index/getRegion:getRegion":
        arguments = {}
    declared = _types._raw_return_hints(symbolic_results._result_type(token))
    needed = {key for key, hint in declared.items() if "Optional" not in str(hint)}
    assert needed <= set(result(token, arguments, Place("eu-west-1"), {}))
