"""Moving references are resolved, once and by choice."""

import dataclasses
import datetime
import hashlib
import json
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.locks import addons, charts, file, kubernetes_version, node_images
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.lock import image_digests, node_releases, run, versions
from groundplan.operations.lock.run import Status
from groundplan.operations.preflight.account import Account
from groundplan.operations.preflight.reader import Missing, Unread

TODAY = datetime.date(2026, 11, 28)
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"
HUB = "python:3.12"
AGENT = "docker.io/kserve/agent:v0.20.0"
TEXT = json.dumps({"schemaVersion": 2, "manifests": []})
DIGEST = "sha256:" + hashlib.sha256(TEXT.encode()).hexdigest()
IN_ECR = "sha256:" + "e" * 64


class Registries:
    """Registries with an image each; what they are asked is recorded."""

    def __init__(self) -> None:
        self.pages: dict[str, str | None] = {}
        self.digest = IN_ECR
        self.failure: Exception | None = None
        self.asked: list[str] = []

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        self.asked.append(f"{service}:{operation} {region} {request['repositoryName']}")
        if self.failure:
            raise self.failure
        return {"images": [{"imageId": {"imageDigest": self.digest}}]}

    def web(self, address: str, token: str = "") -> str | None:
        self.asked.append(f"{address} {token}".strip())
        if self.failure:
            raise self.failure
        if "token" in address:
            return json.dumps({"token": "t"})
        return self.pages.get(address, TEXT)

    def connects(self, host: str, port: int) -> bool:  # noqa: ARG002 (the protocol's)
        return True


def manifest(*images: str) -> Manifest:
    resources = [
        Resource(f"urn:{n}", "kubernetes:core/v1:Pod", f"pod-{n}", None, True, {"image": image})
        for n, image in enumerate(images)
    ]
    return Manifest("shop", "prod", tuple(resources))


ALL = manifest(ECR, HUB, AGENT)


def everything(_: Reference) -> bool:
    return True


def test_tags_become_digests() -> None:
    registries = Registries()
    result = run.resolve(ALL, Lock(), registries, TODAY)
    assert result.lock.resolved(Kind.IMAGE) == {
        ECR: f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@{IN_ECR}",
        HUB: f"{HUB}@{DIGEST}",
        AGENT: f"{AGENT}@{DIGEST}",
    }
    assert {change.status for change in result.changes} == {Status.NEW}
    assert "ecr:batch_get_image us-east-1 churn" in registries.asked
    assert "https://registry-1.docker.io/v2/library/python/manifests/3.12 t" in registries.asked


def test_an_entry_says_where_when_and_what_changed() -> None:
    result = run.resolve(manifest(AGENT), Lock(), Registries(), TODAY)
    [entry] = result.lock
    assert (entry.source, entry.date) == ("docker.io", "2026-11-28")
    assert entry.notes == "https://github.com/kserve/kserve/releases/tag/v0.20.0"


@pytest.mark.parametrize(
    ("image", "support"),
    [
        (HUB, "2028-10-31"),
        ("public.ecr.aws/docker/library/python:3.13-slim", "2029-10-31"),
        ("python:3", ""),
        ("ghcr.io/a/python:3.12", ""),
        (AGENT, ""),
    ],
)
def test_an_image_of_python_is_supported_as_long_as_python(image: str, support: str) -> None:
    [entry] = run.resolve(manifest(image), Lock(), Registries(), TODAY).lock
    assert entry.support == support


def test_a_second_run_asks_nothing_and_writes_the_same_file() -> None:
    first = run.resolve(ALL, Lock(), Registries(), TODAY).lock
    registries = Registries()
    later = TODAY + datetime.timedelta(days=9)
    second = run.resolve(ALL, first, registries, later)
    assert registries.asked == []
    assert file.text_of(second.lock, "prod") == file.text_of(first, "prod")


