"""What lets requests in from outside of the cluster, as plain data: an Ingress for an
Application Load Balancer, or an HTTPRoute.

Annotations and objects of the AWS Load Balancer Controller:
kubernetes-sigs/aws-load-balancer-controller@225f4456 (2026-08-17),
docs/guide/ingress/annotations.md,
docs/guide/gateway/{listenerruleconfig,targetgroupconfig}.md. HTTPRoute: Gateway API v1.
"""

from typing import Any

import pulumi

from groundplan.serving.kubernetes_endpoint import workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import IngressScheme
from groundplan.serving.kubernetes_endpoint.ingress_args import (
    EndpointIngressArgs,
    IngressAuthenticationArgs,
)
from groundplan.serving.kubernetes_endpoint.objects import SERVICE_PORT

GATEWAY_API = "gateway.networking.k8s.io/v1"
AWS_GATEWAY_API = "gateway.k8s.aws/v1"

ALB = "alb.ingress.kubernetes.io"
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 with forward secrecy (Application Load Balancers User Guide,
"Security policies"). The default knows 1.0."""
SPLIT = "split"


def weights(main: str, args: KubernetesEndpointArgs) -> dict[str, int]:
    """Services, and their shares in percent. `main` is the Service of what serves."""
    if "canary" not in args:
        return {main: 100}
    percent = args["canary"]["percent"]
    return {main: 100 - percent, f"{main}-canary": percent}


def paths(args: KubernetesEndpointArgs) -> list[str]:
    """The prefixes that are let through. vLLM asks for its key below /v1 only, and
    other paths stop or change the server (docs.vllm.ai, "Security")."""
    return list(args["ingress"].get("paths", ["/v1"] if workload.is_vllm(args) else ["/"]))


def annotations(main: str, args: KubernetesEndpointArgs) -> dict[str, Any]:
    """How the controller makes the load balancer."""
    ingress, seconds = args["ingress"], workload.request_seconds(args)
    found: dict[str, Any] = {
        "scheme": ingress.get("scheme", IngressScheme.INTERNAL).value,
        # Straight to the pods: no hop over a node, which could go while it serves.
        "target-type": "ip",
        "listen-ports": '[{"HTTPS": 443}]',
        "certificate-arn": ingress.get("certificate_arn"),
        "ssl-policy": TLS_POLICY,
        "healthcheck-path": workload.health_path(args),
        "target-group-attributes": f"deregistration_delay.timeout_seconds={seconds}",
        "load-balancer-attributes": f"idle_timeout.timeout_seconds={max(60, seconds)},"
        "routing.http.drop_invalid_header_fields.enabled=true",
        **_authentication_annotations(ingress.get("authentication", {})),
    }
    if "allowed_networks" in ingress:
        found["inbound-cidrs"] = ",".join(ingress["allowed_networks"])
    if "canary" in args:
        groups = [
            {"serviceName": name, "servicePort": SERVICE_PORT, "weight": weight}
            for name, weight in weights(main, args).items()
        ]
        found[f"actions.{SPLIT}"] = _json(
            {"type": "forward", "forwardConfig": {"targetGroups": groups}}
        )
    return {f"{ALB}/{key}": value for key, value in found.items()}


def ingress_spec(main: str, args: KubernetesEndpointArgs) -> dict[str, Any]:
    """The spec of an Ingress."""
    ingress = args["ingress"]
    # The name of an action stands where a Service's would.
    backend = {"name": main, "port": {"number": SERVICE_PORT}}
    if "canary" in args:
        backend = {"name": SPLIT, "port": {"name": "use-annotation"}}
    found = [
        {"path": path, "pathType": "Prefix", "backend": {"service": backend}}
        for path in paths(args)
    ]
    return {
        "ingressClassName": ingress.get("class_name", "alb"),
        "rules": [{"host": ingress["host"], "http": {"paths": found}}],
    }


def route_spec(main: str, args: KubernetesEndpointArgs, filter_name: str | None) -> dict[str, Any]:
    """The spec of an HTTPRoute."""
    ingress = args["ingress"]
    gateway = ingress["gateway"]
    parent = {"name": gateway["name"], "sectionName": gateway["listener"]}
    if "namespace" in gateway:
        parent["namespace"] = gateway["namespace"]
    rule: dict[str, Any] = {
        "matches": [{"path": {"type": "PathPrefix", "value": path}} for path in paths(args)],
        "backendRefs": [
            {"name": name, "port": SERVICE_PORT, "weight": weight}
            for name, weight in weights(main, args).items()
        ],
    }
    if filter_name is not None:
        reference = {
            "group": AWS_GATEWAY_API.split("/")[0],
            "kind": "ListenerRuleConfiguration",
            "name": filter_name,
        }
        rule["filters"] = [{"type": "ExtensionRef", "extensionRef": reference}]
    return {"parentRefs": [parent], "hostnames": [ingress["host"]], "rules": [rule]}


def listener_rule_spec(given: IngressAuthenticationArgs) -> dict[str, Any]:
    """The spec of a ListenerRuleConfiguration: what the load balancer asks before it
    passes a request on."""
    if "oidc" in given:
        oidc = given["oidc"]
        config: dict[str, Any] = {
            "issuer": oidc["issuer"],
            "authorizationEndpoint": oidc["authorization_endpoint"],
            "tokenEndpoint": oidc["token_endpoint"],
            "userInfoEndpoint": oidc["user_info_endpoint"],
            "secret": {"name": oidc["secret_name"]},
            "onUnauthenticatedRequest": "authenticate",
        }
        return {"actions": [{"type": "authenticate-oidc", "authenticateOIDCConfig": config}]}
    if "cognito" in given:
        pool = given["cognito"]
        config = {
            "userPoolArn": pool["user_pool_arn"],
            "userPoolClientId": pool["user_pool_client_id"],
            "userPoolDomain": pool["user_pool_domain"],
            "onUnauthenticatedRequest": "authenticate",
        }
        return {"actions": [{"type": "authenticate-cognito", "authenticateCognitoConfig": config}]}
    token = given["jwt"]
    config = {"issuer": token["issuer"], "jwksEndpoint": token["jwks_endpoint"]}
    return {"actions": [{"type": "jwt-validation", "jwtValidationConfig": config}]}


def target_group_spec(service: str, args: KubernetesEndpointArgs) -> dict[str, Any]:
    """The spec of a TargetGroupConfiguration: straight to the pods, which the
    controller doesn't do by itself."""
    delay = {
        "key": "deregistration_delay.timeout_seconds",
        "value": str(workload.request_seconds(args)),
    }
    return {
        "targetReference": {"name": service},
        "defaultConfiguration": {
            "targetType": "ip",
            "healthCheckConfig": {"healthCheckPath": workload.health_path(args)},
            "targetGroupAttributes": [delay],
        },
    }


