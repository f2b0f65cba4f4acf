"""Values that Kubernetes or the load balancer would refuse, or mount over each other,
are problems of the arguments."""

from typing import Any

import pytest
from groundplan.arguments import read
from groundplan.context import Context
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.validation import validate

ARTIFACTS = {
    "bucket_name": "models",
    "bucket_arn": "arn:aws:s3:::models",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
MODEL: Any = {
    "artifacts": ARTIFACTS,
    "cluster_name": "training",
    "model_data": "models/fraud/1/model.tar.gz",
}
VLLM: Any = {
    "engine": "vllm",
    "accelerators": 1,
    "vllm": {"model": "Qwen/Qwen3-8B", "revision": "b968826d"},
}
URL = "https://login.example.com"
OIDC = {
    "issuer": URL,
    "authorization_endpoint": f"{URL}/authorize",
    "token_endpoint": f"{URL}/token",
    "user_info_endpoint": f"{URL}/userinfo",
    "secret_name": "oidc",
}
JWT = {"issuer": URL, "jwks_endpoint": f"{URL}/jwks"}
COGNITO = {
    "user_pool_arn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a",
    "user_pool_client_id": "3jvkq7",
    "user_pool_domain": "fraud",
}
ALB: Any = {
    "host": "f.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
    "from_networks": ["10.0.0.0/16"],
}


def problems(**args: Any) -> dict[str, str]:
    """Returns the key of each problem -> its text."""
    base = {} if "engine" in args else {"image": "docker.io/acme/fraud:1"}
    found, shape = read(KubernetesEndpointArgs, {**base, **args})
    context = Context("fraud", "groundplan", "test", has_kubernetes_provider=True)
    return {problem.key: str(problem) for problem in [*shape, *validate(found, context)]}


def ingress(**overrides: Any) -> dict[str, str]:
    return problems(ingress={**ALB, "authentication": {"jwt": JWT}, **overrides})


@pytest.mark.parametrize(
    ("folders", "wrong"),
    [
        (["/a", "/a"], "1"),
        (["/a/b", "/c", "/a/b"], "2"),
        (["/a", "/a/b"], "1"),
        (["/a/b", "/a"], "1"),
        (["/a", "/a/../a"], "1"),
        (["/a", "/./a"], "1"),
        (["/a", "/a/"], "1"),
        (["/a", "//a"], "1"),
        (["/"], "0"),
        (["/tmp"], "0"),  # noqa: S108
        (["/tmp/cache"], "0"),  # noqa: S108
        (["/dev/shm"], "0"),  # noqa: S108
        (["/proc"], "0"),
        (["/var/run/secrets/kubernetes.io/serviceaccount"], "0"),
        (["/run/secrets/kubernetes.io"], "0"),
        (["/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"], "0"),
        (["/var/run/secrets"], "0"),
        (["/a\n"], "0"),
    ],
)
def test_a_folder_is_mounted_once_and_over_nothing_else(folders: list[str], wrong: str) -> None:
    assert list(problems(writable_paths=folders)) == [f"writable_paths[{wrong}]"]


def test_folders_beside_each_other_are_writable() -> None:
    assert problems(writable_paths=["/a", "/ab", "/b/c", "/b/d", "/var/run", "/run", "/opt"]) == {}


def test_the_model_is_not_written_over() -> None:
    for folder in ("/opt/ml/model", "/opt/ml/model/code", "/opt/ml"):
        assert list(problems(**MODEL, writable_paths=[folder])) == ["writable_paths[0]"]
        assert problems(writable_paths=[folder]) == {}
    assert list(problems(**VLLM, writable_paths=["/home/vllm/x"])) == ["writable_paths[0]"]


@pytest.mark.parametrize(
    "address", ["http://a.example.com", "a.example.com", "https://", "ftp://a"]
)
@pytest.mark.parametrize(
    "key", ["issuer", "authorization_endpoint", "token_endpoint", "user_info_endpoint"]
)
def test_addresses_of_a_provider_are_https(key: str, address: str) -> None:
    reported = ingress(authentication={"oidc": {**OIDC, key: address}})
    assert list(reported) == [f"ingress.authentication.oidc.{key}"]


@pytest.mark.parametrize("key", ["issuer", "jwks_endpoint"])
def test_addresses_of_tokens_are_https(key: str) -> None:
    reported = ingress(authentication={"jwt": {**JWT, key: "http://a.example.com"}})
    assert list(reported) == [f"ingress.authentication.jwt.{key}"]


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ({"host": "a.example.com/x"}, "host"),
        ({"host": f"{'a' * 64}.example.com"}, "host"),
        ({"host": ".".join(["abcdefgh"] * 40)}, "host"),
        ({"host": "A.example.com"}, "host"),
        ({"host": "a..example.com"}, "host"),
        ({"host": "*.*.example.com"}, "host"),
        ({"host": "a.example.com\n"}, "host"),
        ({"certificate_arn": "certificate/c"}, "certificate_arn"),
        ({"certificate_arn": COGNITO["user_pool_arn"]}, "certificate_arn"),
        ({"class_name": "My Class"}, "class_name"),
        ({"paths": ["/a", "/a"]}, "paths[1]"),
        ({"paths": ["/a b"]}, "paths[0]"),
        ({"paths": ["/a?b"]}, "paths[0]"),
        ({"paths": [f"/{'a' * 128}"]}, "paths[0]"),
        ({"from_networks": ["0.0.0.0/1", "128.0.0.0/1"]}, "from_networks"),
        ({"from_networks": ["0.0.0.0/0"]}, "from_networks"),
    ],
)  # fmt: skip
def test_what_no_load_balancer_accepts_is_refused(overrides: Any, key: str) -> None:
    assert list(ingress(**overrides)) == [f"ingress.{key}"]