def test_an_update_without_news_writes_the_same_file() -> None:
    first = run.resolve(ALL, Lock(), Registries(), TODAY).lock
    later = TODAY + datetime.timedelta(days=9)
    second = run.resolve(ALL, first, Registries(), later, everything)
    assert file.text_of(second.lock, "prod") == file.text_of(first, "prod")
    assert {change.status for change in second.changes} == {Status.SAME}


def test_an_update_of_one_name_leaves_the_others() -> None:
    first = run.resolve(ALL, Lock(), Registries(), TODAY).lock
    registries = Registries()
    registries.digest = "sha256:" + "f" * 64
    result = run.resolve(ALL, first, registries, TODAY, run.selected(["churn"]))
    [change] = result.of(Status.CHANGED)
    assert change.reference.name == ECR
    assert len(registries.asked) == 1
    assert len(result.of(Status.SAME)) == 2


def test_a_locked_manifest_is_updated_by_the_references_as_written() -> None:
    first = run.resolve(ALL, Lock(), Registries(), TODAY).lock
    applied = manifest(*first.resolved(Kind.IMAGE).values())
    assert len(run.check(applied, first).of(Status.SAME)) == 3
    assert len(run.check(ALL, first).of(Status.UNAPPLIED)) == 3
    registries = Registries()
    registries.digest = "sha256:" + "f" * 64
    result = run.resolve(applied, first, registries, TODAY, everything)
    assert [change.reference.name for change in result.of(Status.CHANGED)] == [ECR]


def test_what_nothing_refers_to_leaves_the_lock() -> None:
    first = run.resolve(ALL, Lock(), Registries(), TODAY).lock
    result = run.resolve(manifest(HUB), first, None, TODAY)
    assert [entry.reference.name for entry in result.lock] == [HUB]
    assert len(result.of(Status.REMOVED)) == 2


@pytest.mark.parametrize("failure", [Unread("no route"), Missing("no such repository")])
def test_what_cannot_be_resolved_keeps_its_entry(failure: Exception) -> None:
    first = run.resolve(manifest(ECR), Lock(), Registries(), TODAY).lock
    registries = Registries()
    registries.failure = failure
    result = run.resolve(manifest(ECR, HUB), first, registries, TODAY, everything)
    assert result.lock == first
    assert {c.reference.name for c in result.of(Status.UNRESOLVED)} == {ECR, HUB}
    assert all(change.why for change in result.changes)


def test_without_a_reader_it_says_why() -> None:
    result = run.resolve(ALL, Lock(), None, TODAY, offline="--offline")
    assert {change.why for change in result.changes} == {"--offline"}
    assert not result.lock


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (None, "there is no such image"),
        ('{"schemaVersion": 1}', "no manifest of version 2"),
        ("<html>", "no manifest of version 2"),
        ("[]", "no manifest of version 2"),
    ],
)
def test_an_answer_without_a_manifest_is_no_digest(page: str | None, why: str) -> None:
    registries = Registries()
    registries.pages["https://registry-1.docker.io/v2/kserve/agent/manifests/v0.20.0"] = page
    [change] = run.resolve(manifest(AGENT), Lock(), registries, TODAY).changes
    assert why in change.why
    assert change.status is Status.UNRESOLVED


def cluster(*ami_types: str, **more: str) -> Manifest:
    inputs = {"clusterName": "${main.name}", "version": "${main.version}", **more}
    return Manifest(
        "shop",
        "prod",
        (
            Resource("urn:c", kubernetes_version.CLUSTER, "main", None, True, {"version": "1.36"}),
            *(
                Resource(
                    f"urn:{kind}",
                    node_images.NODE_GROUP,
                    kind,
                    None,
                    True,
                    {**inputs, "amiType": kind},
                )
                for kind in ami_types
            ),
        ),
        aws_region="eu-west-1",
        default_providers={"aws": {"region": "eu-west-1"}},
    )


class Parameters(Registries):
    """AWS's public parameters."""

    def __init__(self, value: str = "1.36.1-20260903") -> None:
        super().__init__()
        self.value = value

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        self.asked.append(f"{service}:{operation} {region} {request['Name']}")
        return {"Parameter": {"Value": self.value}}


