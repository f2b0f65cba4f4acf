"""What stands in for the cloud where a program asks it something while it runs (an
invoke).

The answers are deterministic, symbolic wherever the program can bear it, and each is
recorded in the manifest.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from groundplan.facts import regions
from groundplan.manifest import symbolic_results
from groundplan.manifest.model import symbol

Answers = Mapping[str, Mapping[str, Any]]
"""Token -> the answer that somebody gave for it."""


class UnknownInvoke(Exception):
    """The program asked something that nothing stands in for."""

    def __init__(self, token: str, arguments: Mapping[str, Any]) -> None:
        self.token = token
        super().__init__(
            f"the program asks the cloud {token}({json.dumps(arguments, default=str, sort_keys=True)}), and nothing stands "
            f"in for its answer. Give one with --answers FILE, a JSON or YAML file that maps {token} to the answer."
        )


def answer(token: str, arguments: Mapping[str, Any], region: str, given: Answers) -> dict[str, Any]:
    """The answer to an invoke: the given one, else the built-in stand-in, else symbols
    by the function's own result type.

    Raises `UnknownInvoke` where there is none of them.
    """
    if token in given:
        return dict(given[token])
    if token in BUILT_IN:
        return BUILT_IN[token](arguments, region)
    symbolic = symbolic_results.answer(token, arguments)
    if symbolic is None:
        raise UnknownInvoke(token, arguments)
    return symbolic


def _caller(_arguments: Mapping[str, Any], _region: str) -> dict[str, Any]:
    account = symbol("aws.accountId")
    return {
        "accountId": account,
        "arn": symbol("aws.callerArn"),
        "userId": symbol("aws.userId"),
        "id": account,
    }


def _region(arguments: Mapping[str, Any], region: str) -> dict[str, Any]:
    name = arguments.get("region") or arguments.get("name") or region
    return {
        "name": name,
        "region": name,
        "id": name,
        "description": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


def _partition(_arguments: Mapping[str, Any], region: str) -> dict[str, Any]:
    name = regions.partition(region)
    suffix = "amazonaws.com.cn" if name == "aws-cn" else "amazonaws.com"
    return {
        "partition": name,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        "id": name,
    }


def _zones(arguments: Mapping[str, Any], region: str) -> dict[str, Any]:
    excluded = {*arguments.get("excludeNames", ()), *arguments.get("excludeZoneIds", ())}
    zones = {
        name: zone_id
        for name, zone_id in regions.zones(region).items()
        if not {name, zone_id} & excluded
    }
    return {
        "names": list(zones),
        "zoneIds": list(zones.values()),
        "groupNames": [region],
        "id": region,
        "region": region,
        "state": arguments.get("state"),
    }


def _parameter(arguments: Mapping[str, Any], region: str) -> dict[str, Any]:
    name = str(arguments.get("name"))
    arn = f"arn:{regions.partition(region)}:ssm:{region}:{symbol('aws.accountId')}:parameter/{name.lstrip('/')}"
    return {
        "name": name,
        "value": symbol(f"ssm:{name}"),
        "arn": arn,
        "type": "String",
        "version": 1,
        "id": name,
    }


def _image(arguments: Mapping[str, Any], _region: str) -> dict[str, Any]:
    names = [
        v
        for f in arguments.get("filters", ())
        if f.get("name") == "name"
        for v in f.get("values", ())
    ]
    image = symbol(f"ami:{names[0] if names else 'latest'}")
    return {
        "id": image,
        "imageId": image,
        "arn": symbol(f"{image[2:-1]}.arn"),
        "architecture": "x86_64",
    }


_STATEMENT = (
    ("sid", "Sid"),
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


def _policy_document(arguments: Mapping[str, Any], _region: str) -> dict[str, Any]:
    statements = []
    for given in arguments.get("statements") or ():
        made: dict[str, Any] = {"Effect": given.get("effect") or "Allow"}
        made |= {theirs: given[ours] for ours, theirs in _STATEMENT if given.get(ours)}
        for ours, theirs in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
            for entry in given.get(ours) or ():
                if entry["type"] == "*":
                    made[theirs] = "*"
                else:
                    made.setdefault(theirs, {})[entry["type"]] = entry["identifiers"]
        for entry in given.get("conditions") or ():
            made.setdefault("Condition", {}).setdefault(entry["test"], {})[entry["variable"]] = (
                entry["values"]
            )
        statements.append(made)
    text = json.dumps(
        {"Version": arguments.get("version") or "2012-10-17", "Statement": statements},
        sort_keys=True,
    )
    return {"json": text, "minifiedJson": text, "id": "policy-document"}


BUILT_IN: Mapping[str, Callable[[Mapping[str, Any], str], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:ec2/getAmi:getAmi": _image,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
