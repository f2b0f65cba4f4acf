"""Access that widens by IAM policies; and the table of who may do what."""

import json
from typing import Any

import pytest
from groundplan.diff.changes import Changes
from groundplan.manifest.model import Resource
from groundplan.risk.access_changes import AccessChange, access_changes
from risk_changes import change, resource, risks_of, stated

ROLE = resource("aws:iam/role:Role", "trainer")
BUCKET = resource("aws:s3/bucket:Bucket", "data")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, on: Any = "${data.arn}/*", **rest: Any) -> dict[str, Any]:
    return {"Sid": "Read", "Effect": "Allow", "Action": action, "Resource": on, **rest}


def deny(action: str) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": "*"}


def grant(*statements: dict[str, Any], name: str = "grant", role: Resource = ROLE) -> Resource:
    symbol = "${" + role.name + ".name}"
    return resource(
        "aws:iam/rolePolicy:RolePolicy",
        name,
        {"role": role},
        role=symbol,
        policy=document(*statements),
    )


def trust(principal: Any, name: str = "trainer", **rest: Any) -> Resource:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **rest}
    return resource("aws:iam/role:Role", name, assumeRolePolicy=document(statement))


def bucket_policy(*statements: dict[str, Any]) -> Resource:
    inputs = {"bucket": "${data.bucket}", "policy": document(*statements)}
    return resource("aws:s3/bucketPolicy:BucketPolicy", "share", {"bucket": BUCKET}, **inputs)


IN_ORG = "StringEquals aws:PrincipalOrgID o-1"
ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
FEWER = "under fewer conditions than before"
MAY = "The role trainer may now do"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            [allow("s3:GetObject")],
            [allow(["s3:GetObject", "s3:PutObject"])],
            [("medium", (f"{MAY} s3:PutObject on data/*."))],
        ),
        (
            [allow("s3:GetObject")],
            [allow("s3:GetObject", "*")],
            [("medium", (f"{MAY} s3:GetObject on everything."))],
        ),
        ([allow("s3:GetObject")], [allow("s3:*", "*")], [("high", f"{MAY} s3:* on everything.")]),
        (
            [allow("s3:GetObject")],
            [allow("*", "*")],
            [("high", (f"{MAY} everything on everything."))],
        ),
        ([], [allow("iam:PassRole", "*")], [("high", f"{MAY} iam:PassRole on everything.")]),
        (
            [allow("s3:GetObject", Condition=ORG)],
            [allow("s3:GetObject")],
            [("medium", f"{MAY} s3:GetObject on data/*, without the conditions of before.")],
        ),
        (
            [allow("s3:GetObject", Condition={"StringLike": {"s3:prefix": "a/*"}})],
            [allow("s3:GetObject", Condition={"StringLike": {"s3:prefix": ["a/*", "b/*"]}})],
            [
                (
                    "medium",
                    (
                        f"{MAY} s3:GetObject on data/*, where StringLike s3:prefix a/*, b/*, "
                        f"{FEWER}."
                    ),
                )
            ],
        ),
        ([allow("s3:GetObject")], [allow("s3:GetObject", Condition=ORG)], []),
        ([allow("s3:*")], [allow("s3:GetObject")], []),
        (
            [allow(["s3:GetObject", "s3:PutObject"])],
            [allow(["s3:putobject", "s3:GetObject"], Sid="Other")],
            [],
        ),
        ([allow("s3:Get*", ["${data.arn}/*"])], [allow("s3:GetObject", "${data.arn}/raw/*")], []),
        (
            [allow(["s3:GetObject", "s3:PutObject"])],
            [allow("s3:GetObject"), allow("s3:PutObject")],
            [],
        ),
        (
            [],
            [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
            [("high", f"{MAY} all but iam:* on everything.")],
        ),
        (
            [deny("s3:Delete*")],
            [],
            [("medium", "The role policy grant no longer denies s3:Delete* on everything.")],
        ),
        ([deny("s3:DeleteObject")], [deny("s3:*")], []),
    ],
)
def test_a_policy_that_allows_more_or_denies_less_is_reported(
    before: Any, after: Any, expected: Any
) -> None:
    statements = stated(change(grant(*before), grant(*after)), also=(ROLE, BUCKET))
    assert statements == [(level, "access", words) for level, words in expected]