def _authentication_annotations(given: IngressAuthenticationArgs) -> dict[str, Any]:
    if "oidc" in given:
        oidc = given["oidc"]
        provider = {
            "issuer": oidc["issuer"],
            "authorizationEndpoint": oidc["authorization_endpoint"],
            "tokenEndpoint": oidc["token_endpoint"],
            "userInfoEndpoint": oidc["user_info_endpoint"],
            "secretName": oidc["secret_name"],
        }
        return {"auth-type": "oidc", "auth-idp-oidc": _json(provider), **_LOG_IN}
    if "cognito" in given:
        pool = given["cognito"]
        provider = {
            "userPoolARN": pool["user_pool_arn"],
            "userPoolClientID": pool["user_pool_client_id"],
            "userPoolDomain": pool["user_pool_domain"],
        }
        return {"auth-type": "cognito", "auth-idp-cognito": _json(provider), **_LOG_IN}
    if "jwt" in given:
        token = given["jwt"]
        return {
            "jwt-validation": _json(
                {"issuer": token["issuer"], "jwksEndpoint": token["jwks_endpoint"]}
            )
        }
    return {}


_LOG_IN = {"auth-on-unauthenticated-request": "authenticate"}


def _json(value: Any) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(value, sort_keys=True)


def by_aws(ingress: EndpointIngressArgs) -> bool:
    """Whether a Gateway is one of the AWS Load Balancer Controller, as only that
    carries out `authentication`."""
    return "gateway" in ingress and "authentication" in ingress