@pytest.mark.parametrize(
    ("ami_type", "path", "release", "notes"),
    [
        (
            "AL2023_x86_64_NVIDIA",
            "eks/optimized-ami/1.36/amazon-linux-2023/x86_64/nvidia/recommended/release_version",
            "1.36.1-20260903",
            "amazon-eks-ami/releases/tag/v20260903",
        ),
        (
            "AL2023_ARM_64_STANDARD",
            "eks/optimized-ami/1.36/amazon-linux-2023/arm64/standard/recommended/release_version",
            "1.36.1-20260903",
            "amazon-eks-ami/releases/tag/v20260903",
        ),
        (
            "BOTTLEROCKET_x86_64_NVIDIA",
            "bottlerocket/aws-k8s-1.36-nvidia/x86_64/latest/image_version",
            "1.65.0-d8aad6c5",
            "bottlerocket/releases/tag/v1.65.0",
        ),
    ],
)
def test_a_node_image_becomes_a_release(ami_type: str, path: str, release: str, notes: str) -> None:
    parameters = Parameters(release)
    [entry] = run.resolve(cluster(ami_type), Lock(), parameters, TODAY).lock
    assert parameters.asked == [f"ssm:get_parameter eu-west-1 /aws/service/{path}"]
    assert (entry.reference.name, entry.resolved) == (f"1.36/{ami_type}", release)
    assert entry.support == "2027-08-02"
    assert entry.notes.endswith(notes)


def test_a_released_node_group_moves_only_by_its_lock() -> None:
    kind = "AL2023_x86_64_NVIDIA"
    first = run.resolve(cluster(kind), Lock(), Parameters(), TODAY).lock
    applied = cluster(kind, releaseVersion="1.36.1-20260903")
    assert run.resolve(applied, Lock(), None, TODAY).changes == ()
    result = run.resolve(applied, first, Parameters("1.36.2-20261101"), TODAY, everything)
    [change] = result.of(Status.CHANGED)
    assert change.after is not None
    assert change.after.resolved == "1.36.2-20261101"


@pytest.mark.parametrize(
    ("ami_type", "value", "why"),
    [("WINDOWS_CORE_2022_x86_64", "1", "no release of WINDOWS"), ("AL2023_ARM_64_NVIDIA", "x", "")],
)
def test_an_image_without_a_release_is_not_resolved(ami_type: str, value: str, why: str) -> None:
    [change] = run.resolve(cluster(ami_type), Lock(), Parameters(value), TODAY).changes
    assert change.status is Status.UNRESOLVED
    assert why in change.why


KUEUE = "oci://registry.k8s.io/kueue/charts/kueue"
INDEX = f"""\
apiVersion: v1
entries:
  other:
  - digest: {"1" * 64}
    version: 1.2.0
  ray:
  - apiVersion: v2
    dependencies:
    - digest: {"2" * 64}
      version: 9.9.9
    digest: {"3" * 64}
    version: 1.8.0-rc.1
  - digest: {"4" * 64}
    version: v1.7.1
  - digest: {"5" * 64}
    version: 1.7.0
"""


def chart(name: str, version: str, repository: str = "") -> Manifest:
    inputs = {"chart": name, "version": version, "repositoryOpts": {"repo": repository}}
    resource = Resource("urn:r", charts.RELEASES[0], "release", None, True, inputs)
    return Manifest("shop", "prod", (resource,))


def test_a_chart_of_an_http_repository_has_the_digest_of_its_index() -> None:
    registries = Registries()
    registries.pages["https://ray.example.com/helm/index.yaml"] = INDEX
    found = chart("ray", "1.7.0", "https://ray.example.com/helm/")
    [change] = run.resolve(found, Lock(), registries, TODAY).changes
    assert change.after is not None
    assert change.after.resolved == "sha256:" + "5" * 64
    assert change.reference.name == "https://ray.example.com/helm/ray:1.7.0"
    assert change.newer == "v1.7.1"


