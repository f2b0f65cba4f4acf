from collections.abc import Iterator
from dataclasses import replace

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.check import check, component
from groundplan.policy.finding import Breach, Finding, Rule, Severity

BUCKET = "aws:s3/bucket:Bucket"


def resource(name: str, parent: Resource | None = None, custom: bool = True) -> Resource:
    kind = BUCKET if custom else "acme:index:Store"
    return Resource(f"urn:{name}", kind, name, parent.urn if parent else None, custom, {})


def manifest(*resources: Resource) -> Manifest:
    return Manifest("project", "test", tuple(sorted(resources, key=lambda r: r.urn)))


def every(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.custom:
        yield Breach(resource.urn, f"{resource.name} is there", "it")


def milder(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.custom:
        yield Breach(resource.urn, "so so", severity=Severity.LOW, fix="leave it")


EVERY = Rule("every", Severity.HIGH, "", "", "remove it", every)
MILDER = Rule("a-milder-one", Severity.HIGH, "", "", "remove it", milder)


def test_a_finding_has_rule_resource_reason_and_fix() -> None:
    outer = resource("store", custom=False)
    inner = resource("store-logs", outer, custom=False)
    bucket = resource("store-logs-bucket", inner)
    findings = check(
        manifest(outer, inner, bucket), lambda r: f"Pulumi.dev.yaml:{len(r.name)}", [EVERY]
    )
    assert findings == [
        Finding(
            rule="every",
            severity=Severity.HIGH,
            urn=bucket.urn,
            reason="store-logs-bucket is there",
            fix="remove it",
            property="it",
            source="Pulumi.dev.yaml:17",
            component="store",
        )
    ]


def test_findings_are_ordered_worst_first_then_by_rule_and_urn() -> None:
    resources = [resource("b"), resource("a")]
    findings = check(manifest(*resources), rules=[MILDER, EVERY])
    assert [(f.severity, f.rule, f.urn) for f in findings] == [
        (Severity.HIGH, "every", "urn:a"),
        (Severity.HIGH, "every", "urn:b"),
        (Severity.LOW, "a-milder-one", "urn:a"),
        (Severity.LOW, "a-milder-one", "urn:b"),
    ]
    assert [f.fix for f in findings] == ["remove it", "remove it", "leave it", "leave it"]
    assert check(manifest(*reversed(resources)), rules=[EVERY, MILDER]) == findings


def test_the_same_breach_is_reported_once() -> None:
    def twice(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
        yield Breach("urn:a", "reported for every resource")

    findings = check(manifest(resource("a"), resource("b")), rules=[replace(EVERY, check=twice)])
    assert [finding.urn for finding in findings] == ["urn:a"]


def test_an_empty_manifest_has_no_findings() -> None:
    assert check(manifest()) == []


def test_a_resource_belongs_to_its_outermost_component() -> None:
    outer = resource("store", custom=False)
    inner = resource("logs", outer, custom=False)
    bucket, alone = resource("bucket", inner), resource("alone")
    below = resource("below", alone)
    known = manifest(outer, inner, bucket, alone, below)
    assert [component(r, known) for r in (bucket, inner, outer, alone, below)] == [
        "store",
        "store",
        "store",
        "",
        "",
    ]
    assert component(replace(bucket, parent="urn:gone"), known) == ""
