"""Moving references are resolved, once and by choice."""

import datetime
import hashlib
import json
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.locks import file
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.lock import image_digests, run
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
    for each in (applied, ALL):
        assert len(run.check(each, first).of(Status.SAME)) == 3
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
        resolution = image_digests.resolve(Account(session), reference)
        stub.assert_no_pending_responses()
    assert resolution.resolved.endswith(f"churn@{IN_ECR}")
    with Stubber(client) as stub:
        stub.add_client_error("batch_get_image", "RepositoryNotFoundException")
        [change] = run.resolve(manifest(ECR), Lock(), Account(session), TODAY).changes
    assert "push it first" in change.why
