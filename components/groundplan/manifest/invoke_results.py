"""Results of invokes, the provider functions that a program calls while it runs.

The results are deterministic, and symbolic where possible. Each is recorded in the
manifest. An argument that the provider uses is used, or the result is a symbol.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from groundplan.manifest import policy_documents, symbolic_results, zone_results
from groundplan.manifest.invoke_place import Place
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
    token: str, arguments: Mapping[str, Any], place: Place | str, answers: Answers
) -> dict[str, Any]:
    """Returns the result of an invoke: the one in `answers`, else the built-in one,
    else a symbolic one by the function's result type.

    `place` is where its provider works, or the region. Raises `UnknownInvoke` where
    there is no result.
    """
    if token in answers:
        return dict(answers[token])
    place = Place(place) if isinstance(place, str) else place
    built_in = BUILT_IN[token](arguments, place) if token in BUILT_IN else None
    if built_in is not None:
        return built_in
    symbolic = symbolic_results.result(token, arguments, place)
    if symbolic is None:
        raise UnknownInvoke(token, arguments)
    return symbolic


def _caller(_arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    return {
        "accountId": place.account,
        "arn": symbol(f"{place.owner}.callerArn"),
        "userId": symbol(f"{place.owner}.userId"),
        "id": place.account,
    }


ENDPOINT = re.compile(r"(?:https://)?ec2\.([a-z0-9-]+)\.")


def _region(arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    endpoint = ENDPOINT.match(str(arguments.get("endpoint", "")))
    name = arguments.get("region") or arguments.get("name") or (endpoint and endpoint[1])
    place = place.at({"region": name})
    return {
        "name": place.region,
        "region": place.region,
        "id": place.region,
        "description": symbol(f"getRegion({place.region.strip('${}')}).description"),
        "endpoint": f"ec2.{place.region}.{place.dns_suffix}",
    }


def _reversed(name: str) -> str:
    return ".".join(reversed(name.split(".")))


def _partition(_arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    suffix = place.dns_suffix
    unknown = "${" in suffix
    return {
        "partition": place.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": symbol(f"{suffix[2:-1]}.reversed") if unknown else _reversed(suffix),
        "id": place.partition,
    }


PRINCIPALS_WITH_SUFFIX = {
    "aws-cn": ("codedeploy", "elasticmapreduce", "logs"),
    "aws-iso": ("cloudhsm", "config", "logs", "workspaces"),
    "aws-iso-b": ("dms", "logs"),
}
"""Services whose principals have the DNS suffix of the partition; all others have
`amazonaws.com`.

