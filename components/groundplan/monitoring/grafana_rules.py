"""Validates the arguments of a workspace of Amazon Managed Grafana."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.arguments import known
from groundplan.monitoring.args import MANAGED_GRAFANA_DEFAULTS, ManagedGrafanaArgs
from groundplan.monitoring.choices import GrafanaAuthentication
from groundplan.problems import MISSING, Problem, one_of
from groundplan.web_addresses import https_problems

VERSIONS = ("10.4", "12.4", "13.2")
"""Of those that Amazon Managed Grafana creates workspaces with (pulumi-aws 7.51,
`aws.grafana.Workspace`), those that the dashboards' panels need."""

GROUP = re.compile(
    r"([0-9a-f]{10}-|)[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
)
"""ID of a group (Amazon Managed Grafana API Reference, `SsoId`; Identity Store API
Reference, `GroupId`)."""

NETWORK_IDS = {"prefix_list_ids": "pl-", "vpc_endpoint_ids": "vpce-"}
MOST_NETWORKS = 5
"""Prefix lists and endpoints of a workspace, each (Amazon Managed Grafana User Guide,
"Manage network access")."""


def problems(args: ManagedGrafanaArgs) -> list[Problem]:
    """Returns the problems of a workspace."""
    chosen = args.get("authentication", MANAGED_GRAFANA_DEFAULTS["authentication"])
    authentication = GrafanaAuthentication(chosen)
    own: Mapping[str, Any] = dict(args)
    found = list(_saml(own) if authentication is GrafanaAuthentication.SAML else _sso(own))
    if "version" in own:
        found += one_of("version", own["version"], VERSIONS)
    return [*found, *_network(own.get("network_access"))]


def _saml(own: Mapping[str, Any]) -> Iterator[Problem]:
    if "saml" not in own:
        allowed = "the identity provider, for saml"
        yield Problem("saml", MISSING, allowed, "set saml.metadata_url and saml.role_attribute")
    else:
        url = own["saml"].get("metadata_url")
        yield from https_problems("saml.metadata_url", url, "https://idp.example.com/metadata")
        if not own["saml"].get("role_attribute", "x").strip():
            allowed = "the name of an attribute of the assertion"
            yield Problem("saml.role_attribute", own["saml"]["role_attribute"], allowed)
    if not own.get("editors"):
        allowed = "at least one value of the role attribute, for saml"
        yield Problem("editors", list(own.get("editors", ())), allowed, "name who edits dashboards")
    if "viewers" in own:
        allowed = "nothing for saml: everybody else who signs in views"
        yield Problem("viewers", list(own["viewers"]), allowed, "remove it")
    for key in ("admins", "editors"):
        for index, value in enumerate(own.get(key, ())):
            if not value.strip():
                yield Problem(f"{key}[{index}]", value, "a value of the role attribute")


def _sso(own: Mapping[str, Any]) -> Iterator[Problem]:
    if "saml" in own:
        fix = "set authentication to saml, or remove it"
        yield Problem("saml", dict(own["saml"]), "nothing for aws-sso", fix)
    seen: dict[str, str] = {}
    for key in ("admins", "editors", "viewers"):
        for index, group in enumerate(own.get(key, ())):
            path = f"{key}[{index}]"
            if not GROUP.fullmatch(group):
                fix = "copy it from IAM Identity Center; names are not IDs"
                yield Problem(path, group, "the ID of a group, a UUID", fix)
            elif group in seen:
                allowed = f"a group that {seen[group]} does not name: it has one role"
                yield Problem(path, group, allowed, "remove one of the two")
            seen.setdefault(group, path)


def _network(access: Mapping[str, Any] | None) -> Iterator[Problem]:
    if access is None:
        return
    path = "network_access"
    if not any(access.get(key) for key in NETWORK_IDS):
        allowed = "prefix lists or VPC endpoints: without both nobody reaches the workspace"
        yield Problem(path, dict(access), allowed, "name one, or remove it")
    for key, start in NETWORK_IDS.items():
        ids = access.get(key, ())
        if len(ids) > MOST_NETWORKS:
            yield Problem(f"{path}.{key}", len(ids), f"up to {MOST_NETWORKS}", "combine some")
        for index, value in enumerate(ids):
            if known(value) and not re.fullmatch(f"{start}[0-9a-f]+", value):
                allowed = f"an ID: {start} and hexadecimal digits"
                yield Problem(f"{path}.{key}[{index}]", value, allowed)
