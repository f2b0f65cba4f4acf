"""Properties of all rules."""

import pathlib
import re
import string
import subprocess
import sys
from typing import Any

import pytest
from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy import rules
from groundplan.policy.check import check
from groundplan.policy.finding import Rule
from groundplan.policy.rules import RULES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FOLDER = pathlib.Path(rules.__file__).parent
TOKEN = re.compile(r'"((?:aws|kubernetes|eks):[\w./]+:\w+)"')
TYPES = sorted(
    {
        token
        for file in [*FOLDER.glob("*.py"), *FOLDER.parent.glob("*.py")]
        for token in TOKEN.findall(file.read_text())
    }
    | {token for entry in catalog.CATALOG.types for token in entry.tokens}
)


def test_every_file_is_a_rule_in_the_list_by_name() -> None:
    files = sorted(
        file.stem.replace("_", "-") for file in FOLDER.glob("*.py") if file.stem != "__init__"
    )
    assert [rule.name for rule in RULES] == files
    assert len(RULES) == 35


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_a_summary_a_reason_a_fix_and_a_source(rule: Rule) -> None:
    assert rule.url.startswith("https://")
    assert rule.summary.endswith(".")
    assert rule.reason.endswith(".")
    assert rule.fix
    assert rule.fix[0].islower()
    assert not rule.fix.endswith(".")
    tests = pathlib.Path(__file__).parent / f"test_{rule.name.replace('-', '_')}.py"
    assert tests.exists()


# Inputs by the names that the rules read, with any value.
KEYS = sorted(
    {
        word
        for file in FOLDER.parent.rglob("*.py")
        for word in re.findall(r'"([a-zA-Z]+)"', file.read_text())
    }
)
DOCUMENT = '{"Statement": [{"Effect": "Allow"}]}'
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 70000)
    | st.text(string.printable, max_size=8)
    | st.sampled_from(
        ["${it.arn}", "[secret]", "*", "Allow", "0.0.0.0/0", "::/0", DOCUMENT, "x:latest"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(TYPES), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
        ),
        max_size=3,
    )
)
def test_no_input_raises_in_a_rule(entries: list[tuple[str, dict[str, Any]]]) -> None:
    resources = [
        Resource(
            f"urn:{index}",
            kind,
            f"it-{index}",
            None,
            True,
            inputs,
            property_dependencies={"bucket": ("urn:0",)},
        )
        for index, (kind, inputs) in enumerate(entries)
    ]
    check(Manifest("project", "test", tuple(resources)))


def test_types_are_known_to_try() -> None:
    assert len(TYPES) > 80
    assert "aws:sagemaker/endpoint:Endpoint" in TYPES


def test_the_rules_take_work_in_proportion_to_the_resources() -> None:
    def calls(count: int) -> int:
        manifest = Manifest(
            "project", "test", tuple(resource for n in range(count) for resource in buckets(n))
        )
        called_times = 0

        def called(*_: object) -> None:
            nonlocal called_times
            called_times += 1

        sys.setprofile(called)
        try:
            assert check(manifest)
        finally:
            sys.setprofile(None)
        return called_times

    def buckets(n: int) -> tuple[Resource, Resource]:
        bucket = Resource(f"urn:bucket:{n}", "aws:s3/bucket:Bucket", f"b{n}", None, True, {})
        inputs = {"bucket": f"${{b{n}.id}}", "policy": '{"Statement": []}'}
        policy = Resource(
            f"urn:policy:{n}",
            "aws:s3/bucketPolicy:BucketPolicy",
            f"p{n}",
            None,
            True,
            inputs,
            property_dependencies={"bucket": (bucket.urn,)},
        )
        return bucket, policy

    calls(20)  # what is cached the first time
    assert calls(1000) < 15 * calls(
        100
    )  # ten times the resources; a hundred times the work if each looked at all


def test_a_huge_document_is_read_to_its_end() -> None:
    # With an expression that backtracks, this would not return.
    statement = '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}'
    policy = f'{{"Statement": [{", ".join([statement] * 5000)}]}}'
    role = Resource(
        "urn:p",
        "aws:iam/rolePolicy:RolePolicy",
        "p",
        None,
        True,
        {"policy": policy, "note": "-a." * 100_000},
    )
    assert check(Manifest("project", "test", (role,))) == []


def test_the_rules_do_not_need_pulumi() -> None:
    code = (
        "import sys, groundplan.policy.check, groundplan.policy.settings_lines; print('pulumi' "
        "in sys.modules)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert output == "False\n"
