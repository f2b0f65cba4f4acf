"""The catalog: its entries are consistent, and one new entry is enough for all
readers."""

import importlib
import pkgutil
import re

import pytest
from groundplan import catalog
from groundplan.catalog import aws, kubernetes
from groundplan.catalog.resource_type import DataStore, Free, Priced, ResourceType, Unpriced
from groundplan.cost.estimate import ESTIMATORS, estimate
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.check import check
from groundplan.report.summary_inputs import highlights
from groundplan.risk.analysis import analyze

CUSTOM_RESOURCES = (
    "eks.amazonaws.com",
    "gateway.networking.k8s.io",
    "jobset.x-k8s.io",
    "karpenter.k8s.aws",
    "karpenter.sh",
    "keda.sh",
    "kubeflow.org",
    "kueue.x-k8s.io",
    "monitoring.coreos.com",
    "ray.io",
    "serving.kserve.io",
    "trainer.kubeflow.org",
)
"""API groups that the SDK of pulumi-kubernetes doesn't have: CustomResourceDefinitions
of charts."""

ENTRIES = catalog.CATALOG.types


def python_class(token: str) -> str:
    """`pulumi_aws.s3.Bucket` for `aws:s3/bucket:Bucket`,
    `pulumi_kubernetes.apps.v1.Deployment` for `kubernetes:apps/v1:Deployment`."""
    package, module, name = token.split(":")
    if package == "aws":
        module = module.split("/")[0].replace("lambda", "lambda_")
    else:
        module = re.sub(r"\.(k8s\.io|sh)(?=/)|\.authorization\.k8s\.io(?=/)", "", module)
        module = module.replace("/", ".")
    return f"pulumi_{package}.{module}.{name}"


def in_sdk(token: str) -> bool:
    package, module, _ = token.split(":")
    return package in ("aws", "kubernetes") and module.split("/")[0] not in CUSTOM_RESOURCES


@pytest.mark.parametrize("token", [t for entry in ENTRIES for t in entry.tokens if in_sdk(t)])
def test_every_token_is_a_class_of_the_locked_provider(token: str) -> None:
    module, _, name = python_class(token).rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_tokens_outside_of_the_sdks_are_aws_natives_or_custom_resources() -> None:
    others = [t for entry in ENTRIES for t in entry.tokens if not in_sdk(t)]
    assert all(
        token.startswith("aws-native:")
        or (
            token.startswith("kubernetes:")
            and token.split(":")[1].split("/")[0] in CUSTOM_RESOURCES
        )
        for token in others
    )


def test_no_token_key_or_alias_is_there_twice() -> None:
    tokens = [token for entry in ENTRIES for token in entry.tokens]
    assert len(tokens) == len(set(tokens))
    keys = [key for entry in ENTRIES for key in {entry.key, *entry.aliases}]
    assert len(keys) == len(set(keys))


def test_every_entry_is_priced_free_with_a_reason_or_unpriced() -> None:
    for entry in ENTRIES:
        match entry.cost:
            case Priced(estimator):
                assert estimator in ESTIMATORS, entry.token
            case Free(reason):
                assert reason, entry.token
            case cost:
                assert cost == Unpriced(), entry.token


def test_every_estimator_has_a_type() -> None:
    used = {entry.cost.estimator for entry in ENTRIES if isinstance(entry.cost, Priced)}
    assert used == set(ESTIMATORS)


def test_every_entry_has_a_display_name() -> None:
    names = [entry.name for entry in ENTRIES]
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9 ]+", name)] == []


def test_every_file_has_the_types_of_its_service_in_order() -> None:
    for package in (aws, kubernetes):
        for module in pkgutil.iter_modules(package.__path__):
            types = importlib.import_module(f"{package.__name__}.{module.name}").TYPES
            assert types, module.name
            assert all(isinstance(entry, ResourceType) for entry in types)
            assert [entry.key for entry in types] == sorted(entry.key for entry in types)
            groups = {entry.token.split(":")[1].split("/")[0] for entry in types}
            assert (
                package is kubernetes
                or groups == {module.name.removesuffix("_")}
                or all(
                    entry.token.startswith("aws-native:") or in_sdk(entry.token) for entry in types
                )
            )