@pytest.mark.parametrize(
    ("method", "own", "key", "value"),
    [
        ("oidc", OIDC, "secret_name", "S_x"),
        ("cognito", COGNITO, "user_pool_arn", "us-east-1_a"),
        ("cognito", COGNITO, "user_pool_client_id", "a b"),
        ("cognito", COGNITO, "user_pool_domain", "https://x"),
    ],
)
def test_what_no_provider_has_is_refused(
    method: str, own: dict[str, str], key: str, value: str
) -> None:
    reported = ingress(authentication={method: {**own, key: value}})
    assert list(reported) == [f"ingress.authentication.{method}.{key}"]


def test_what_load_balancers_accept_is_accepted() -> None:
    for authentication in ({"oidc": OIDC}, {"jwt": JWT}, {"cognito": COGNITO}):
        assert ingress(authentication=authentication) == {}
    assert ingress(host="*.example.com", paths=["/", "/v1/chat", "/a*"]) == {}


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"secrets": {"KEY": {"name": "My_Secret", "key": "key"}}}, "secrets.KEY.name"),
        ({"secrets": {"KEY": {"name": "a", "key": "a b"}}}, "secrets.KEY.key"),
        ({"namespace": "other", "service_account": "A_B"}, "service_account"),
        ({"priority_class": "High Priority"}, "priority_class"),
        ({"health_path": "/a b"}, "health_path"),
        ({"health_path": "/ping?x=1"}, "health_path"),
        ({"metrics": {"path": "/me trics"}}, "metrics.path"),
        ({"alarms": {"runbooks_url": "https://"}}, "alarms.runbooks_url"),
        ({"environment": {"A": "x" * 131_070}}, "environment.A"),
        ({"arguments": ["x" * 131_072]}, "arguments[0]"),
        ({"environment": {"A": "x\x00"}}, "environment.A"),
        (
            {"scaling": {"max": 3, "keda": True, "metric": "query", "query": "x", "target": 1.0,
                         "prometheus_url": "prometheus:9090"}},
            "scaling.prometheus_url",
        ),
    ],
)  # fmt: skip
def test_what_kubernetes_refuses_is_refused(args: Any, key: str) -> None:
    assert list(problems(**args)) == [key]


def test_a_variable_has_one_value() -> None:
    secret = {"name": "clients", "key": "key"}
    assert list(problems(environment={"A": "x"}, secrets={"A": secret})) == ["secrets.A"]
    keys = {**VLLM, "vllm": {**VLLM["vllm"], "api_key": secret, "hub_token": secret}}
    assert list(problems(**keys, environment={"HF_TOKEN": "x"})) == ["environment.HF_TOKEN"]
    assert list(problems(**keys, secrets={"VLLM_API_KEY": secret})) == ["secrets.VLLM_API_KEY"]
    canary = {"percent": 33, "environment": {"A": "x"}}
    assert list(problems(secrets={"A": secret}, canary=canary)) == ["canary.environment.A"]
