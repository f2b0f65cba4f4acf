"""What an ingress needs; above all, that not everybody may send requests."""

import ipaddress

from groundplan.problems import MISSING, Problem, under
from groundplan.serving.kubernetes_endpoint import ingress, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import IngressKind

METHODS = ("oidc", "cognito", "jwt")
OF_ALB = ("certificate_arn", "scheme", "class_name", "allowed_networks")


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """What is wrong with `ingress`."""
    if "ingress" not in args:
        return []
    return under("ingress", [*_authentication(args), *_kind(args), *_networks(args), *_paths(args)])


def _authentication(args: KubernetesEndpointArgs) -> list[Problem]:
    given, key = args["ingress"].get("authentication"), "api_key" in args.get("vllm", {})
    if given is None:
        if key and workload.is_vllm(args):
            return []
        allowed = "who may send requests: oidc, cognito or jwt" + (
            ", or vllm.api_key" if workload.is_vllm(args) else ""
        )
        return [
            Problem(
                "authentication",
                MISSING,
                allowed,
                "give one: an endpoint that everybody may call is refused",
            )
        ]
    chosen = [method for method in METHODS if method in given]
    if len(chosen) != 1:
        return [
            Problem(
                "authentication", chosen, "exactly one of oidc, cognito, jwt", "keep one of them"
            )
        ]
    return []


def _kind(args: KubernetesEndpointArgs) -> list[Problem]:
    given = args["ingress"]
    if given.get("kind", IngressKind.ALB) is IngressKind.ALB:
        found = []
        if "certificate_arn" not in given:
            allowed = "the ARN of a certificate in ACM: requests, tokens and keys don't cross a network in the open"
            found.append(Problem("certificate_arn", MISSING, allowed, "give certificate_arn"))
        if "gateway" in given:
            found.append(
                Problem("gateway", "...", "nothing with alb", "use the kind gateway, or remove it")
            )
        return found
    found = [
        Problem(
            key,
            "...",
            "nothing with gateway: the Gateway has its own",
            "remove it, or use the kind alb",
        )
        for key in OF_ALB
        if key in given
    ]
    if "gateway" not in given:
        found.append(
            Problem(
                "gateway",
                MISSING,
                "the Gateway that the route is for",
                "give its name and listener",
            )
        )
    return found


def _networks(args: KubernetesEndpointArgs) -> list[Problem]:
    given, found = args["ingress"], []
    if not given.get("from_networks") and not given.get("from_namespaces"):
        allowed = (
            "from where the load balancer calls the pods: nothing else gets past the network policy"
        )
        found.append(
            Problem(
                "from_networks",
                MISSING,
                allowed,
                "give the networks of its subnets, or from_namespaces",
            )
        )
    networks = {
        "allowed_networks": given.get("allowed_networks", ()),
        "from_networks": given.get("from_networks", ()),
    }
    for key, listed in networks.items():
        for index, network in enumerate(listed):
            try:
                ipaddress.IPv4Network(network)
            except ValueError as error:
                allowed = "an IPv4 network in CIDR notation, such as 10.20.0.0/16"
                found.append(Problem(f"{key}[{index}]", network, allowed, str(error)))
    return found


def _paths(args: KubernetesEndpointArgs) -> list[Problem]:
    by_key = "authentication" not in args["ingress"] and workload.is_vllm(args)
    found = []
    for index, path in enumerate(ingress.paths(args)):
        if not path.startswith("/"):
            found.append(
                Problem(f"paths[{index}]", path, "a path that begins with /", f"use /{path}")
            )
        elif by_key and path != "/v1" and not path.startswith("/v1/"):
            allowed = "/v1 or below it: vLLM asks for its key nowhere else"
            found.append(
                Problem(f"paths[{index}]", path, allowed, "use /v1, or give authentication")
            )
    return found