def test_a_risk_names_the_statement_with_the_exact_actions_and_resources() -> None:
    (risk,) = risks_of(
        change(
            grant(allow("s3:GetObject")), grant(allow(["s3:GetObject", "s3:Put*"], Condition=ORG))
        ),
        also=(ROLE,),
    )
    assert (
        risk.because
        == "Read: Allow s3:Put* on ${data.arn}/* if StringEquals aws:PrincipalOrgID o-1"
    )


def test_a_statement_that_moves_to_another_policy_of_the_same_role_is_no_risk() -> None:
    first, second = allow("s3:GetObject"), allow("s3:PutObject")
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    assert (
        stated(
            change(grant(first, second, deny), grant(first)),
            change(None, grant(second, deny, name="b")),
            also=(ROLE,),
        )
        == []
    )


def test_a_policy_for_a_role_that_was_there_is_reported_and_for_a_new_one_only_its_wildcards() -> (
    None
):
    policy = grant(allow("s3:GetObject"))
    assert stated(change(None, policy), also=(ROLE,)) == [
        ("medium", "access", f"{MAY} s3:GetObject on data/*.")
    ]
    assert stated(change(None, ROLE), change(None, policy)) == []
    assert stated(change(None, ROLE), change(None, grant(allow("*", "*")))) == [
        ("high", "access", f"{MAY} everything on everything.")
    ]
    assert stated(change(None, ROLE), change(None, grant(allow("s3:*")))) == [
        ("low", "access", f"{MAY} s3:* on data/*.")
    ]


def test_access_to_what_is_new_itself_is_only_worth_a_look() -> None:
    assert stated(
        change(grant(), grant(allow("s3:GetObject"))), change(None, BUCKET), also=(ROLE,)
    ) == [("low", "access", f"{MAY} s3:GetObject on data/*.")]


def test_a_deleted_policy_removes_its_denials_unless_the_role_is_deleted_too() -> None:
    policy = grant(allow("*"), {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"})
    words = "The role policy grant no longer denies s3:DeleteObject on everything."
    assert stated(change(policy, None), also=(ROLE,)) == [("medium", "access", words)]
    assert stated(change(policy, None), change(ROLE, None)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            trust({"Service": "sagemaker.amazonaws.com"}),
            trust({"Service": ["sagemaker.amazonaws.com", "ec2.amazonaws.com"]}),
            [("medium", "ec2.amazonaws.com may now assume the role trainer.")],
        ),
        (trust({"AWS": "123456789012"}), trust({"AWS": "arn:aws:iam::123456789012:root"}), []),
        (trust({"AWS": "1"}), trust("*"), [("high", "Anyone may now assume the role trainer.")]),
        (
            trust({"AWS": "1"}),
            trust({"AWS": "*"}, Condition=ORG),
            [
                (
                    "medium",
                    (
                        "Anyone that meets the conditions may now assume the role trainer, where "
                        f"{IN_ORG}."
                    ),
                )
            ],
        ),
        (None, trust({"Service": "ec2.amazonaws.com"}), []),
        (
            None,
            trust({"AWS": "arn:aws:iam::999988887777:role/ci"}),
            [("medium", "role/ci of account 999988887777 may now assume the role trainer.")],
        ),
        (
            None,
            trust(
                {
                    "Federated": (
                        "arn:aws:iam::${aws.accountId}:oidc-provider/"
                        "token.actions.githubusercontent.com"
                    )
                }
            ),
            [
                (
                    "high",
                    (
                        "oidc-provider/token.actions.githubusercontent.com of this account may now "
                        "assume the role trainer."
                    ),
                )
            ],
        ),
    ],
)
def test_a_trust_that_grows_is_reported(
    before: Resource | None, after: Resource, expected: Any
) -> None:
    assert stated(change(before, after)) == [(level, "access", words) for level, words in expected]


def test_an_account_that_the_base_mentions_is_no_stranger() -> None:
    known = trust({"AWS": "arn:aws:iam::999988887777:role/ci"}, name="other")
    assert (
        stated(change(None, trust({"AWS": "arn:aws:iam::999988887777:role/ci"})), also=(known,))
        == []
    )


