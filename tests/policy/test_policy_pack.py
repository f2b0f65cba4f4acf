"""What the engine shows, as `pulumi_policy` hands it over: proxies that raise where a
value isn't known, numbers as floats."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from groundplan.policy import pack
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.rules import RULES


class Unknown(Exception):
    pass


NOT_KNOWN = object()


class DictProxy(Mapping[str, Any]):
    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getitem__(self, key: str) -> Any:
        return proxied(self._values[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class ListProxy(Sequence[Any]):
    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def __getitem__(self, key: Any) -> Any:
        return proxied(self._values[key])

    def __len__(self) -> int:
        return len(self._values)


def proxied(value: Any) -> Any:
    if value is NOT_KNOWN:
        raise Unknown
    if isinstance(value, dict):
        return DictProxy(value)
    return ListProxy(value) if isinstance(value, list) else value


@dataclass
class Shown:
    urn: str
    resource_type: str
    name: str
    props: Any = field(default_factory=dict)
    opts: Any = field(default_factory=lambda: SimpleNamespace(protect=False))
    provider: Any = "a provider"
    parent: Any = None
    property_dependencies: Any = field(default_factory=dict)


STACK = Shown(
    "urn:pulumi:prod::ml::pulumi:pulumi:Stack::ml-prod",
    "pulumi:pulumi:Stack",
    "ml-prod",
    provider=None,
)
BUCKET = Shown(
    "urn:pulumi:prod::ml::aws:s3/bucket:Bucket::data", "aws:s3/bucket:Bucket", "data", parent=STACK
)


def rule(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)


def test_values_become_plain() -> None:
    shown = proxied(
        {
            "port": 443.0,
            "ratio": 0.5,
            "on": True,
            "none": None,
            "deep": [{"arn": NOT_KNOWN}, "x"],
            "file": object(),
        }
    )
    assert pack.plain(shown, Unknown) == {
        "port": 443,
        "ratio": 0.5,
        "on": True,
        "none": None,
        "deep": [{"arn": "${unknown}"}, "x"],
        "file": {"asset": "object"},
    }
    assert isinstance(pack.plain(443.0, Unknown), int)


def test_a_stack_becomes_a_manifest() -> None:
    component = Shown(
        "urn:pulumi:prod::ml::acme:index:Store::store",
        "acme:index:Store",
        "store",
        provider=None,
        parent=STACK,
    )
    inner = Shown(
        "urn:pulumi:prod::ml::aws:kms/key:Key::key", "aws:kms/key:Key", "key", parent=component
    )
    inner.opts.protect = True
    policy = Shown(
        "urn:pulumi:prod::ml::aws:s3/bucketPolicy:BucketPolicy::p",
        "aws:s3/bucketPolicy:BucketPolicy",
        "p",
    )
    policy.property_dependencies = {"bucket": [BUCKET], "policy": []}
    policy.props = proxied({"bucket": NOT_KNOWN, "policy": "an output"})
    manifest = pack.manifest_of(
        [STACK, inner, component, BUCKET, policy], {policy.urn: {"policy": "an input"}}, Unknown
    )
    assert (manifest.project, manifest.stack) == ("ml", "prod")
    assert [resource.urn for resource in manifest] == sorted(
        r.urn for r in (STACK, inner, component, BUCKET, policy)
    )
    assert manifest.by_urn[inner.urn].parent == component.urn
    assert manifest.by_urn[inner.urn].option("protect") is True
    assert manifest.by_urn[component.urn].parent is None
    assert (manifest.by_urn[component.urn].custom, manifest.by_urn[inner.urn].custom) == (
        False,
        True,
    )
    assert manifest.by_urn[policy.urn].inputs == {"policy": "an input"}
    assert manifest.by_urn[policy.urn].property_dependencies == {"bucket": (BUCKET.urn,)}
    assert pack.manifest_of([policy], {}, Unknown).by_urn[policy.urn].inputs == {
        "bucket": "${unknown}",
        "policy": "an output",
    }
    assert pack.manifest_of([], {}, Unknown).resources == ()


def test_the_rules_judge_it() -> None:
    block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    shown = Shown(
        "urn:block",
        block,
        "block",
        proxied(dict.fromkeys(switches, True)),
        property_dependencies={"bucket": [BUCKET]},
    )
    check_rule = rule("bucket-public-access-blocked")
    assert (
        list(
            pack.breaches(
                check_rule, pack.manifest_of([BUCKET, shown], {}, Unknown), pack.MANDATORY
            )
        )
        == []
    )
    (breach,) = pack.breaches(check_rule, pack.manifest_of([BUCKET], {}, Unknown), pack.MANDATORY)
    assert pack.violation_text(check_rule, breach) == (
        "bucket data has no public access block: anyone who may change its policy can make it "
        "public. "
        "Fix: add an aws.s3.BucketPublicAccessBlock for the bucket, with all four settings true."
    )


def test_a_breach_is_reported_with_its_property_and_its_own_fix() -> None:
    breach = Breach("urn:it", "it is open", "ingress[0]", fix="close it")
    assert (
        pack.violation_text(rule("security-group-not-open"), breach)
        == "it is open (ingress[0]). Fix: close it."
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "trust-without-wildcard",
            [("trust-without-wildcard", True), ("trust-without-wildcard-advice", False)],
        ),
        ("bucket-versioned", [("bucket-versioned", False)]),
        ("no-secret-in-environment", [("no-secret-in-environment", False)]),
    ],
)
def test_only_what_is_grave_stops_a_deployment(name: str, expected: list[tuple[str, bool]]) -> None:
    parts = list(pack.parts(rule(name)))
    assert [(part, stops) for part, stops, _ in parts] == expected
    assert [severity for _, _, severities in parts for severity in severities] == list(Severity)


def test_a_mild_breach_of_a_grave_rule_does_not_stop_a_deployment() -> None:
    trust = (
        '{"Statement": {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, '
        '"Action": "sts:AssumeRole"}}'
    )
    role = Shown(
        "urn:pulumi:prod::ml::aws:iam/role:Role::r",
        "aws:iam/role:Role",
        "r",
        {"assumeRolePolicy": trust},
    )
    manifest = pack.manifest_of([role], {}, Unknown)
    (stopping, _, grave), (_, _, mild) = pack.parts(rule("trust-without-wildcard"))
    assert list(pack.breaches(rule(stopping), manifest, grave)) == []
    assert [breach.severity for breach in pack.breaches(rule(stopping), manifest, mild)] == [
        Severity.LOW
    ]


def test_names_of_policies_are_distinct() -> None:
    names = [name for rule in RULES for name, _, _ in pack.parts(rule)]
    assert len(set(names)) == len(names)


def test_a_component_has_the_fix_of_settings_too() -> None:
    check_rule = rule("data-protected")
    child = "urn:pulumi:dev::ml::groundplan:index:ArtifactBucket$aws:s3/bucket:Bucket::a-bucket"
    alone = "urn:pulumi:dev::ml::aws:s3/bucket:Bucket::a-bucket"
    of_child, of_alone = (
        pack.violation_text(check_rule, Breach(urn, "it is not protected"))
        for urn in (child, alone)
    )
    assert of_child.endswith(". In settings: set deletionProtection to true.")
    assert "In settings" not in of_alone
