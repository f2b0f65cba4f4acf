"""How requests get to a KubernetesEndpoint from outside of the cluster."""

import json
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy

CONTAINER: Any = {"image": "docker.io/acme/fraud:1"}
VLLM: Any = {
    "engine": "vllm",
    "accelerators": 1,
    "vllm": {
        "model": "Qwen/Qwen3-8B",
        "revision": "b968826d",
        "api_key": {"name": "clients", "key": "key"},
    },
}
OIDC = {
    "issuer": "https://login.example.com",
    "authorization_endpoint": "https://login.example.com/authorize",
    "token_endpoint": "https://login.example.com/token",
    "user_info_endpoint": "https://login.example.com/me",
    "secret_name": "login",
}
COGNITO = {
    "user_pool_arn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/p",
    "user_pool_client_id": "c",
    "user_pool_domain": "d",
}
JWT = {"issuer": "https://issuer", "jwks_endpoint": "https://issuer/keys"}
ALB: Any = {
    "host": "fraud.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
    "from_networks": ["10.0.0.0/20", "10.0.16.0/20"],
}
GATEWAY: Any = {
    "kind": "gateway",
    "host": "fraud.example.com",
    "gateway": {"name": "public", "namespace": "gateways", "listener": "https"},
    "from_namespaces": ["gateways"],
}
INGRESS, ROUTE = (
    "kubernetes:networking.k8s.io/v1:Ingress",
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
)
RULE = "kubernetes:gateway.k8s.aws/v1:ListenerRuleConfiguration"


def endpoint(args: Any, **ingress: Any) -> Plan:
    arguments: Any = {**args, "ingress": ingress}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", arguments, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


def annotations(plan: Plan) -> dict[str, str]:
    resource = plan.one(INGRESS, "fraud-ingress").inputs["metadata"]["annotations"]
    return {
        key.removeprefix("alb.ingress.kubernetes.io/"): value for key, value in resource.items()
    }


def test_a_load_balancer_is_internal_encrypted_and_authenticates() -> None:
    plan = endpoint(CONTAINER, **ALB, authentication={"jwt": JWT})
    assert annotations(plan) == {
        "scheme": "internal",
        "target-type": "ip",
        "listen-ports": '[{"HTTPS": 443}]',
        "certificate-arn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
        "ssl-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "healthcheck-path": "/ping",
        "target-group-attributes": "deregistration_delay.timeout_seconds=60",
        "load-balancer-attributes": "idle_timeout.timeout_seconds=60,routing.http.drop_invalid_header_fields.enabled=true",  # noqa: E501
        "jwt-validation": '{"issuer": "https://issuer", "jwksEndpoint": "https://issuer/keys"}',
    }
    assert plan.one(INGRESS).inputs["spec"] == {
        "ingressClassName": "alb",
        "rules": [
            {
                "host": "fraud.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "fraud", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
    }
    assert (
        plan.one("groundplan:index:KubernetesEndpoint").outputs["externalUrl"]
        == "https://fraud.example.com"
    )
    kubernetes_validate.validate(plan.one(INGRESS).inputs, "1.36", strict=True)


def test_users_sign_in_with_openid_connect() -> None:
    ingress_annotations = annotations(endpoint(CONTAINER, **ALB, authentication={"oidc": OIDC}))
    assert (
        ingress_annotations["auth-type"],
        ingress_annotations["auth-on-unauthenticated-request"],
    ) == (
        "oidc",
        "authenticate",
    )
    assert json.loads(ingress_annotations["auth-idp-oidc"]) == {
        "issuer": "https://login.example.com",
        "authorizationEndpoint": "https://login.example.com/authorize",
        "tokenEndpoint": "https://login.example.com/token",
        "userInfoEndpoint": "https://login.example.com/me",
        "secretName": "login",
    }


def test_users_sign_in_with_cognito() -> None:
    ingress_annotations = annotations(
        endpoint(CONTAINER, **ALB, authentication={"cognito": COGNITO})
    )
    assert (
        ingress_annotations["auth-type"],
        ingress_annotations["auth-on-unauthenticated-request"],
    ) == (
        "cognito",
        "authenticate",
    )
    assert json.loads(ingress_annotations["auth-idp-cognito"]) == {
        "userPoolARN": COGNITO["user_pool_arn"],
        "userPoolClientID": "c",
        "userPoolDomain": "d",
    }


def test_with_vllms_key_only_the_paths_that_it_protects_are_routed() -> None:
    plan = endpoint(VLLM, **ALB)
    assert not {"auth-type", "jwt-validation"} & set(annotations(plan))
    assert [
        path["path"] for path in plan.one(INGRESS).inputs["spec"]["rules"][0]["http"]["paths"]
    ] == ["/v1"]
    assert "idle_timeout.timeout_seconds=600" in annotations(plan)["load-balancer-attributes"]
    assert annotations(plan)["healthcheck-path"] == "/health"


def test_it_can_face_the_internet_to_some_networks() -> None:
    more = {
        "scheme": "internet-facing",
        "allowed_networks": ["198.51.100.0/24", "203.0.113.0/24"],
        "class_name": "public",
    }
    plan = endpoint(CONTAINER, **ALB, **more, authentication={"jwt": JWT}, paths=["/invocations"])
    assert annotations(plan)["scheme"] == "internet-facing"
    assert annotations(plan)["inbound-cidrs"] == "198.51.100.0/24,203.0.113.0/24"
    spec = plan.one(INGRESS).inputs["spec"]
    assert spec["ingressClassName"] == "public"
    assert spec["rules"][0]["http"]["paths"][0]["path"] == "/invocations"


def test_the_network_policy_allows_the_load_balancer() -> None:
    policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
    sources = (
        endpoint(CONTAINER, **ALB, authentication={"jwt": JWT})
        .one(policy)
        .inputs["spec"]["ingress"][0]["from"]
    )
    assert {"ipBlock": {"cidr": "10.0.0.0/20"}} in sources
    assert {"ipBlock": {"cidr": "10.0.16.0/20"}} in sources
    sources = endpoint(VLLM, **GATEWAY).one(policy).inputs["spec"]["ingress"][0]["from"]
    assert {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}
    } in sources


def test_a_route_has_an_existing_gateway_as_its_parent() -> None:
    plan = endpoint(VLLM, **GATEWAY)
    assert plan.one(ROUTE, "fraud-route").inputs["spec"] == {
        "parentRefs": [{"name": "public", "sectionName": "https", "namespace": "gateways"}],
        "hostnames": ["fraud.example.com"],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/v1"}}],
                "backendRefs": [{"name": "fraud", "port": 80, "weight": 100}],
            }
        ],
    }
    assert not plan.all(RULE)
    assert not plan.all(INGRESS)


