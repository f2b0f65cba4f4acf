from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.security_group_not_open import RULE

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE_OF_VPC = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def ingress(low: Any, high: Any, *networks: str, protocol: str = "tcp") -> dict[str, Any]:
    return {
        "ingress": [
            {"protocol": protocol, "fromPort": low, "toPort": high, "cidrBlocks": list(networks)}
        ]
    }


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"ingress": []},
        {"ingress": "${unknown until vpc}"},
        ingress(0, 65535, "10.0.0.0/8", "192.168.0.0/16"),
        ingress(443, 443, "${vpc.cidrBlock}"),
        ingress(8080, 8080, "8.8.8.0/24"),
        ingress(-1, -1, "0.0.0.0/0", protocol="icmp"),
        ingress("${unknown}", 80, "0.0.0.0/0"),
        ingress(80, "${unknown}", "0.0.0.0/0"),
        ingress(8080, 8080, "not a network"),
        {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]},
    ],
)
def test_a_group_that_names_who_comes_in_complies(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(GROUP, "group", inputs)) == []


@pytest.mark.parametrize(
    ("inputs", "reason", "severity"),
    [
        (ingress(8080, 8080, "10.0.0.0/8", "0.0.0.0/0"), "(0.0.0.0/0) on port 8080", None),
        (ingress(443, 443, "0.0.0.0/0"), "(0.0.0.0/0) on port 443", Severity.MEDIUM),
        (ingress(8000, 8100, "::/0"), "(::/0) on ports 8000 to 8100", None),
        (ingress(8000, 8100, "128.0.0.0/1"), "(128.0.0.0/1) on ports 8000 to 8100", None),
        (ingress(8000, 8100, "0.0.0.0/1"), "(0.0.0.0/1) on ports 8000 to 8100", None),
        (
            ingress(
                8000,
                8000,
                *[f"{first}.0.0.0/9" for first in range(256)],
                *[f"{first}.128.0.0/9" for first in range(256)],
            ),
            "(512 ranges) on port 8000",
            None,
        ),
        (ingress(22, 22, "0.0.0.0/0"), "(0.0.0.0/0) on port 22 (SSH)", Severity.CRITICAL),
        (
            ingress(8888, 8888, "0.0.0.0/0"),
            "(0.0.0.0/0) on port 8888 (Jupyter)",
            Severity.CRITICAL,
        ),
        (
            ingress(0, 0, "0.0.0.0/0", protocol="-1"),
            "(0.0.0.0/0) on every port",
            Severity.CRITICAL,
        ),
        (
            ingress(8080, 8080, "0.0.0.0/0", protocol="all"),
            "(0.0.0.0/0) on every port",
            Severity.CRITICAL,
        ),
        (ingress(None, 8080, "0.0.0.0/0"), "(0.0.0.0/0) on every port", Severity.CRITICAL),
        (ingress(8080, None, "0.0.0.0/0"), "(0.0.0.0/0) on every port", Severity.CRITICAL),
        (ingress(-1, -1, "0.0.0.0/0"), "(0.0.0.0/0) on every port", Severity.CRITICAL),
    ],
)
def test_an_open_group_is_named_with_its_port(
    build: Build,
    check_rule: CheckRule,
    inputs: dict[str, Any],
    reason: str,
    severity: Severity | None,
) -> None:
    group = build(GROUP, "group", inputs)
    (breach,) = check_rule(RULE, group)
    assert breach == Breach(
        group.urn, f"group allows ingress from all of the internet {reason}", "ingress[0]", severity
    )


def test_rules_of_their_own_are_read(build: Build, check_rule: CheckRule) -> None:
    group = build(GROUP, "group")
    new = build(
        RULE_OF_VPC, "new", {"ipProtocol": "-1", "cidrIpv6": "::/0"}, {"securityGroupId": group}
    )
    old = {
        "type": "ingress",
        "protocol": "tcp",
        "fromPort": 8080,
        "toPort": 8080,
        "cidrBlocks": ["0.0.0.0/0"],
    }
    findings = check_rule(
        RULE,
        group,
        new,
        build(OLD_RULE, "old", old),
        build(OLD_RULE, "out", {**old, "type": "egress"}),
    )
    assert [breach.reason for breach in findings] == [
        "old allows ingress from all of the internet (0.0.0.0/0) on port 8080",
        "new allows ingress from all of the internet (::/0) on every port",
    ]


@pytest.mark.parametrize("port", [80, 443])
def test_a_load_balancer_may_open_its_web_ports(
    build: Build, check_rule: CheckRule, port: int
) -> None:
    inline = build(GROUP, "inline", ingress(port, port, "0.0.0.0/0", "::/0"))
    bare = build(GROUP, "bare")
    values = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0"}
    rule = build(RULE_OF_VPC, "rule", values, {"securityGroupId": bare})
    balancer = build(BALANCER, "web", {}, {"securityGroups": [inline, bare]})
    assert check_rule(RULE, inline, bare, rule, balancer) == []
    assert len(check_rule(RULE, inline, bare, rule)) == 2


def test_a_load_balancer_may_not_open_other_ports(build: Build, check_rule: CheckRule) -> None:
    group = build(GROUP, "group", ingress(80, 443, "0.0.0.0/0"))
    assert len(check_rule(RULE, group, build(BALANCER, "web", {}, {"securityGroups": group}))) == 1


def test_the_default_group_is_judged_too(build: Build, check_rule: CheckRule) -> None:
    default = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    assert len(check_rule(RULE, build(default, "default", ingress(22, 22, "0.0.0.0/0")))) == 1


def test_it_is_about_security_groups_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(
            RULE, build("aws:ec2/networkAcl:NetworkAcl", "acl", ingress(22, 22, "0.0.0.0/0"))
        )
        == []
    )