def test_a_chart_that_changes_under_its_version_is_said_to() -> None:
    registries = Registries()
    registries.pages["https://ray.example.com/index.yaml"] = INDEX
    found = chart("ray", "1.7.0", "https://ray.example.com")
    first = run.resolve(found, Lock(), registries, TODAY).lock
    registries.pages["https://ray.example.com/index.yaml"] = INDEX.replace("5" * 64, "6" * 64)
    [change] = run.resolve(found, first, registries, TODAY, everything).changes
    assert change.status is Status.CHANGED
    assert change.why == "its repository has another chart under the same version"


def test_a_chart_that_its_repository_lacks_is_not_resolved() -> None:
    registries = Registries()
    registries.pages["https://ray.example.com/index.yaml"] = INDEX
    found = chart("ray", "1.6.9", "https://ray.example.com")
    [change] = run.resolve(found, Lock(), registries, TODAY).changes
    assert change.why == "https://ray.example.com has no digest of ray 1.6.9"


def test_a_chart_in_a_registry_has_the_digest_of_its_manifest() -> None:
    registries = Registries()
    [entry] = run.resolve(chart(KUEUE, "0.19.2+a"), Lock(), registries, TODAY).lock
    assert entry.resolved == DIGEST
    assert entry.notes == "https://github.com/kubernetes-sigs/kueue/releases/tag/v0.19.2+a"
    address = "https://registry.k8s.io/v2/kueue/charts/kueue/manifests/0.19.2_a"
    assert registries.asked == [address]


def test_a_digest_in_the_program_needs_no_network() -> None:
    [entry] = run.resolve(chart(f"{KUEUE}@{DIGEST}", "0.19.2"), Lock(), None, TODAY).lock
    assert (entry.resolved, entry.source) == (DIGEST, "the program")


def addon(name: str, version: str | None) -> Manifest:
    inputs = {"addonName": name, "clusterName": "${main.name}"}
    inputs |= {"addonVersion": version} if version else {}
    found = cluster()
    resource = Resource("urn:a", addons.ADDON, "addon", None, True, inputs)
    return dataclasses.replace(found, resources=(*found.resources, resource))


class Addons(Registries):
    """EKS' versions of an add-on."""

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        self.asked.append(f"{service}:{operation} {region} {sorted(request.values())}")
        if self.failure:
            raise self.failure
        newest = {"addonVersion": "v1.14.4-eksbuild.2", "compatibilities": []}
        default = {"defaultVersion": True, "clusterVersion": "1.36"}
        older = {"addonVersion": "v1.14.3-eksbuild.23", "compatibilities": [default]}
        return {"addons": [{"addonVersions": [newest, older]}]}


def test_an_add_on_has_its_version_and_the_newest_that_eks_has() -> None:
    eks = Addons()
    [change] = run.resolve(addon("coredns", "v1.14.3-eksbuild.23"), Lock(), eks, TODAY).changes
    assert eks.asked == ["eks:describe_addon_versions eu-west-1 ['1.36', 'coredns']"]
    assert change.newer == "v1.14.4-eksbuild.2"
    assert change.after is not None
    assert change.after.resolved == "v1.14.3-eksbuild.23"
    assert change.after.notes == "https://github.com/coredns/coredns/releases/tag/v1.14.3"
    assert change.after.support == ""


def test_kube_proxy_is_supported_as_long_as_its_kubernetes() -> None:
    eks = Addons()
    eks.failure = Unread("no route")
    [entry] = run.resolve(addon("kube-proxy", "v1.36.0-eksbuild.25"), Lock(), eks, TODAY).lock
    assert entry.support == "2027-08-02"


def test_an_add_on_without_a_version_has_to_name_one() -> None:
    [change] = run.resolve(addon("coredns", None), Lock(), Addons(), TODAY).changes
    assert change.status is Status.UNRESOLVED
    assert change.why == (
        "it has no version: set addonVersion, v1.14.3-eksbuild.23 is EKS' default today"
    )


