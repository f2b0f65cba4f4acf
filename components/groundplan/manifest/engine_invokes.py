"""Invokes that the Pulumi engine answers itself, from what is registered: the SDK calls
them to read a resource by reference (`InstanceProfile.role`) or by URN.

They ask nothing of the cloud, so a manifest does not list them among its invokes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

GET_RESOURCE = "pulumi:pulumi:getResource"
READ_RESOURCE_OUTPUTS = "pulumi:pulumi:readStackResourceOutputs"
READ_STACK_OUTPUTS = "pulumi:pulumi:readStackOutputs"
"""The functions of the engine's built-in provider (pulumi,
pkg/resource/deploy/builtins.go)."""


class NotRegistered(Exception):
    """The program asks the engine for a resource that it did not register."""


@dataclass(frozen=True)
class Registered:
    """The state of a registered resource, as the engine has it in a preview."""

    id: str
    state: struct_pb2.Struct


def result(
    token: str, arguments: struct_pb2.Struct, registered: Mapping[str, Registered]
) -> struct_pb2.Struct | None:
    """Returns the engine's result of an invoke; `None` where a provider answers it.
    Raises `NotRegistered`."""
    if token == GET_RESOURCE:
        return _resource(arguments.fields["urn"].string_value, registered)
    if token == READ_STACK_OUTPUTS:
        # Another stack's outputs are symbols, as those of a StackReference.
        name = arguments.fields["name"].string_value
        return _struct(name=name, outputs={}, secretOutputNames=[])
    if token == READ_RESOURCE_OUTPUTS:
        return _struct(name=arguments.fields["stackName"].string_value, outputs={})
    return None


def _resource(urn: str, registered: Mapping[str, Registered]) -> struct_pb2.Struct:
    known = registered.get(urn)
    if known is None:
        raise NotRegistered(
            f"the program reads the resource {urn}, which it has not registered. Fix: register it "
            "before it is read, or correct the URN"
        )
    answer = _struct(urn=urn, id=known.id)
    answer.fields["state"].struct_value.CopyFrom(known.state)
    return answer


def _struct(**values: Any) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct
