"""Validates the arguments of a LogStore."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan import runbooks
from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.kubernetes import managed_prometheus, namespaces, object_names
from groundplan.logs import data_identifiers, search_validation
from groundplan.logs.args import LogOutputArgs, LogStoreArgs, TeamLogsArgs
from groundplan.logs.choices import LogOutputType
from groundplan.logs.fluent_bit.names import PLATFORM
from groundplan.problems import MISSING, Problem, nearest, one_of, under, whole_number
from groundplan.storage import arns

MAX_NAME = 20
"""Characters of the component's name: a domain's has 28 (OpenSearch Service API,
CreateDomain, `DomainName`), of which Pulumi's suffix takes 8."""
NAME = re.compile(r"[a-z][a-z0-9-]*")
HOST = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?")
PATH = re.compile(r"(/[-A-Za-z0-9._~]+)+")
INDEX = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
"""What an index may be named (OpenSearch documentation, "Create index", index naming
restrictions), and Fluent Bit's configuration takes as it is."""
MAX_IDENTIFIERS = 100
SEARCHED = ("cluster", "endpoints", "functions", "training_jobs")
"""What has lines."""


def validate(args: LogStoreArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = _name(context.name)
    found += log_retention.problems("retention_days", args.get("retention_days"))
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    found += runbooks.owner_problems("owner", args.get("owner"))
    jobs = args.get("training_jobs", {})
    found += log_retention.problems("training_jobs.retention_days", jobs.get("retention_days"))
    if "retention_days" in jobs and not jobs.get("create"):
        fix = "set training_jobs.create, or remove it"
        allowed = "nothing for a log group that this environment doesn't create"
        found.append(Problem("training_jobs.retention_days", jobs["retention_days"], allowed, fix))
    found += _cluster(args, context)
    found += under("teams", _teams(args))
    found += _identifiers(args.get("data_protection", {}).get("identifiers"))
    if "search" in args:
        if not any(args.get(key) is not None for key in SEARCHED):
            allowed = "nothing without lines: of cluster, endpoints, functions or training_jobs"
            found.append(Problem("search", "set", allowed, "add one of these, or remove search"))
        found += under("search", search_validation.problems(args["search"]))
    return found


def _name(name: str) -> list[Problem]:
    if len(name) <= MAX_NAME and NAME.fullmatch(name):
        return []
    allowed = (
        f"at most {MAX_NAME} lower-case letters, digits and hyphens, a letter first: a search "
        "domain is named after it"
    )
    return [Problem("name", name, allowed, "rename the component")]


def _cluster(args: LogStoreArgs, context: Context) -> Iterator[Problem]:
    cluster = args.get("cluster")
    if cluster is None:
        return
    if not context.has_kubernetes_provider:
        allowed = "a Kubernetes provider in the component's options"
        fix = "pass ResourceOptions(providers=[...]), or remove cluster"
        yield Problem("cluster", "without a provider", allowed, fix)
    yield from whole_number("cluster.memory_mib", cluster.get("memory_mib"), 128, 2048, "MiB")
    if "managed_prometheus" in cluster:
        found = managed_prometheus.problems(cluster["managed_prometheus"])
        yield from under("cluster.managed_prometheus", found)
        if cluster.get("prometheus") is False:
            allowed = "nothing without prometheus, which scrapes Fluent Bit"
            fix = "remove it, or set cluster.prometheus"
            yield Problem("cluster.managed_prometheus", "set", allowed, fix)
    if "output" not in cluster:
        if "cluster_name" not in cluster:
            allowed = "the name of an EKS cluster: Fluent Bit has its access to CloudWatch by it"
            fix = "set cluster.cluster_name, or cluster.output on a cluster without AWS"
            yield Problem("cluster.cluster_name", MISSING, allowed, fix)
        return
    yield from under("cluster.output", _output(cluster["output"]))
    if "cluster_name" in cluster:
        allowed = "nothing beside cluster.output: lines go to it, and not to AWS"
        yield Problem("cluster.cluster_name", cluster["cluster_name"], allowed, "remove one")
    if "managed_prometheus" in cluster:
        allowed = "nothing beside cluster.output: a workspace is AWS's"
        yield Problem("cluster.managed_prometheus", "set", allowed, "remove one")
    of_aws = ("endpoints", "functions", "training_jobs", "search", "data_protection")
    for key in of_aws:
        if key in args:
            allowed = "nothing beside cluster.output, with which no line is in CloudWatch Logs"
            yield Problem(key, args[key], allowed, f"remove {key} or cluster.output")  # type: ignore[literal-required]


def _output(output: LogOutputArgs) -> Iterator[Problem]:
    """The configuration has these values as they are: none can hold a space, a line's
    end or a template."""
    host = output.get("host")
    if host is not None and not HOST.fullmatch(host):
        allowed = "a host name: letters, digits, hyphens and dots"
        yield Problem("host", host, allowed, "write it as opensearch.search.svc")
    yield from whole_number("port", output.get("port"), 1, 65535)
    if "path" in output and not PATH.fullmatch(output["path"]):
        allowed = "a path that begins with a slash, of letters, digits and - . _ ~"
        yield Problem("path", output["path"], allowed, "write it as /logs")
    if "index" in output:
        if output.get("type") is not LogOutputType.OPENSEARCH:
            allowed = "nothing, unless the type is opensearch"
            yield Problem("index", output["index"], allowed, "remove it")
        elif not INDEX.fullmatch(output["index"]):
            allowed = "up to 100 lower-case letters, digits, - and _, a letter or digit first"
            yield Problem("index", output["index"], allowed, "rename it")
    yield from namespaces.problems("namespace", output.get("namespace"))
    yield from object_names.problems("secret_name", output.get("secret_name"), "secret")


def _teams(args: LogStoreArgs) -> Iterator[Problem]:
    teams = args.get("teams", {})
    owners: dict[str, str] = {}
    for name, team in teams.items():
        if name == PLATFORM:
            allowed = f"another name: {PLATFORM} is for the lines of no team"
            yield Problem(name, name, allowed, "rename the team")
        elif not namespaces.SHORT_NAME.fullmatch(name):
            yield Problem(name, name, namespaces.SHORT_NAME_ALLOWED, "rename the team")
        yield from under(name, _team(name, team, args.get("endpoints", {}), owners))
        if "search" not in args:
            yield from under(name, _searched(team))


def _team(
    name: str, team: TeamLogsArgs, endpoints: Mapping[str, Any], owners: dict[str, str]
) -> Iterator[Problem]:
    for index, space in enumerate(team.get("namespaces", [name])):
        key = f"namespaces[{index}]"
        yield from namespaces.problems(key, space)
        yield from _owned(key, f"namespace {space}", name, owners)
    for index, endpoint in enumerate(team.get("endpoints", ())):
        key = f"endpoints[{index}]"
        if endpoint not in endpoints:
            none = Problem(key, endpoint, "nothing: there are no endpoints", "remove it")
            yield from one_of(key, endpoint, endpoints) if endpoints else [none]
        else:
            yield from _owned(key, f"endpoint {endpoint}", name, owners)
    yield from search_validation.roles("readers", team.get("readers", ()))


def _searched(team: TeamLogsArgs) -> Iterator[Problem]:
    """Yields what only the search reads, where there is none."""
    allowed, fix = "nothing without search, which alone reads it", "set search, or remove it"
    named = {"endpoints": team.get("endpoints"), "readers": team.get("readers")}
    for key, value in named.items():
        if value:
            yield Problem(key, list(value), allowed, fix)


def _owned(key: str, what: str, name: str, owners: dict[str, str]) -> Iterator[Problem]:
    """A line has one team: a second one would read lines that are not its own."""
    owner = owners.setdefault(what, name)
    if owner != name:
        allowed = f"nothing that another team has: the {what} is {owner}'s"
        yield Problem(key, what.partition(" ")[2], allowed, "remove one of the two")


def _unknown(key: str, name: str) -> Problem:
    """Returns the problem of a name that is no managed data identifier."""
    codes = data_identifiers.COUNTRIES.get(name.rpartition("-")[0] or name)
    if codes is not None:
        base = name.rpartition("-")[0] or name
        names = [f"{base}-{code}" for code in codes.split()]
        return Problem(key, name, f"one of {', '.join(names)}", f"use {names[0]}, or another")
    of_countries = [f"{other}-<country>" for other in sorted(data_identifiers.COUNTRIES)]
    allowed = f"one of {', '.join([*data_identifiers.OF_ANY_COUNTRY, *of_countries])}"
    near = nearest(name, sorted(data_identifiers.NAMES), cutoff=0.6)
    fix = f"use {near[0]}" if near else "use the name, not the ARN"
    return Problem(key, name, allowed, fix)


def _identifiers(identifiers: Sequence[str] | None) -> Iterator[Problem]:
    if identifiers is None:
        return
    key = "data_protection.identifiers"
    if not 1 <= len(identifiers) <= MAX_IDENTIFIERS:
        allowed = f"1 to {MAX_IDENTIFIERS} identifiers"
        yield Problem(key, list(identifiers), allowed, "name some, or remove data_protection")
    for index, name in enumerate(identifiers):
        at = f"{key}[{index}]"
        if name not in data_identifiers.NAMES:
            yield _unknown(at, name)
        elif name in identifiers[:index]:
            yield Problem(at, name, "each identifier once", "remove it")