@pytest.mark.parametrize(
    ("token", "current"),
    [
        ("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"),
        ("aws-native:s3:Bucket", "aws:s3/bucket:Bucket"),
        ("aws:alb/listener:Listener", "aws:lb/listener:Listener"),
        ("aws-native:eks:Nodegroup", "aws:eks/nodeGroup:NodeGroup"),
        ("eks:index:ManagedNodeGroup", "aws:eks/nodeGroup:NodeGroup"),
        ("kubernetes:apps/v1beta1:StatefulSet", "kubernetes:apps/v1:StatefulSet"),
        (
            "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
            "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
        ),
    ],
)
def test_a_type_is_found_by_tokens_of_all_versions_and_packages(token: str, current: str) -> None:
    entry = catalog.find(token)
    assert entry
    assert entry.token == current


def test_a_price_is_that_of_the_provider_whose_inputs_it_reads() -> None:
    assert catalog.cost("aws:s3/bucketV2:BucketV2") == Priced("s3-bucket")
    assert catalog.cost("aws-native:s3:Bucket") == Unpriced()


def test_the_settings_of_an_old_load_balancer_are_free_as_those_of_a_new_one() -> None:
    assert isinstance(catalog.cost("aws:alb/targetGroup:TargetGroup"), Free)
    assert isinstance(
        catalog.cost("aws:ec2/securityGroupAssociation:SecurityGroupAssociation"), Free
    )


def test_an_unknown_type_has_a_derived_name_and_no_price() -> None:
    token = "aws:keyspaces/wideTable:WideTable"
    assert catalog.find(token) is None
    assert (catalog.key(token), catalog.display_name(token)) == (
        "keyspaces.WideTable",
        "wide table",
    )
    assert catalog.cost(token) == Unpriced()
    assert catalog.cost("random:index/randomId:RandomId") == Free("nothing in the cloud")


# --- one entry is all that a new type needs

TABLE = "aws:keyspaces/table:Table"


def table(name: str = "features") -> Resource:
    inputs = {"tableName": "features", "keyspaceName": "ml", "comment": {"message": "long"}}
    return Resource(f"urn:pulumi:dev::shop::{TABLE}::{name}", TABLE, name, None, True, inputs, {})


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> ResourceType:
    """An entry for a type that the catalog doesn't have, added for one test."""
    added = ResourceType(
        (TABLE,),
        "Keyspaces table",
        cost=Free("charged by request"),
        summary=("keyspace=keyspaceName",),
        data=DataStore("all its rows", needs_protection=True),
    )
    monkeypatch.setattr(catalog, "CATALOG", catalog.Catalog((*ENTRIES, added)))
    return added


def risks() -> list[str]:
    deleted = Change(Kind.DELETE, table(), None, ())
    before, after = Manifest("shop", "dev", (table(),)), Manifest("shop", "dev", ())
    return [risk.words for risk in analyze(Changes("base", (deleted,), 0), before, after)]


def test_without_an_entry_a_type_is_no_data_store_and_has_no_price() -> None:
    assert risks() == []
    assert len(estimate(Manifest("shop", "dev", (table(),))).unknown) == 1


@pytest.mark.usefixtures("entry")
def test_an_entry_is_all_that_the_tree_the_risks_the_costs_and_the_policy_need() -> None:
    assert highlights(table().inputs, of=TABLE)[0] == "keyspace=ml"
    assert risks() == ["The Keyspaces table features is deleted, with all its rows."]
    assert estimate(Manifest("shop", "dev", (table(),))).free == (table().urn,)
    findings = check(Manifest("shop", "dev", (table(),)))
    assert [finding.rule for finding in findings] == ["data-protected"]