def test_a_resource_policy_that_allows_other_accounts_is_reported() -> None:
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${data.arn}/*"}
    before = bucket_policy({**own, "Principal": {"AWS": "${trainer.arn}"}})
    others = bucket_policy({**own, "Principal": {"AWS": ["${trainer.arn}", "999988887777"]}})
    assert stated(change(before, others), also=(BUCKET,)) == [
        ("medium", "access", "Account 999988887777 may now do s3:GetObject on data.")
    ]
    everyone = bucket_policy({**own, "Principal": "*"})
    expected = [("high", "access", "Anyone may now do s3:GetObject on data.")]
    assert stated(change(before, everyone), also=(BUCKET,)) == expected
    assert stated(change(None, BUCKET), change(None, everyone)) == expected
    assert stated(change(None, BUCKET), change(None, before)) == []
    narrowed = bucket_policy({**own, "Principal": "*", "Condition": ORG})
    assert stated(change(None, BUCKET), change(None, narrowed)) == []
    encrypted = bucket_policy(
        {**own, "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    )
    assert stated(change(before, encrypted), also=(BUCKET,))[0][0] == "high"


def test_a_policy_as_data_is_read_like_one_in_json() -> None:
    before = resource(
        "aws-native:iam:RolePolicy",
        "p",
        roleName="r",
        policyDocument={"Statement": [allow("s3:GetObject")]},
    )
    after = resource(
        "aws-native:iam:RolePolicy",
        "p",
        roleName="r",
        policyDocument={"Statement": [allow("*", "*")]},
    )
    assert [level for level, _, _ in stated(change(before, after))] == ["high"]


def test_a_vpc_endpoint_without_a_policy_allows_everything() -> None:
    def endpoint(**inputs: Any) -> Resource:
        return resource("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", serviceName="s3", **inputs)

    limited = endpoint(
        policy=document(
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}
        )
    )
    assert stated(change(endpoint(), limited)) == []
    assert [level for level, _, _ in stated(change(limited, endpoint()))] == ["low"]


ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


@pytest.mark.parametrize(
    ("arn", "existing", "fresh"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", "high", "high"),
        ("arn:aws:iam::aws:policy/PowerUserAccess", "high", "high"),
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "medium", "low"),
        ("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "medium", None),
    ],
)
def test_an_attached_policy_is_as_bad_as_its_name(
    arn: str, existing: str, fresh: str | None
) -> None:
    attachment = resource(ATTACHMENT, "a", {"role": ROLE}, role="${trainer.name}", policyArn=arn)
    assert [level for level, _, _ in stated(change(None, attachment), also=(ROLE,))] == [existing]
    assert [level for level, _, _ in stated(change(None, ROLE), change(None, attachment))] == (
        [fresh] if fresh else []
    )
    again = resource(ATTACHMENT, "b", {"role": ROLE}, role="${trainer.name}", policyArn=arn)
    assert stated(change(attachment, None), change(None, again), also=(ROLE,)) == [], (
        "the role had it before"
    )


def test_a_boundary_that_is_removed_is_reported() -> None:
    arn = "arn:aws:iam::123456789012:policy/bound"
    role = resource("aws:iam/role:Role", "r", permissionsBoundary=arn, path="/")
    words = "The role r is no longer limited by the boundary bound."
    assert stated(change(role, resource("aws:iam/role:Role", "r", path="/"))) == [
        ("medium", "access", words)
    ]


def test_the_table_has_a_row_for_each_part_of_a_statement_that_changes() -> None:
    before, after = (
        grant(allow("s3:GetObject", Condition=ORG)),
        grant(allow(["s3:GetObject", "s3:PutObject"], Condition=ORG)),
    )
    attachment = resource(
        ATTACHMENT,
        "a",
        {"role": ROLE},
        role="${trainer.name}",
        policyArn="arn:aws:iam::aws:policy/X",
    )
    changes = Changes(
        "base",
        (change(before, after), change(attachment, None), change(None, trust("*", "t"))),
        0,
    )
    assert access_changes(changes) == [
        AccessChange(
            "-",
            "a",
            attachment.urn,
            "Allow",
            "managed policy",
            "arn:aws:iam::aws:policy/X",
            "trainer",
        ),
        AccessChange(
            "+",
            "grant",
            after.urn,
            "Allow",
            "s3:PutObject",
            "${data.arn}/*",
            "trainer",
            "StringEquals aws:PrincipalOrgID o-1",
            "Read",
        ),
        AccessChange("+", "t", trust("*", "t").urn, "Allow", "sts:AssumeRole", "t", "*"),
    ]


def test_a_change_of_words_alone_has_no_row() -> None:
    before, after = (
        grant(allow(["s3:PutObject", "s3:GetObject"])),
        grant(allow(["s3:GetObject", "s3:PutObject"], Sid="Other")),
    )
    assert access_changes(Changes("base", (change(before, after),), 0)) == []
    assert access_changes(Changes("base", (), 0)) == []
