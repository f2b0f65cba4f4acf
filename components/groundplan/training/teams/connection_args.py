"""The arguments of the connections of a namespace's pods, and their validation."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from groundplan.kubernetes import namespaces
from groundplan.problems import Problem


class ConnectionArgs(TypedDict):
    """The connections of the pods of a namespace, in addition to those between its own
    pods, and to DNS, HTTPS and AWS credentials. All others are denied."""

    reached_from: NotRequired[Sequence[str]]
    """Namespaces whose pods may connect to those of this one: that of Prometheus.
    Default: none. Updates in place."""
    reaches: NotRequired[Sequence[str]]
    """Namespaces whose pods the pods of this one may connect to, on all ports: that of
    a tracking server. Default: none. Updates in place."""
    networks: NotRequired[Sequence[str]]
    """Networks outside of the cluster that the pods may connect to on all ports, in
    CIDR notation: that of a database. HTTPS is allowed to all destinations. Default:
    none. Updates in place."""


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the connections of a namespace."""
    found = [
        problem
        for field in ("reached_from", "reaches")
        for index, namespace in enumerate(args.get(field) or ())
        for problem in namespaces.problems(f"{field}[{index}]", namespace)
    ]
    for index, network in enumerate(args.get("networks") or ()):
        found += _network_problems(f"networks[{index}]", network)
    return found


LINK_LOCAL = ipaddress.IPv4Network("169.254.0.0/16")


def _network_problems(key: str, text: str) -> list[Problem]:
    allowed = "an IPv4 network in CIDR notation, such as 10.20.0.0/16"
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        return [Problem(key, text, allowed, str(error))]
    if network.overlaps(LINK_LOCAL):
        fix = (
            "name the networks that the pods need: 169.254.0.0/16 holds the instance "
            "metadata, and with it the node's role"
        )
        return [Problem(key, text, f"{allowed}, apart from 169.254.0.0/16", fix)]
    return []
