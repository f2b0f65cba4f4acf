from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.nodes_without_public_address import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
INSTANCE = "aws:ec2/instance:Instance"


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (TEMPLATE, {}),
        (
            TEMPLATE,
            {
                "networkInterfaces": [
                    {"associatePublicIpAddress": "false"},
                    {"interfaceType": "efa-only"},
                ]
            },
        ),
        (TEMPLATE, {"networkInterfaces": "${unknown until config}"}),
        (NODE_CLASS, {"spec": {"associatePublicIPAddress": False}}),
        (NODE_CLASS, {"spec": {}}),
        (INSTANCE, {"associatePublicIpAddress": False}),
    ],
)
def test_machines_without_a_public_address_comply(
    build: Build, check_rule: CheckRule, kind: str, inputs: Any
) -> None:
    assert check_rule(RULE, build(kind, "node", inputs)) == []


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        (
            TEMPLATE,
            {"networkInterfaces": [{"deviceIndex": 0}, {"associatePublicIpAddress": "true"}]},
            "networkInterfaces[1].associatePublicIpAddress",
        ),
        (
            TEMPLATE,
            {"networkInterfaces": {"associatePublicIpAddress": True}},
            "networkInterfaces[0].associatePublicIpAddress",
        ),
        (NODE_CLASS, {"spec": {"associatePublicIPAddress": True}}, "spec.associatePublicIPAddress"),
        (INSTANCE, {"associatePublicIpAddress": True}, "associatePublicIpAddress"),
        (
            "aws:ec2/launchConfiguration:LaunchConfiguration",
            {"associatePublicIpAddress": True},
            "associatePublicIpAddress",
        ),
    ],
)
def test_machines_with_one_are_named(
    build: Build, check_rule: CheckRule, kind: str, inputs: Any, path: str
) -> None:
    node = build(kind, "node", inputs)
    assert check_rule(RULE, node) == [
        Breach(node.urn, "instances of node have public IP addresses", path)
    ]


def test_it_is_about_machines_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:ec2/subnet:Subnet", "it", {"associatePublicIpAddress": True}))
        == []
    )
