"""Symbolic outputs by the classes of provider SDKs, also of old ones."""

from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from groundplan.manifest.issued_symbols import IssuedSymbols
from groundplan.manifest.symbols import Symbols


def sdk_class(module: str, name: str) -> type:
    """A resource class as SDKs of 2023 have it: without `pulumi_type`."""

    def arn(self: pulumi.CustomResource) -> Any:
        return pulumi.get(self, "arn")

    arn.__annotations__ = {"return": pulumi.Output[str]}
    body = {"__module__": module, "arn": property(pulumi.getter(arn))}
    return type(name, (pulumi.CustomResource,), body)


CLASSES = [
    sdk_class("pulumi_olden.lb.load_balancer", "LoadBalancer"),
    sdk_class("pulumi_olden.lambda_.function", "Function"),
    sdk_class("pulumi_olden.pool", "Pool"),
    sdk_class("pulumi_old_native.lb.pool", "Pool"),
]


@pytest.mark.parametrize(
    ("token", "known"),
    [
        ("olden:lb/loadBalancer:LoadBalancer", True),
        ("olden:lambda/function:Function", True),
        ("olden:index/pool:Pool", True),
        ("olden:index:Pool", True),
        ("old-native:lb:Pool", True),
        ("olden:alb/loadBalancer:LoadBalancer", False),
        ("other:lb/loadBalancer:LoadBalancer", False),
        ("odd", False),
    ],
)
def test_outputs_of_an_sdk_that_does_not_name_its_types_are_symbols(
    token: str, known: bool
) -> None:
    state = struct_pb2.Struct()
    Symbols(IssuedSymbols()).fill(state, token, "it")
    assert dict(state) == ({"arn": "${it.arn}"} if known else {})
