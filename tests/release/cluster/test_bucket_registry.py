"""The registry in a bucket: versions are written once, and decisions are final."""

import cluster_world as cluster
import pytest
from groundplan.data.versions import uses
from groundplan.release.cluster.registry import BucketRegistry
from groundplan.release.cluster.releases import registry_of
from groundplan.release.cluster.target import REGISTRY, TRAIL, ClusterTarget
from groundplan.release.engine.errors import Refused, Unreadable
from groundplan.retraining.engine.cluster import connection
from retraining_account import Account


@pytest.fixture
def account() -> Account:
    return cluster.furnish(Account()).account


def registry(account: Account) -> BucketRegistry:
    place = ClusterTarget.read("churn", cluster.TARGET)
    return registry_of(connection.clients(cluster.SETTINGS, account), place)


def test_a_version_says_where_it_comes_from(account: Account) -> None:
    found = registry(account).register(cluster.candidate(account))
    assert (found.number, found.id) == (1, "churn/1")
    assert found.objects["version_id"] == "null"
    assert set(found.datasets) == {"train"}
    assert found.code["revision"] == "89abcdef" * 5
    assert found.metrics == {"auc": 0.9}
    assert found.manifest["digest"].startswith("sha256:")
    assert found.registered_by.startswith("arn:aws:sts:")
    assert registry(account).versions() == [found]


def test_the_same_candidate_is_the_same_version(account: Account) -> None:
    first = registry(account).register(cluster.candidate(account))
    assert registry(account).register(cluster.candidate(account)) == first
    other = registry(account).register(cluster.candidate(account, metrics={"auc": 0.91}))
    assert [version.number for version in registry(account).versions()] == [2, 1]
    assert other.number == 2


def test_two_that_register_at_once_get_two_numbers(account: Account) -> None:
    """The other one registers between this one's list and its write."""
    others = [cluster.candidate(account, metrics={"auc": 0.95})]

    def before(operation: str) -> None:
        if operation == "put_object" and others:
            registry(account).register(others.pop())

    account.before = before
    found = registry(account).register(cluster.candidate(account))
    assert found.number == 2
    assert registry(account).describe(1).metrics == {"auc": 0.95}


def test_two_that_register_the_same_at_once_get_one_number(account: Account) -> None:
    others = [cluster.candidate(account)]

    def before(operation: str) -> None:
        if operation == "put_object" and others:
            registry(account).register(others.pop())

    account.before = before
    assert registry(account).register(cluster.candidate(account)).number == 1
    assert len(registry(account).versions()) == 1


def test_a_decision_is_final_and_a_rejection_counts_more(account: Account) -> None:
    known = registry(account)
    version = known.register(cluster.candidate(account))
    assert known.decision(1).approval == "PendingManualApproval"
    assert known.latest_approved() is None
    account.who = "assumed-role/approver/kim"
    assert known.approve(1, "better").by.endswith("approver/kim")
    account.who = "assumed-role/approver/lee"
    assert known.approve(1, "again").by.endswith("approver/kim")
    assert known.latest_approved() == version
    assert known.reject(1, "biased").approval == "Rejected"
    assert known.latest_approved() is None
    with pytest.raises(Refused, match="rejected, which is final"):
        known.approve(1, "no, it is not")
    assert known.register(cluster.candidate(account)).number == 2


def test_a_decision_needs_a_reason_and_a_version(account: Account) -> None:
    known = registry(account)
    with pytest.raises(Refused, match=r"has no version 4\. There are: none at all"):
        known.approve(4, "better")
    known.register(cluster.candidate(account))
    for decide in (known.approve, known.reject):
        with pytest.raises(Refused, match="needs a reason"):
            decide(1, " ")
    with pytest.raises(Refused, match="fraud/1 is no version of churn"):
        known.find("fraud/1")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "s3://artifacts/models/churn/9/model.tar.gz"}, "There is no model"),
        ({"image": "churn:latest"}, "an image by its digest"),
        ({"metrics": {}}, "at least one metric"),
        ({"manifest_uri": "s3://artifacts/gone.json"}, "there is nothing at"),
    ],
)
def test_what_is_incomplete_is_not_registered(
    account: Account, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        registry(account).register(cluster.candidate(account, **changes))
    assert account.keys("registry/") == []


def test_a_version_of_another_schema_is_not_read(account: Account) -> None:
    account.put("registry/churn/versions/00000001.json", '{"schema": 2}')
    with pytest.raises(Unreadable, match="no version of this schema"):
        registry(account).describe(1)
    assert registry(account).register(cluster.candidate(account)).number == 2


def test_garbage_collections_know_the_registry_and_its_releases(account: Account) -> None:
    """The data of a registered version are kept, though its run's record is gone."""
    assert uses.REGISTRY == REGISTRY
    assert TRAIL in uses.RECORDS
    found = registry(account).register(cluster.candidate(account))
    text = account.text("registry/churn/versions/00000001.json")
    assert set(found.datasets.values()) <= set(uses.references(text))
    uri = "s3://artifacts/registry/churn/versions/00000001.json"
    assert uses.model_of(uri) == found.id
