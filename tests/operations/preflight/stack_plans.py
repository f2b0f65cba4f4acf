"""The plans of the stacks that a preflight is tried on."""

from dataclasses import replace
from functools import cache

import odd_stack
from environments import manifests
from groundplan.manifest.model import Manifest
from groundplan.operations.preflight.plan import Plan

NETWORK = ("aws:ec2/vpc:Vpc", "aws:eks/cluster:Cluster")


@cache
def plan(stack: str) -> Plan:
    """The plan of a stack; of those with a private cluster, the network is deployed."""
    if stack == "odd":
        return Plan(odd_stack.manifest())
    registered = manifests()[stack]
    return Plan(registered, network(registered))


def network(registered: Manifest) -> Manifest:
    """The state of a stack with a private cluster: its VPC and its cluster alone."""
    deployed = tuple(each for each in registered if each.type in NETWORK)
    private = [
        each
        for each in deployed
        if each.type == NETWORK[1] and not each.inputs["vpcConfig"]["endpointPublicAccess"]
    ]
    return replace(registered, resources=deployed if private else ())