@pytest.mark.parametrize(
    ("version", "known", "newest"),
    [
        ("1.7.0", ["1.7.0", "1.6.9", "1.10.0"], "1.10.0"),
        ("v1.7.0", ["1.8.0-rc.1", "latest", ""], ""),
        ("v1.1.1-eksbuild.9", ["v1.1.1-eksbuild.10"], "v1.1.1-eksbuild.10"),
        ("odd", ["1.0.0"], ""),
        ("1.0.0", [], ""),
    ],
)
def test_the_newest_release_is_known(version: str, known: list[str], newest: str) -> None:
    assert versions.newer(version, known) == newest


def test_a_custom_image_is_the_template_s() -> None:
    assert run.resolve(cluster("CUSTOM"), Lock(), None, TODAY).changes == ()


def stubbed(
    monkeypatch: pytest.MonkeyPatch, service: str, operation: str, request: Any, answer: Any
) -> Account:
    """An account whose one call botocore validates."""
    session = boto3.session.Session("key", "secret", region_name="eu-west-1")
    client = session.client(service)
    monkeypatch.setattr(session, "client", lambda *_, **__: client)
    stub = Stubber(client)
    stub.add_response(operation, answer, request)
    stub.activate()
    return Account(session)


def test_ssm_and_eks_are_asked_as_their_apis_say(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = "AL2023_x86_64_STANDARD"
    name = node_releases.parameter("1.36", kind)
    answer = {"Parameter": {"Name": name, "Value": "1.36.1-20260903"}}
    ssm = stubbed(monkeypatch, "ssm", "get_parameter", {"Name": name}, answer)
    [entry] = run.resolve(cluster(kind), Lock(), ssm, TODAY).lock
    assert entry.resolved == "1.36.1-20260903"
    request = {"addonName": "vpc-cni", "kubernetesVersion": "1.36"}
    offered = {"addonName": "vpc-cni", "addonVersions": [{"addonVersion": "v1.23.0-eksbuild.1"}]}
    eks = stubbed(monkeypatch, "eks", "describe_addon_versions", request, {"addons": [offered]})
    [change] = run.resolve(addon("vpc-cni", "v1.22.4-eksbuild.3"), Lock(), eks, TODAY).changes
    assert change.newer == "v1.23.0-eksbuild.1"


def test_an_endpoint_of_ecr_for_fips_is_ecr_too() -> None:
    registries = Registries()
    image = "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/churn"
    [entry] = run.resolve(manifest(f"{image}:1"), Lock(), registries, TODAY).lock
    assert entry.resolved == f"{image}@{IN_ECR}"
    assert registries.asked == ["ecr:batch_get_image us-east-1 churn"]


def test_a_private_registry_is_not_guessed_at() -> None:
    registries = Registries()
    [change] = run.resolve(manifest("r.example.com/a:1"), Lock(), registries, TODAY).changes
    assert "without credentials" in change.why
    assert registries.asked == []


def test_ecr_is_asked_as_its_api_says(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.session.Session("key", "secret", region_name="us-east-1")
    client = session.client("ecr")
    request = {
        "registryId": "123456789012",
        "repositoryName": "churn",
        "imageIds": [{"imageTag": "1"}],
        "acceptedMediaTypes": image_digests.MEDIA_TYPES,
    }
    found = {"imageId": {"imageDigest": IN_ECR, "imageTag": "1"}}
    monkeypatch.setattr(session, "client", lambda *_, **__: client)
    reference = Reference(Kind.IMAGE, ECR)
    with Stubber(client) as stub:
        stub.add_response("batch_get_image", {"images": [found]}, request)
        resolution = image_digests.resolve(Account(session), reference, "")
        stub.assert_no_pending_responses()
    assert resolution.resolved.endswith(f"churn@{IN_ECR}")
    with Stubber(client) as stub:
        stub.add_client_error("batch_get_image", "RepositoryNotFoundException")
        [change] = run.resolve(manifest(ECR), Lock(), Account(session), TODAY).changes
    assert "push it first" in change.why