@pytest.mark.parametrize(
    ("authentication", "action"),
    [
        (
            {"oidc": OIDC},
            {
                "type": "authenticate-oidc",
                "authenticateOIDCConfig": {
                    "issuer": "https://login.example.com",
                    "authorizationEndpoint": "https://login.example.com/authorize",
                    "tokenEndpoint": "https://login.example.com/token",
                    "userInfoEndpoint": "https://login.example.com/me",
                    "secret": {"name": "login"},
                    "onUnauthenticatedRequest": "authenticate",
                },
            },
        ),
        (
            {"cognito": COGNITO},
            {
                "type": "authenticate-cognito",
                "authenticateCognitoConfig": {
                    "userPoolArn": COGNITO["user_pool_arn"],
                    "userPoolClientId": "c",
                    "userPoolDomain": "d",
                    "onUnauthenticatedRequest": "authenticate",
                },
            },
        ),
        (
            {"jwt": JWT},
            {
                "type": "jwt-validation",
                "jwtValidationConfig": {
                    "issuer": "https://issuer",
                    "jwksEndpoint": "https://issuer/keys",
                },
            },
        ),
    ],
)
def test_a_gateway_of_aws_authenticates_before_the_route_exists(
    authentication: Any, action: Any
) -> None:
    plan = endpoint(CONTAINER, **GATEWAY, authentication=authentication)
    assert plan.one(RULE, "fraud-listener-rule").inputs["spec"] == {"actions": [action]}
    (rule,) = plan.one(ROUTE).inputs["spec"]["rules"]
    reference = {"group": "gateway.k8s.aws", "kind": "ListenerRuleConfiguration", "name": "fraud"}
    assert rule["filters"] == [{"type": "ExtensionRef", "extensionRef": reference}]
    assert {"fraud-listener-rule", "fraud-target-group"} <= plan.dependencies(plan.one(ROUTE))


def test_a_load_balancer_of_a_gateway_has_the_pods_as_targets() -> None:
    plan = endpoint(CONTAINER, **GATEWAY, authentication={"jwt": JWT})
    assert plan.one("kubernetes:gateway.k8s.aws/v1:TargetGroupConfiguration").inputs["spec"] == {
        "targetReference": {"name": "fraud"},
        "defaultConfiguration": {
            "targetType": "ip",
            "healthCheckConfig": {"healthCheckPath": "/ping"},
            "targetGroupAttributes": [
                {"key": "deregistration_delay.timeout_seconds", "value": "60"}
            ],
        },
    }
