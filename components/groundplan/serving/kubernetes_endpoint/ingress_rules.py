"""Validates the ingress of an endpoint; above all, that requests are authenticated."""

import ipaddress
import re
from collections.abc import Iterator

from groundplan.kubernetes import namespaces
from groundplan.problems import MISSING, Problem, under
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import IngressKind
from groundplan.serving.kubernetes_endpoint.ingress_args import EndpointIngressArgs

METHODS = ("oidc", "cognito", "jwt")
OF_ALB = ("certificate_arn", "scheme", "class_name", "allowed_networks")
HOST = re.compile(r"(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""Kubernetes API, Ingress, `host`."""


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


def _alb(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    if "certificate_arn" not in ingress:
        allowed = "the ARN of a certificate in ACM: requests, tokens and keys are encrypted"
        yield Problem("certificate_arn", MISSING, allowed, "set certificate_arn")
    if "gateway" in ingress:
        yield Problem("gateway", "...", "nothing with alb", "use the kind gateway, or remove it")


def _gateway(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    for key in OF_ALB:
        if key in ingress:
            allowed = "nothing with gateway: the Gateway has its own"
            yield Problem(key, "...", allowed, "remove it, or use the kind alb")
    if "gateway" not in ingress:
        yield Problem("gateway", MISSING, "the Gateway of the route", "set its name and listener")


def _host(ingress: EndpointIngressArgs) -> Iterator[Problem]:
    host = ingress.get("host")
    if isinstance(host, str) and not HOST.fullmatch(host):
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
