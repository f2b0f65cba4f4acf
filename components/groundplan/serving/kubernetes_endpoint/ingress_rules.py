"""Validates the ingress of an endpoint; above all, that requests are authenticated."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from groundplan.kubernetes import namespaces, object_names
from groundplan.networks import is_internet
from groundplan.problems import MISSING, Problem, under
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import IngressKind
from groundplan.serving.kubernetes_endpoint.ingress_args import (
    EndpointIngressArgs,
    IngressAuthenticationArgs,
)
from groundplan.storage import arns
from groundplan.web_addresses import https_problems, is_host

METHODS = ("oidc", "cognito", "jwt")
OF_ALB = ("certificate_arn", "scheme", "class_name", "allowed_networks")
URLS = {
    "oidc": ("issuer", "authorization_endpoint", "token_endpoint", "user_info_endpoint"),
    "jwt": ("issuer", "jwks_endpoint"),
}
"""Methods -> their arguments that are addresses of the provider. A load balancer
accepts https:// only (Elastic Load Balancing API, `AuthenticateOidcActionConfig`,
`JwtValidationActionConfig`)."""

PATH = re.compile(r"/[A-Za-z0-9_.$/~\"'@:+&*-]{0,126}")
"""Characters of a path condition, up to 128 with what the controller appends (Elastic
Load Balancing API, `PathPatternConditionConfig`), without wildcards for one
character."""


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `ingress`."""
    if "ingress" not in args:
        return []
    ingress = args["ingress"]
    kind = ingress.get("kind", IngressKind.ALB)
    of_kind = _alb(ingress) if kind is IngressKind.ALB else _gateway(ingress)
    others = [*_host(ingress), *_sources(ingress), *_paths(args)]
    return under("ingress", [*_authentication(args), *of_kind, *others])


