"""`aws.iam.get_policy_document`, as the provider computes it."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.manifest.invoke_results import result
from groundplan.manifest.policy_documents import InvalidPolicyDocument
from groundplan.manifest.recorder import ProgramContext, record
from groundplan.policy.check import check

TOKEN = "aws:iam/getPolicyDocument:getPolicyDocument"


def document(**arguments: Any) -> dict[str, Any]:
    answer = result(TOKEN, arguments, "us-east-1", {})
    assert answer["json"] == answer["minifiedJson"]
    parsed: dict[str, Any] = json.loads(answer["json"])
    return parsed


def statement(**arguments: Any) -> dict[str, Any]:
    (only,) = document(statements=[arguments])["Statement"]
    return dict(only)


def allow(sid: str, action: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}


def text(*statements: dict[str, Any], **also: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **also})


def sids(**arguments: Any) -> list[tuple[str, Any]]:
    return [(s.get("Sid", ""), s["Action"]) for s in document(**arguments)["Statement"]]


OWN = [{"sid": "Own", "actions": ["a:Own"], "resources": ["*"]}]


def test_sources_come_first_in_their_order_then_the_own_statements_then_overrides() -> None:
    assert sids(
        sourcePolicyDocuments=[text(allow("A", "a:1"), allow("B", "b:1")), text(allow("C", "c:1"))],
        statements=OWN,
        overridePolicyDocuments=[text(allow("New", "n:1"))],
    ) == [
        ("A", "a:1"),
        ("B", "b:1"),
        ("C", "c:1"),
        ("Own", ["a:Own"]),
        ("New", "n:1"),
    ]


def test_a_statement_replaces_the_one_before_it_that_has_its_sid_in_its_place() -> None:
    assert sids(
        sourcePolicyDocuments=[text(allow("Own", "a:1"), allow("B", "b:1"))],
        statements=OWN,
        overridePolicyDocuments=[text(allow("B", "b:2")), text(allow("B", "b:3"))],
    ) == [("Own", ["a:Own"]), ("B", "b:3")]


def test_statements_without_a_sid_are_all_part_of_it() -> None:
    nameless = {"Effect": "Deny", "Action": "x:1", "Resource": "*"}
    both = sids(sourcePolicyDocuments=[text(nameless)], overridePolicyDocuments=[text(nameless)])
    assert both == [("", "x:1"), ("", "x:1")]


def test_the_former_arguments_for_one_document_are_read_too() -> None:
    assert sids(
        sourceJson=text(allow("A", "a:1")),
        statements=OWN,
        overrideJson=text(allow("A", "a:2")),
    ) == [("A", "a:2"), ("Own", ["a:Own"])]


def test_version_and_id_are_those_of_the_newest_and_the_last_document() -> None:
    assert document(statements=OWN)["Version"] == "2012-10-17"
    assert document(statements=OWN, version="2008-10-17", policyId="x") == {
        "Version": "2008-10-17",
        "Id": "x",
        "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": ["a:Own"], "Resource": ["*"]}],
    }
    merged = document(
        sourcePolicyDocuments=[text(Id="source")],
        version="2008-10-17",
        statements=OWN,
        overridePolicyDocuments=[text(Id="override")],
    )
    assert (merged["Version"], merged["Id"]) == ("2012-10-17", "override")


def test_a_single_statement_that_is_no_list_is_read() -> None:
    source = json.dumps({"Statement": allow("A", "a:1")})
    assert sids(sourcePolicyDocuments=[source, None, ""]) == [("A", "a:1")]


def test_every_principals_block_is_part_of_the_statement() -> None:
    blocks = [
        {"type": "AWS", "identifiers": ["a"]},
        {"type": "Service", "identifiers": ["s"]},
        {"type": "AWS", "identifiers": ["c", "b", "a"]},
    ]
    both = {"AWS": ["a", "c", "b"], "Service": ["s"]}
    assert statement(principals=blocks)["Principal"] == both
    assert statement(notPrincipals=blocks)["NotPrincipal"] == both


@pytest.mark.parametrize("others", [[], [{"type": "AWS", "identifiers": ["a"]}]])
def test_everyone_includes_all_other_principals(others: list[dict[str, Any]]) -> None:
    everyone = {"type": "*", "identifiers": ["*"]}
    assert statement(principals=[everyone, *others])["Principal"] == "*"
    assert statement(principals=[*others, everyone])["Principal"] == "*"
    anyone = statement(principals=[{"type": "AWS", "identifiers": ["*"]}])
    assert anyone["Principal"] == {"AWS": ["*"]}


def test_conditions_of_one_test_and_variable_have_all_values_in_order() -> None:
    assert statement(
        conditions=[
            {"test": "StringLike", "variable": "s3:prefix", "values": ["b", "a"]},
            {"test": "StringLike", "variable": "aws:userid", "values": ["u"]},
            {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
            {"test": "StringLike", "variable": "s3:prefix", "values": ["c"]},
        ]
    )["Condition"] == {
        "StringLike": {"s3:prefix": ["b", "a", "c"], "aws:userid": ["u"]},
        "Bool": {"aws:SecureTransport": ["true"]},
    }


def test_every_element_of_a_statement_is_used() -> None:
    assert statement(
        sid="S",
        effect="Deny",
        notActions=["a:1", "a:2", "a:1"],
        notResources=["r"],
    ) == {"Sid": "S", "Effect": "Deny", "NotAction": ["a:2", "a:1"], "NotResource": ["r"]}


def test_policy_variables_have_the_spelling_of_iam() -> None:
    rendered = statement(
        resources=["arn:aws:s3:::b/&{aws:username}/*"],
        principals=[{"type": "AWS", "identifiers": ["&{x}"]}],
        conditions=[{"test": "StringLike", "variable": "v", "values": ["&{aws:userid}"]}],
    )
    assert rendered["Resource"] == ["arn:aws:s3:::b/${aws:username}/*"]
    assert rendered["Principal"] == {"AWS": ["${x}"]}
    assert rendered["Condition"] == {"StringLike": {"v": ["${aws:userid}"]}}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"statements": [*OWN, *OWN]}, r"duplicate Sid \(Own\)"),
        (
            {"sourcePolicyDocuments": [text(allow("A", "a:1")), text(allow("A", "a:2"))]},
            r"duplicate Sid \(A\) in source_policy_documents",
        ),
        ({"sourcePolicyDocuments": ["no"]}, "source_policy_documents has a text"),
        ({"overridePolicyDocuments": ['{"Statement": 1}']}, "override_policy_documents has a text"),
        (
            {"version": "2008-10-17", "statements": [{"resources": ["&{aws:username}"]}]},
            "need a newer version",
        ),
    ],
)
def test_what_the_provider_refuses_is_an_error(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidPolicyDocument, match=message):
        document(**arguments)


def test_a_document_that_is_not_known_makes_the_result_unknown() -> None:
    for source, name in (
        ("${shared.json}", "shared"),
        ("${getPolicy(name=x).policy}", "getPolicy"),
        ("${unknown until shared}", "shared"),
    ):
        for argument in ("sourcePolicyDocuments", "overridePolicyDocuments"):
            answer = result(TOKEN, {argument: [source], "statements": OWN}, "us-east-1", {})
            assert answer["json"] == f"${{unknown until {name}}}"


def test_a_finding_on_a_statement_of_a_source_document_is_reported() -> None:
    def program() -> None:
        everything: Any = {"sid": "All", "actions": ["*"], "resources": ["*"]}
        source: Any = aws.iam.get_policy_document_output(statements=[everything]).json
        merged = aws.iam.get_policy_document_output(source_policy_documents=[source]).json
        aws.iam.RolePolicy("policy", role="r", policy=merged)

    findings = check(record(program, ProgramContext("shop", "dev")))
    assert "policy" in {finding.urn.rsplit("::", 1)[-1] for finding in findings}


def test_a_merged_document_of_the_program_has_its_symbols() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("bucket")
        read: Any = {"sid": "Read", "actions": ["s3:GetObject"], "resources": [bucket.arn]}
        source: Any = aws.iam.get_policy_document_output(statements=[read]).json
        merged = aws.iam.get_policy_document_output(source_policy_documents=[source])
        pulumi.export("resource", merged.json.apply(lambda t: json.loads(t)["Statement"][0]))
        user: Any = {
            "sid": "Own",
            "actions": ["s3:*"],
            "resources": ["arn:aws:s3:::b/&{aws:username}"],
        }
        own = aws.iam.get_policy_document_output(statements=[user]).json
        pulumi.export("decided", own.apply(lambda t: "yes" if "aws:username" in t else "no"))

    assert record(program, ProgramContext("shop", "dev")).outputs == {
        "resource": {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["${bucket.arn}"],
        },
        "decided": "yes",
    }
