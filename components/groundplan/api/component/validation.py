"""Validates the arguments of a DeliveryApi."""

import re
from collections.abc import Sequence

from groundplan.api.component.args import (
    ApiCallersArgs,
    ApiDomainArgs,
    ApiThrottlingArgs,
    ApiTokensArgs,
    DeliveryApiArgs,
)
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.data.reference import NAME
from groundplan.lambda_functions import operation
from groundplan.problems import Problem, under, whole_number
from groundplan.release.engine.principals import PRINCIPAL
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems
from groundplan.web_addresses import host_problems, https_problems

MAX_TARGETS = 7
"""As of a `ReleaseRuntime`: a role holds 10,240 characters of inline policies (IAM
quotas)."""
MAX_NAME = 48
"""Characters of the component's name: a role has 64 (IAM quotas), of which `-role` and
Pulumi's suffix take 13, and the default route's name is the longest."""
ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
AUDIENCE = re.compile(r"[!-~]{1,256}")
SCOPE_PREFIX = re.compile(r"[!#-\[\]-~]{1,50}")
"""Characters of a scope: RFC 6749, section 3.3."""


def validate(args: DeliveryApiArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found: list[Problem] = []
    if len(context.name) > MAX_NAME:
        allowed = f"at most {MAX_NAME} characters: its role is named after it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    found += _served(args)
    found += _folders(args)
    if "tokens" in args:
        found += under("tokens", _tokens(args["tokens"]))
    if "callers" in args:
        found += under("callers", _callers(args["callers"]))
        if "tokens" in args:
            allowed = "none where tokens authorize callers: their scopes say who may do what"
            found.append(Problem("callers", sorted(args["callers"]), allowed, "remove it"))
    if "throttling" in args:
        found += under("throttling", _throttling(args["throttling"]))
    if "domain" in args:
        found += under("domain", _domain(args["domain"]))
    found += arns.of_service(
        "powertools_layer_arn", args.get("powertools_layer_arn"), "lambda", "layer:"
    )
    # Lambda quotas: function memory.
    found += whole_number("memory_mb", args.get("memory_mb"), 256, 10240, "MB")
    # Lambda quotas: concurrent executions of an account, unless it has asked for more.
    reserved = args.get("reserved_concurrency")
    found += whole_number("reserved_concurrency", reserved, 1, 1000, "requests")
    # Quotas of HTTP APIs: an integration has 30 seconds.
    found += whole_number("max_latency_ms", args.get("max_latency_ms"), 100, 30000, "milliseconds")
    found += operation.problems(args)
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    return found


def _served(args: DeliveryApiArgs) -> list[Problem]:
    """Endpoints and datasets."""
    targets = args.get("targets", {})
    found: list[Problem] = []
    if "targets" in args and not 1 <= len(targets) <= MAX_TARGETS:
        fix = "deploy an API per runtime" if targets else "give the targets of a ReleaseRuntime"
        found.append(Problem("targets", sorted(targets), f"1 to {MAX_TARGETS} endpoints", fix))
    for name in sorted(targets):
        if not ENDPOINT.fullmatch(name):
            allowed = "a name of 1 to 63 letters, digits and hyphens: it is part of a path"
            found.append(Problem(f"targets.{name}", name, allowed, "rename it"))
    for name in sorted(args.get("pipelines", {})):
        if name not in targets:
            allowed = f"one of the targets: {', '.join(sorted(targets)) or 'none'}"
            found.append(Problem(f"pipelines.{name}", name, allowed, "name it as the target"))
    datasets = args.get("datasets", ())
    for index, name in enumerate(datasets):
        key = f"datasets[{index}]"
        if not NAME.fullmatch(name):
            allowed = "a dataset's name: lower-case letters, digits and hyphens"
            found.append(Problem(key, name, allowed, "name the dataset"))
        elif name in datasets[:index]:
            found.append(Problem(key, name, "each dataset once", "remove it"))
    return found


def _folders(args: DeliveryApiArgs) -> list[Problem]:
    filled = with_defaults(DeliveryApiArgs, args)
    found: list[Problem] = []
    named: dict[str, str] = {"manifest_prefix": filled["manifest_prefix"]}
    for key in ("evaluation_prefixes", "model_prefixes"):
        prefixes: Sequence[str] = filled[key]
        if not prefixes:
            found.append(Problem(key, [], "at least one folder", "leave the key out"))
        named |= {f"{key}[{index}]": prefix for index, prefix in enumerate(prefixes)}
        for index, prefix in enumerate(prefixes):
            if prefix in prefixes[:index]:
                found.append(Problem(f"{key}[{index}]", prefix, "each folder once", "remove it"))
    for key, prefix in named.items():
        found += prefix_problems(key, prefix)
        if not prefix:
            allowed = "a folder: the function would reach the whole bucket"
            found.append(Problem(key, "", allowed, "name the folder"))
    return found


def _tokens(tokens: ApiTokensArgs) -> list[Problem]:
    found = https_problems("issuer", tokens.get("issuer"), "https://login.example.com/shop")
    audiences = tokens.get("audiences", ())
    if "audiences" in tokens and not audiences:
        found.append(Problem("audiences", [], "at least one", "give the IDs of the clients"))
    for index, audience in enumerate(audiences):
        if audience in audiences[:index]:
            found.append(
                Problem(f"audiences[{index}]", audience, "each audience once", "remove it")
            )
        elif not AUDIENCE.fullmatch(audience):
            allowed = "1 to 256 printable characters without spaces"
            found.append(Problem(f"audiences[{index}]", audience, allowed, "give a client's ID"))
    prefix = tokens.get("scope_prefix")
    if isinstance(prefix, str) and not SCOPE_PREFIX.fullmatch(prefix):
        allowed = "1 to 50 printable characters without spaces, quotes and backslashes"
        found.append(Problem("scope_prefix", prefix, allowed, "write groundplan/"))
    return found


def _callers(callers: ApiCallersArgs) -> list[Problem]:
    found = []
    for called, arns_ in sorted(dict(callers).items()):
        principals: Sequence[str] = arns_  # type: ignore[assignment]
        for index, arn in enumerate(principals):
            if arn in principals[:index]:
                found.append(Problem(f"{called}[{index}]", arn, "each ARN once", "remove it"))
            elif not PRINCIPAL.fullmatch(arn):
                allowed = "an ARN: arn:aws:iam::<account>:role/NAME, or of a user"
                fix = "name the role, not a session of it"
                found.append(Problem(f"{called}[{index}]", arn, allowed, fix))
    return found


def _throttling(limits: ApiThrottlingArgs) -> list[Problem]:
    found: list[Problem] = []
    for key in ("read_rate", "write_rate"):
        # Quotas of API Gateway: 10,000 requests per second of an account and region,
        # and a burst of 5,000.
        rate = limits.get(key)
        if isinstance(rate, int | float) and not 0.1 <= rate <= 10_000:
            allowed = "0.1 to 10000 requests per second"
            found.append(Problem(key, rate, allowed, "choose one of them"))
    for key in ("read_burst", "write_burst"):
        found += whole_number(key, limits.get(key), 1, 5000, "requests")
    return found


def _domain(domain: ApiDomainArgs) -> list[Problem]:
    name = domain.get("name")
    found = host_problems("name", name, "models.example.com")
    if isinstance(name, str) and not found and "." not in name:
        # API Gateway API Reference (v2), `CreateDomainName`: of a public domain.
        allowed = "a fully qualified domain name, with a dot"
        found = [Problem("name", name, allowed, "write it as models.example.com")]
    return [
        *found,
        *arns.of_service("certificate_arn", domain.get("certificate_arn"), "acm", "certificate/"),
    ]
