"""The policy pack honours what a stack accepts: the pack's own module, with a stand-in
for pulumi_policy."""

import datetime
import json
import pathlib
import runpy
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pulumi
import pytest
from groundplan.manifest.accepted_findings import Written
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy import accepted
from groundplan.policy.finding import Breach
from groundplan.policy.rules import RULES

ROOT = pathlib.Path(__file__).parents[2]
URN = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::data"
ENTRY = {
    "rule": "bucket-public-access-blocked",
    "resource": "data",
    "reason": "the account blocks public access",
    "owner": "ml-platform",
    "expires": (datetime.date.today() + datetime.timedelta(30)).isoformat(),
}
OLD = {**ENTRY, "expires": "2026-01-31"}
RULE = next(rule for rule in RULES if rule.name == ENTRY["rule"])


class Pack:
    """The violations of the pack's policies, by policy."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, config: dict[str, str]) -> None:
        self.policies: list[Any] = []
        stub: Any = ModuleType("pulumi_policy")
        stub.EnforcementLevel = SimpleNamespace(MANDATORY="mandatory", ADVISORY="advisory")
        stub.PolicyPack = lambda _name, policies, **_: self.policies.extend(policies)
        for name in ("ResourceValidationPolicy", "StackValidationPolicy"):
            setattr(stub, name, lambda **given: SimpleNamespace(**given))
        for name in ("ReportViolation", "ResourceValidationArgs", "StackValidationArgs"):
            setattr(stub, name, object)
        stub.Severity = str
        proxy: Any = ModuleType("pulumi_policy.proxy")
        proxy.UnknownValueError = KeyError
        monkeypatch.setitem(sys.modules, "pulumi_policy", stub)
        monkeypatch.setitem(sys.modules, "pulumi_policy.proxy", proxy)
        monkeypatch.setattr(
            pulumi,
            "Config",
            lambda space: SimpleNamespace(get=lambda key: config.get(f"{space}:{key}")),
        )
        runpy.run_path(str(ROOT / "policy" / "__main__.py"), run_name="pack")

    def violations(self, *resources: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for policy in self.policies[1:]:
            texts: list[str] = []
            policy.validate(
                SimpleNamespace(resources=[bucket(), *resources]),
                lambda text, _urn="", texts=texts: texts.append(text),
            )
            if texts:
                found[policy.name] = texts
        return found


def bucket() -> Any:
    return shown(URN, "aws:s3/bucket:Bucket", "data", {}, provider="a provider")


def shown(urn: str, type_: str, name: str, props: dict[str, Any], provider: Any = None) -> Any:
    return SimpleNamespace(
        urn=urn,
        resource_type=type_,
        name=name,
        props=props,
        provider=provider,
        parent=None,
        opts=SimpleNamespace(protect=False),
        property_dependencies={},
    )


@pytest.fixture
def pack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> Callable[[dict[str, str]], Pack]:
    monkeypatch.setenv("GROUNDPLAN_PROJECT", str(tmp_path))
    monkeypatch.setenv("PWD", str(tmp_path))
    return lambda config: Pack(monkeypatch, config)


def test_without_acceptances_a_finding_is_a_violation(pack: Callable[..., Pack]) -> None:
    found = pack({}).violations()
    assert RULE.name in found
    assert not {"accepted-findings", "accepted-findings-valid"} & set(found)


@pytest.mark.parametrize("space", ["groundplan", "shop"])
def test_the_settings_accept_a_finding(pack: Callable[..., Pack], space: str) -> None:
    found = pack({f"{space}:acceptedFindings": json.dumps([ENTRY])}).violations()
    assert RULE.name not in found
    (text,) = found["accepted-findings"]
    assert text.startswith(f"Accepted until {ENTRY['expires']}: {RULE.name} of data.")
    assert "Owner: ml-platform." in text


def test_the_file_beside_the_program_accepts_a_finding(
    pack: Callable[..., Pack], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n")
    (tmp_path / "accepted.dev.yaml").write_text(json.dumps({"acceptedFindings": [ENTRY]}))
    assert RULE.name not in pack({}).violations()
    (tmp_path / "Pulumi.yaml").write_text("name: another\nruntime: nodejs\n")
    assert RULE.name in pack({}).violations()


def test_the_program_accepts_a_finding(pack: Callable[..., Pack]) -> None:
    urn = "urn:pulumi:dev::shop::groundplan:index:AcceptedFinding::ok"
    registered = shown(urn, "groundplan:index:AcceptedFinding", "ok", {**ENTRY, "resource": URN})
    assert RULE.name not in pack({}).violations(registered)


def test_an_expired_acceptance_is_a_violation_that_says_so(pack: Callable[..., Pack]) -> None:
    found = pack({"groundplan:acceptedFindings": json.dumps([OLD])}).violations()
    (text,) = found[RULE.name]
    assert "Its acceptance by ml-platform EXPIRED on 2026-01-31." in text
    assert found["accepted-findings"][0].startswith("EXPIRED on 2026-01-31")


def test_an_invalid_or_unused_acceptance_is_reported(pack: Callable[..., Pack]) -> None:
    entries = [{**ENTRY, "owner": ""}, {**ENTRY, "resource": "gone"}]
    found = pack({"groundplan:acceptedFindings": json.dumps(entries)}).violations()
    assert RULE.name in found
    (problem,) = found["accepted-findings-valid"]
    assert "groundplan:acceptedFindings[0].owner" in problem
    assert found["accepted-findings"][0].startswith("Unused: ")


def test_of_two_acceptances_the_one_that_holds_counts() -> None:
    manifest = Manifest(
        "shop", "dev", (Resource(URN, "aws:s3/bucket:Bucket", "data", None, True, {}),)
    )
    files = Written((OLD, {**ENTRY, "resource": URN}), ())
    known = accepted.of_stack(manifest, files, datetime.date.today())
    assert known.is_accepted(RULE, Breach(URN, "open"))
