"""Results of invokes, the provider functions that a program calls while it runs.

The results are deterministic, and symbolic where possible. Each is recorded in the
manifest.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from groundplan.facts import regions
from groundplan.manifest import symbolic_results
from groundplan.manifest.model import symbol

Answers = Mapping[str, Mapping[str, Any]]
"""Token -> the result that the user supplies."""


class UnknownInvoke(Exception):
    """The program calls a function that has no result."""

    def __init__(self, token: str, arguments: Mapping[str, Any]) -> None:
        self.token = token
        super().__init__(
            f"the program calls {token}({json.dumps(arguments, default=str, sort_keys=True)}), "
            "whose result only the cloud knows. Fix: supply it with --answers FILE, a JSON or YAML "
            f"file that maps {token} to the result"
        )


def result(
    token: str, arguments: Mapping[str, Any], region: str, answers: Answers
) -> dict[str, Any]:
    """The result of an invoke: the one in `answers`, else the built-in one, else a
    symbolic one by the function's result type.

    Raises `UnknownInvoke` where there is none of them.
    """
    if token in answers:
        return dict(answers[token])
    if token in BUILT_IN:
        return BUILT_IN[token](arguments, region)
    symbolic = symbolic_results.result(token, arguments)
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
    prefix = f"arn:{regions.partition(region)}:ssm:{region}:{symbol('aws.accountId')}"
    return {
        "name": name,
        "value": symbol(f"ssm:{name}"),
        "arn": f"{prefix}:parameter/{name.lstrip('/')}",
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


_ELEMENTS = (
    ("sid", "Sid"),
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


def _policy_document(arguments: Mapping[str, Any], _region: str) -> dict[str, Any]:
    statements = []
    for args in arguments.get("statements") or ():
        statement: dict[str, Any] = {"Effect": args.get("effect") or "Allow"}
        statement |= {element: args[key] for key, element in _ELEMENTS if args.get(key)}
        for key, element in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
            for entry in args.get(key) or ():
                if entry["type"] == "*":
                    statement[element] = "*"
                else:
                    statement.setdefault(element, {})[entry["type"]] = entry["identifiers"]
        for entry in args.get("conditions") or ():
            statement.setdefault("Condition", {}).setdefault(entry["test"], {})[
                entry["variable"]
            ] = entry["values"]
        statements.append(statement)
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
