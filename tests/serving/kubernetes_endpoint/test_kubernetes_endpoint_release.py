"""An endpoint whose models are released from the registry: which fields are the
driver's, and what it may do."""

from functools import cache
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan import KubernetesEndpoint
from groundplan.arguments import InvalidArguments
from groundplan.release.cluster.target import ClusterTarget
from groundplan.testing import Plan, deploy

DIGEST = "sha256:" + "0123456789abcdef" * 4
ARCHIVE: dict[str, Any] = {
    "image": f"registry.example.com/churn@{DIGEST}",
    "release": "registry",
    "model_data": "models/churn/1/model.tar.gz",
    "model_version_id": "3HL4kqtJvjVBH40Nrjfkd",
    "cluster_name": "ml",
    "artifacts": {
        "bucket_name": "ml-artifacts",
        "bucket_arn": "arn:aws:s3:::ml-artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
}
PLAIN = "registry.example.com/churn:1.0"
WITHOUT_VERSION = {key: v for key, v in ARCHIVE.items() if key != "model_version_id"}
VLLM: dict[str, Any] = {
    **{key: v for key, v in WITHOUT_VERSION.items() if key != "image"},
    "engine": "vllm",
    "accelerators": 1,
    "model_data": "models/chat/1/",
}
KSERVE: dict[str, Any] = {
    **{key: v for key, v in WITHOUT_VERSION.items() if key != "image"},
    "engine": "kserve",
    "kserve": {"model_format": "sklearn"},
    "model_data": "models/churn/1/",
}


def endpoint(args: Any, name: str = "churn") -> Plan:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint(name, args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


@cache
def archive() -> Plan:
    return endpoint(ARCHIVE)


def deployment(plan: Plan, name: str = "churn-deployment") -> Any:
    return plan.one("kubernetes:apps/v1:Deployment", name)


def ignored(resource: Any) -> list[str]:
    return list(resource.options.get("ignoreChanges", ()))


def variables(container: Any) -> dict[str, str]:
    return {
        entry["name"]: entry["valueFrom"]["fieldRef"]["fieldPath"]
        for entry in container["env"]
        if "fieldRef" in entry.get("valueFrom", {})
    }


def test_pods_name_their_model_by_annotations_that_pulumi_ignores() -> None:
    stable, canary = deployment(archive()), deployment(archive(), "churn-canary-deployment")
    wanted = {
        "groundplan/model-version": "models/churn/1/model.tar.gz@3HL4kqtJvjVBH40Nrjfkd",
        "groundplan/model-key": "models/churn/1/model.tar.gz",
        "groundplan/model-object-version": "3HL4kqtJvjVBH40Nrjfkd",
    }
    for found in (stable, canary):
        assert found.inputs["spec"]["template"]["metadata"]["annotations"] == wanted
    assert ignored(stable) == ["spec.template.metadata.annotations"]
    assert ignored(canary) == ["spec.replicas", "spec.template.metadata.annotations"]
    assert (stable.inputs["spec"]["replicas"], canary.inputs["spec"]["replicas"]) == (2, 0)


def test_ignored_fields_are_none_of_lists() -> None:
    """pulumi-kubernetes drops no field of a list from what it applies, nor a key with
    dots or slashes: `pulumi up` would conflict with the driver."""
    for plan in (archive(), endpoint(VLLM), endpoint(KSERVE)):
        paths = [path for r in plan.manifest for path in ignored(r)]
        assert paths
        assert not [path for path in paths if set(path) & set("[]/\"'")]


def test_an_archive_is_downloaded_by_the_annotations() -> None:
    spec = deployment(archive()).inputs["spec"]
    download = spec["template"]["spec"]["initContainers"][0]
    key, version = "$(GROUNDPLAN_MODEL_KEY)", "$(GROUNDPLAN_MODEL_OBJECT_VERSION)"
    assert download["args"][2:-1] == [
        "--bucket", "ml-artifacts", "--key", key, "--version-id", version
    ]  # fmt: skip
    assert variables(download) == {
        "GROUNDPLAN_MODEL_KEY": "metadata.annotations['groundplan/model-key']",
        "GROUNDPLAN_MODEL_OBJECT_VERSION": (
            "metadata.annotations['groundplan/model-object-version']"
        ),
    }
    kind = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
    kubernetes_validate.validate({**kind, "spec": spec}, "1.35", strict=True)


def test_a_folder_is_downloaded_by_its_key() -> None:
    plan = endpoint({**WITHOUT_VERSION, "model_data": "models/churn/1/"})
    download = deployment(plan).inputs["spec"]["template"]["spec"]["initContainers"][0]
    assert "s3://ml-artifacts/$(GROUNDPLAN_MODEL_KEY)" in download["args"]
    assert set(variables(download)) == {"GROUNDPLAN_MODEL_KEY"}


def test_vllm_streams_the_model_of_the_annotation() -> None:
    (server,) = deployment(endpoint(VLLM)).inputs["spec"]["template"]["spec"]["containers"]
    assert server["args"][0] == "s3://ml-artifacts/$(GROUNDPLAN_MODEL_KEY)"
    assert set(variables(server)) == {"GROUNDPLAN_MODEL_KEY"}


def test_kserve_loads_the_storage_uri_that_pulumi_ignores() -> None:
    found = endpoint(KSERVE).one("kubernetes:serving.kserve.io/v1beta1:InferenceService")
    assert ignored(found) == ["spec.predictor.model.storageUri", "spec.predictor.annotations"]
    predictor = found.inputs["spec"]["predictor"]
    assert predictor["model"]["storageUri"] == "s3://ml-artifacts/models/churn/1/"


def test_requests_reach_both_tracks_and_pods_are_the_share() -> None:
    ingress = {
        "host": "churn.example.com",
        "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
        "from_networks": ["10.0.0.0/20"],
        "authentication": {
            "jwt": {"issuer": "https://issuer", "jwks_endpoint": "https://issuer/keys"}
        },
    }
    plans = [archive(), endpoint({**ARCHIVE, "ingress": ingress})]
    for plan in plans:
        services = plan.all("kubernetes:core/v1:Service")
        assert list(services) == ["churn-service"]
        selector = services["churn-service"].inputs["spec"]["selector"]
        assert selector == {"app.kubernetes.io/name": "churn"}


def test_the_role_of_a_driver_has_the_names_of_its_objects() -> None:
    role = archive().one("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs
    assert role["metadata"] == {
        "name": "churn-release",
        "namespace": "churn",
        "labels": {"app.kubernetes.io/name": "churn"},
    }
    assert role["rules"] == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "resourceNames": ["churn", "churn-canary"],
            "verbs": ["get", "patch"],
        }
    ]
    of_kserve = endpoint(KSERVE).one("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs
    assert [
        (rule["resources"], rule["resourceNames"], rule["verbs"]) for rule in of_kserve["rules"]
    ] == [
        (["inferenceservices"], ["churn"], ["get", "patch"]),
        (["deployments"], ["churn-predictor"], ["get"]),
    ]


@pytest.mark.parametrize("args", [ARCHIVE, VLLM, KSERVE], ids=["container", "vllm", "kserve"])
def test_the_engine_reads_the_release_target(args: dict[str, Any]) -> None:
    gates = {"metrics": {"auc": {"min": 0.8}}}
    plan = endpoint({**args, "gates": gates})
    exported = plan.one("groundplan:index:KubernetesEndpoint").outputs["releaseTarget"]
    target = ClusterTarget.read("churn", exported)
    assert target.bucket == "ml-artifacts"
    assert target.models == args["model_data"].rsplit("1/", 1)[0]
    assert target.archive is args["model_data"].endswith(".tar.gz")
    assert target.has_canary is (args is not KSERVE)
    assert (target.bake_minutes, dict(target.gates)) == (10, gates)
    assert {"EndpointDown", "EndpointRolloutStuck"} <= set(target.alerts)
    assert not [name for name in target.alerts if "Objective" in name]
    rules = plan.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs["spec"]
    loaded = {rule["alert"]: rule["labels"] for rule in rules["groups"][0]["rules"]}
    for name in target.alerts:
        assert (loaded[name]["namespace"], loaded[name]["endpoint"]) == ("churn", "churn")


def test_the_pods_may_read_the_folder_of_the_models() -> None:
    plan = endpoint({**ARCHIVE, "model_prefix": "models/"})
    text = plan.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    assert "arn:aws:s3:::ml-artifacts/models/*" in text
    exported = plan.one("groundplan:index:KubernetesEndpoint").outputs["releaseTarget"]
    assert exported["models"] == "models/"


def test_no_share_and_no_candidate() -> None:
    plan = endpoint({**ARCHIVE, "canary": {"percent": 0}})
    assert list(plan.all("kubernetes:apps/v1:Deployment")) == ["churn-deployment"]
    role = plan.one("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs
    assert role["rules"][0]["resourceNames"] == ["churn"]


def test_a_declared_endpoint_has_none_of_it() -> None:
    declared = {key: value for key, value in ARCHIVE.items() if key != "release"}
    plan = endpoint(declared)
    assert plan.all("kubernetes:rbac.authorization.k8s.io/v1:Role") == {}
    assert ignored(deployment(plan)) == []
    assert plan.one("groundplan:index:KubernetesEndpoint").outputs["releaseTarget"] == {}


@pytest.mark.parametrize(
    ("args", "key"),
    [
        (WITHOUT_VERSION, "model_version_id"),
        ({**ARCHIVE, "image": PLAIN}, "image"),
        ({**ARCHIVE, "prometheus": False}, "prometheus"),
        ({**ARCHIVE, "managed_prometheus": {"workspace_id": "ws-1"}}, "prometheus_url"),
        ({**ARCHIVE, "canary": {"percent": 10, "image": PLAIN}}, "canary.image"),
        ({**ARCHIVE, "canary": {"percent": 60}}, "canary.percent"),
        ({**ARCHIVE, "canary": {"bake_minutes": 3000}}, "canary.bake_minutes"),
        ({**ARCHIVE, "model_prefix": "models/fraud/"}, "model_prefix"),
        ({**ARCHIVE, "model_prefix": ""}, "model_prefix"),
        ({**ARCHIVE, "gates": {"metrics": {"auc": {}}}}, "gates.metrics.auc"),
        ({"image": ARCHIVE["image"], "release": "registry"}, "model_data"),
        ({"image": PLAIN, "gates": {}}, "gates"),
        ({"image": PLAIN, "prometheus_url": "http://p"}, "prometheus_url"),
        ({"image": PLAIN, "model_prefix": "models/"}, "model_prefix"),
        ({"image": PLAIN, "replicas": 9, "canary": {"image": f"{PLAIN}.1"}}, "canary.percent"),
        (
            {"image": PLAIN, "canary": {"percent": 0, "image": f"{PLAIN}.1", "bake_minutes": 5}},
            "canary.bake_minutes",
        ),
    ],
)
def test_what_is_refused(args: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        endpoint(args)
    assert [problem.key for problem in caught.value.problems] == [key]


STORE = {
    "bucket_name": "models",
    "endpoint_url": "http://minio.minio.svc:9000",
    "secret": "store",
}
WITHOUT_AWS = {
    **{key: v for key, v in ARCHIVE.items() if key not in ("artifacts", "cluster_name")},
    "object_store": STORE,
    "namespace": "serving",
    "model_version_id": "null",
}


def test_models_of_another_store_need_nothing_of_aws() -> None:
    plan = endpoint(WITHOUT_AWS)
    assert not [r.type for r in plan.manifest if r.type.startswith("aws:")]
    download = deployment(plan).inputs["spec"]["template"]["spec"]["initContainers"][0]
    names = {entry["name"]: entry.get("value") for entry in download["env"]}
    assert names["AWS_ENDPOINT_URL_S3"] == STORE["endpoint_url"]
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= names.keys()
    assert download["args"][3] == "models"
    egress = plan.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]["egress"]
    assert 9000 in [port["port"] for rule in egress for port in rule["ports"]]
    exported = plan.one("groundplan:index:KubernetesEndpoint").outputs["releaseTarget"]
    target = ClusterTarget.read("churn", exported)
    assert (target.bucket, target.region, target.kms_key_arn) == ("models", "us-east-1", "")


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({**ARCHIVE, "object_store": STORE, "namespace": "serving"}, "object_store"),
        ({**VLLM, "object_store": STORE, "namespace": "serving"}, "object_store"),
        ({"image": PLAIN, "object_store": STORE, "namespace": "serving"}, "object_store"),
        ({k: v for k, v in WITHOUT_AWS.items() if k != "namespace"}, "namespace"),
        (
            {**WITHOUT_AWS, "object_store": {**STORE, "endpoint_url": "minio"}},
            "object_store.endpoint_url",
        ),
    ],
)
def test_another_store_that_cannot_be_used_is_refused(args: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        endpoint(args)
    assert key in [problem.key for problem in caught.value.problems]