Source: terraform-provider-aws, internal/service/meta/service_principal_data_source.go.
"""


def _service_principal(arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    place, service = place.at(arguments), str(arguments.get("serviceName"))
    own = service in PRINCIPALS_WITH_SUFFIX.get(place.partition, ())
    suffix = place.dns_suffix if own or "${" in place.region else "amazonaws.com"
    return {
        "id": f"{service}.{place.region}.{suffix}",
        "name": f"{service}.{suffix}",
        "region": place.region,
        "serviceName": service,
        "suffix": suffix,
    }


def _service(arguments: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
    """`aws.get_service` by its ID and region; by a DNS name the result is symbolic."""
    service = arguments.get("serviceId")
    if not service or arguments.get("dnsName") or arguments.get("reverseDnsName"):
        return None
    place = place.at(arguments)
    prefix = _partition({}, place)["reverseDnsPrefix"]
    name = f"{service}.{place.region}.{place.dns_suffix}"
    return {
        "id": name,
        "dnsName": name,
        "partition": place.partition,
        "region": place.region,
        "reverseDnsName": f"{prefix}.{place.region}.{service}",
        "reverseDnsPrefix": prefix,
        "serviceId": service,
        "supported": True,
    }


def _default_tags(_arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    return {"id": place.partition, "tags": dict(place.default_tags)}


def _arn(arguments: Mapping[str, Any], _place: Place) -> dict[str, Any] | None:
    """`aws.get_arn`: the parts of an ARN that is known."""
    arn = str(arguments.get("arn"))
    parts = arn.split(":", 5)
    if len(parts) < 6 or "${" in ":".join(parts[:5]).replace("${aws.accountId}", ""):
        return None
    _, partition, service, region, account, resource = parts
    return {
        "id": arn,
        "arn": arn,
        "partition": partition,
        "service": service,
        "region": region,
        "account": account,
        "resource": resource,
    }


def _parameter(arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """`aws.ssm.get_parameter`. Parameters of AWS belong to no account."""
    place, name = place.at(arguments), str(arguments.get("name"))
    account = "" if name.startswith("/aws/service/") else place.account
    where = f"{place.qualifier}:" if place.qualifier else ""
    arn = f"arn:{place.partition}:ssm:{place.region}:{account}:parameter/{name.lstrip('/')}"
    return {
        **arguments,
        "name": name,
        "value": symbol(f"ssm:{where}{name}"),
        "insecureValue": symbol(f"ssm:{where}{name}"),
        "arn": name if name.startswith("arn:") else arn,
        "region": place.region,
        "type": "String",
        "version": 1,
        "id": name,
    }


IMAGE_SELECTION = ("executableUsers", "includeDeprecated", "nameRegex", "owners", "tags")
"""Arguments of `aws.ec2.get_ami` besides its filters that select another image."""


def _image(arguments: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
    """`aws.ec2.get_ami`. Its symbol has the pattern of the name, and whatever else
    selects the image in parentheses."""
    place = place.at(arguments)
    filters = {
        str(entry.get("name")): [str(value) for value in entry.get("values") or ()]
        for entry in arguments.get("filters") or ()
    }
    names = filters.pop("name", [])
    chosen = {key: arguments[key] for key in IMAGE_SELECTION if arguments.get(key)}
    others = [place.qualifier] if place.qualifier else []
    others += [f"{key}={_words(value)}" for key, value in sorted({**filters, **chosen}.items())]
    pattern = "|".join(names) or "latest"
    image = f"ami:{pattern}" + (f"({', '.join(others)})" if others else "")
    image = re.sub(r"[{}$]", "", image)
    symbolic = symbolic_results.result("aws:ec2/getAmi:getAmi", arguments, place) or {}
    return {
        **{key: _of_image(image, key, value) for key, value in symbolic.items()},
        **arguments,
        "id": symbol(image),
        "imageId": symbol(image),
        "arn": symbol(f"{image}.arn"),
        "architecture": _architecture(filters.get("architecture"), pattern)
        or symbol(f"{image}.architecture"),
        "region": place.region,
    }


def _of_image(image: str, key: str, value: Any) -> Any:
    return symbol(f"{image}.{key}") if isinstance(value, str) else value


def _architecture(filtered: list[str] | None, pattern: str) -> str:
    """Returns the architecture of an image: of the filter, else in the pattern of its
    name."""
    if filtered:
        return filtered[0] if len(filtered) == 1 else ""
    if "arm64" in pattern or "aarch64" in pattern:
        return "arm64"
    return "x86_64" if "x86_64" in pattern or "amd64" in pattern else ""


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return "|".join(f"{key}:{item}" for key, item in sorted(value.items()))
    return "|".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _policy_document(arguments: Mapping[str, Any], _place: Place) -> dict[str, Any]:
    return policy_documents.result(arguments)


BuiltIn = Callable[[Mapping[str, Any], Place], dict[str, Any] | None]

BUILT_IN: Mapping[str, BuiltIn] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": zone_results.zones,
    "aws:index/getAvailabilityZone:getAvailabilityZone": zone_results.zone,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
    "aws:index/getService:getService": _service,
    "aws:index/getDefaultTags:getDefaultTags": _default_tags,
    "aws:index/getArn:getArn": _arn,
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:ec2/getAmi:getAmi": _image,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
"""Token -> the function that returns the result, `None` for a symbolic one."""