def _authentication(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    authentication, vllm = args["ingress"].get("authentication"), resolution.is_vllm(args)
    if authentication is None:
        if vllm and "api_key" in args.get("vllm", {}):
            return
        methods = "oidc, cognito or jwt" + (", or vllm.api_key" if vllm else "")
        allowed = f"how requests are authenticated: {methods}"
        fix = "set one: an endpoint that everybody may call is refused"
        yield Problem("authentication", MISSING, allowed, fix)
        return
    chosen = [method for method in METHODS if method in authentication]
    if len(chosen) != 1:
        allowed = "exactly one of oidc, cognito, jwt"
        fix = "remove the others" if chosen else "set one of them"
        yield Problem("authentication", chosen, allowed, fix)
    for method, keys in URLS.items():
        own: dict[str, Any] = dict(authentication.get(method, {}))  # type: ignore[call-overload]
        for key in keys:
            yield from https_problems(f"authentication.{method}.{key}", own.get(key))
    secret = authentication.get("oidc", {}).get("secret_name")
    yield from object_names.problems("authentication.oidc.secret_name", secret, "secret")
    yield from _cognito(authentication)


def _cognito(authentication: IngressAuthenticationArgs) -> Iterator[Problem]:
    own: dict[str, Any] = dict(authentication.get("cognito", {}))
    at = "authentication.cognito"
    yield from arns.of_service(f"{at}.user_pool_arn", own.get("user_pool_arn"), "cognito-idp")
    client = own.get("user_pool_client_id")
    if isinstance(client, str) and not re.fullmatch(r"[\w+]{1,128}", client):
        allowed = "the ID of an app client of the user pool"
        yield Problem(f"{at}.user_pool_client_id", client, allowed, "use the ID, not the name")
    domain = own.get("user_pool_domain")
    if isinstance(domain, str) and not is_host(domain):
        allowed = "the prefix of a Cognito domain, or a domain of your own"
        yield Problem(f"{at}.user_pool_domain", domain, allowed, "leave out https:// and the path")


def _alb(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    if "certificate_arn" not in ingress:
        allowed = "the ARN of a certificate in ACM: requests, tokens and keys are encrypted"
        yield Problem("certificate_arn", MISSING, allowed, "set certificate_arn")
    yield from arns.of_service("certificate_arn", ingress.get("certificate_arn"), "acm")
    yield from object_names.problems("class_name", ingress.get("class_name"), "ingressclass")
    if "gateway" in ingress:
        yield Problem("gateway", "...", "nothing with alb", "use the kind gateway, or remove it")


def _gateway(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    for key in OF_ALB:
        if key in ingress:
            allowed = "nothing with gateway: the Gateway has its own"
            yield Problem(key, "...", allowed, "remove it, or use the kind alb")
    if "gateway" not in ingress:
        yield Problem("gateway", MISSING, "the Gateway of the route", "set its name and listener")
    gateway = ingress.get("gateway", {})
    yield from object_names.problems("gateway.name", gateway.get("name"), "gateway")
    yield from namespaces.problems("gateway.namespace", gateway.get("namespace"))
    yield from object_names.problems("gateway.listener", gateway.get("listener"), "gateway")


def _host(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    host = ingress.get("host")
    if not isinstance(host, str):
        return
    # Kubernetes accepts lower case only, and one wildcard (Kubernetes API, Ingress,
    # `host`).
    if not is_host(host.removeprefix("*.")) or host != host.lower():
        allowed = "a host name in lower case, without https:// and without a path"
        yield Problem("host", host, allowed, "use a name such as fraud.example.com")


def _sources(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    if not ingress.get("from_networks") and not ingress.get("from_namespaces"):
        allowed = "from where the load balancer calls the pods: the network policy denies the rest"
        fix = "set it to the networks of its subnets, or set from_namespaces"
        yield Problem("from_networks", MISSING, allowed, fix)
    if "allowed_networks" in ingress and not ingress["allowed_networks"]:
        allowed = "at least one network: an empty list would allow all"
        yield Problem("allowed_networks", [], allowed, "set networks, or remove it")
    for index, namespace in enumerate(ingress.get("from_namespaces", ())):
        yield from namespaces.problems(f"from_namespaces[{index}]", namespace)
    networks = {
        "allowed_networks": ingress.get("allowed_networks", ()),
        "from_networks": ingress.get("from_networks", ()),
    }
    for key, cidrs in networks.items():
        for index, cidr in enumerate(cidrs):
            yield from _network(f"{key}[{index}]", cidr)
    if is_internet(networks["from_networks"]):
        allowed = (
            "the networks of the load balancer's subnets, not the whole internet or half of it"
        )
        value = list(networks["from_networks"])
        yield Problem("from_networks", value, allowed, "name these networks")


def _network(key: str, cidr: str) -> Iterator[Problem]:
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        try:
            fix = f"use {ipaddress.IPv4Network(cidr, strict=False)}"
        except ValueError:
            fix = "use a network such as 10.20.0.0/16"
        allowed = "an IPv4 network in CIDR notation, such as 10.20.0.0/16"
        yield Problem(key, cidr, allowed, fix)


def _paths(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    by_key = "authentication" not in args["ingress"] and resolution.is_vllm(args)
    paths = resolution.ingress_paths(args)
    if not paths:
        fix = "set one, or remove paths"
        yield Problem("paths", [], "at least one path prefix", fix)
    for index, path in enumerate(paths):
        if by_key and path != "/v1" and not path.startswith("/v1/"):
            allowed = "/v1 or below it: vLLM checks its key for no other path"
            yield Problem(f"paths[{index}]", path, allowed, "use /v1, or set authentication")
        elif not path.startswith("/"):
            yield Problem(f"paths[{index}]", path, "a path that begins with /", f"use /{path}")
        elif not PATH.fullmatch(path):
            allowed = "up to 127 letters, digits and the characters _ . - $ / ~ \" ' @ : + & *"
            yield Problem(f"paths[{index}]", path, allowed, "name a path with these characters")
        elif path in paths[:index]:
            yield Problem(f"paths[{index}]", path, "each path once", "remove it")
