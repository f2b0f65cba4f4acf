"""What a plan doesn't have is never proved: it is undecided, or assumed and said so."""

import json

import pytest
from groundplan.proof import Proof, Verdict, prove
from isolation_plans import BUCKET, Data, add, allow, change, isolated, manifest, named, role

FOLDER = f"{BUCKET}/teams/forecasting/*"


def proof_of(data: Data) -> Proof:
    return prove(manifest(data))


def reasons(data: Data) -> list[str]:
    """Returns why claims are not decided; none is refuted."""
    proof = proof_of(data)
    assert proof.of(Verdict.REFUTED) == ()
    assert proof.verdict is Verdict.UNKNOWN
    return [result.reason for result in proof.of(Verdict.UNKNOWN)]


def test_a_policy_that_is_unknown_until_deployment_is_undecided() -> None:
    data = isolated()
    named(data, f"{role('research')}-policy")["inputs"]["policy"] = "${policies.json}"
    assert f"the plan doesn't have the policy of {role('research')}-policy" in reasons(data)


def test_a_managed_policy_without_known_statements_is_undecided() -> None:
    data = isolated()
    named(data, role("research"))["inputs"]["managedPolicyArns"] = [
        "arn:aws:iam::aws:policy/AmazonNewService"
    ]
    assert any("AmazonNewService" in reason for reason in reasons(data))


def test_a_role_from_outside_of_the_plan_is_undecided() -> None:
    data = isolated()
    association = named(data, "training-team-research-identity")["inputs"]
    association["roleArn"] = "arn:aws:iam::123456789012:role/by-hand"
    assert any("role/by-hand" in reason for reason in reasons(data))


@pytest.mark.parametrize(
    "resource",
    ["${stack.reference}/*", "arn:aws:s3:::${config.bucket}/*", "${any.thing}"],
)
def test_a_resource_that_may_be_the_bucket_is_undecided(resource: str) -> None:
    data = isolated()
    allow(data, "research", Action="s3:GetObject", Resource=resource)
    assert any("depends on values" in reason for reason in reasons(data))


def test_a_bucket_name_that_may_be_the_generated_one_is_undecided() -> None:
    data = isolated()
    arn = "arn:aws:s3:::artifacts-bucket-0a1b2c3/*"
    allow(data, "research", Action="s3:GetObject", Resource=arn)
    assert any("depends on values" in reason for reason in reasons(data))


def test_another_bucket_is_not_the_teams() -> None:
    data = isolated()
    add(data, "aws:s3/bucket:Bucket", "other", {})
    allow(data, "research", Action="s3:*", Resource="${other.arn}/*")
    assert proof_of(data).of(Verdict.REFUTED) == ()


def test_a_deny_of_the_bucket_that_the_plan_may_not_have_does_not_help() -> None:
    data = isolated()
    allow(data, "research", Action="s3:GetObject", Resource=FOLDER)
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::${config.bucket}/*"}
    change(data, f"{role('research')}-policy", lambda entries: entries.append(deny))
    assert proof_of(data).verdict is Verdict.REFUTED


def test_a_deny_that_applies_is_enough() -> None:
    data = isolated()
    allow(data, "research", Action="s3:GetObject", Resource=f"{BUCKET}/teams/*")
    deny = {
        "Effect": "Deny",
        "Action": "s3:*",
        "NotResource": [BUCKET, f"{BUCKET}/teams/research/*", f"{BUCKET}/datasets/fraud/*"],
    }
    change(data, f"{role('research')}-policy", lambda entries: entries.append(deny))
    assert proof_of(data).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalTag/groundplan:team": "forecasting"}},
        {"StringEquals": {"aws:PrincipalTag/unset": "x"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:topic"}},
        {"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": "forecasting"}},
        {"Bool": {"aws:SecureTransport": "false"}, "Null": {"aws:SecureTransport": "true"}},
    ],
    ids=str,
)
def test_a_condition_that_is_never_met_grants_nothing(condition: Data) -> None:
    data = isolated()
    allow(data, "research", Action="s3:GetObject", Resource=FOLDER, Condition=condition)
    assert proof_of(data).verdict is Verdict.PROVED


def test_a_condition_that_the_plan_cannot_decide_is_assumed_to_be_met() -> None:
    data = isolated()
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    allow(data, "research", Action="s3:GetObject", Resource=FOLDER, Condition=condition)
    (result, *_) = proof_of(data).of(Verdict.REFUTED)
    assert result.counterexample is not None
    (assumption,) = result.counterexample.assumptions
    assert assumption == (
        "the condition IpAddress aws:SourceIp 10.0.0.0/8 of statement Planted is met"
    )


def test_a_deny_with_a_condition_that_the_plan_cannot_decide_is_assumed_not_to_apply() -> None:
    data = isolated()
    allow(data, "research", Action="s3:GetObject", Resource=FOLDER)
    deny = {
        "Sid": "OutsideOfTheOffice",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    }
    change(data, f"{role('research')}-policy", lambda entries: entries.append(deny))
    (result, *_) = proof_of(data).of(Verdict.REFUTED)
    assert result.counterexample is not None
    assert "statement OutsideOfTheOffice" in result.counterexample.assumptions[0]


def test_a_permissions_boundary_limits_what_policies_allow() -> None:
    data = isolated()
    allow(data, "research", Action="s3:*", Resource="*")
    own = [f"{BUCKET}/teams/research/*", f"{BUCKET}/datasets/fraud/*"]
    entry = {"Effect": "Allow", "Action": "s3:*Object", "Resource": own}
    policy = {"policy": json.dumps({"Statement": [entry]})}
    add(data, "aws:iam/policy:Policy", "limits", policy)
    assert proof_of(data).verdict is Verdict.REFUTED
    named(data, role("research"))["inputs"]["permissionsBoundary"] = "${limits.arn}"
    assert proof_of(data).verdict is Verdict.PROVED


def test_a_role_of_the_account_that_a_bucket_policy_names_is_undecided() -> None:
    data = isolated()
    entry = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::${aws.accountId}:role/analyst"},
        "Action": "s3:GetObject",
        "Resource": FOLDER,
    }
    change(data, "artifacts-policy", lambda entries: entries.append(entry))
    assert any("whether it belongs to another team" in reason for reason in reasons(data))


def test_a_service_linked_role_in_a_key_policy_is_no_outsider() -> None:
    entries = json.loads(named(isolated(), "artifacts-key-key")["inputs"]["policy"])["Statement"]
    assert any(entry["Sid"] == "UseFsx" for entry in entries)
    claims = {r.claim: r.verdict for r in proof_of(isolated()).results}
    claim = "nobody outside of the plan uses the key artifacts-key-key"
    assert claims[claim] is Verdict.PROVED


def test_a_binding_to_rules_that_the_plan_does_not_have_is_undecided() -> None:
    data = isolated()
    inputs = {
        "metadata": {"name": "planted", "namespace": "forecasting"},
        "roleRef": {"kind": "ClusterRole", "name": "from-a-chart"},
        "subjects": [{"kind": "Group", "name": "research"}],
    }
    type_ = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
    add(data, type_, "planted", inputs, provider=True)
    assert any("ClusterRole from-a-chart" in reason for reason in reasons(data))


def test_a_file_system_of_another_team_is_not_shared() -> None:
    data = isolated()
    volume = named(data, "training-scratch-research-scratch-volume")["inputs"]["spec"]["csi"]
    volume["volumeHandle"] = "fs-0123456789abcdef0"
    dns = "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com"
    volume["volumeAttributes"] = {"dnsname": dns, "mountname": "abcdefgh"}
    assert proof_of(data).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("readonly", "verdict"),
    [
        ({"mountOptions": ["relatime", "ro"]}, Verdict.PROVED),
        # Drivers that attach nothing never learn of these.
        ({"accessModes": ["ReadOnlyMany"]}, Verdict.REFUTED),
        ({"readOnly": True}, Verdict.REFUTED),
    ],
    ids=str,
)
def test_a_directory_that_both_mount_read_only_is_not_shared(
    readonly: Data, verdict: Verdict
) -> None:
    data = isolated()
    for team in ("research", "forecasting"):
        spec = named(data, f"training-scratch-{team}-scratch-volume")["inputs"]["spec"]
        spec["csi"]["volumeAttributes"]["mountname"] = "${scratch-file-system.mountName}/common"
        (spec["csi"] if "readOnly" in readonly else spec).update(readonly)
    assert proof_of(data).verdict is verdict


def test_a_team_that_the_plan_does_not_name_is_passed() -> None:
    proof = prove(manifest(isolated()), {"people": ["research"], "others": ["forecasting"]})
    assert proof.teams == ("others", "people")
    assert proof.verdict is Verdict.PROVED


def verdict_with(type_: str, inputs: Data) -> Verdict:
    data = isolated()
    add(data, type_, "planted", inputs)
    return proof_of(data).verdict


def test_what_else_gives_access_to_a_bucket_is_not_overlooked() -> None:
    bucket = {"bucket": "${artifacts-bucket.id}"}
    point = "aws:s3/accessPoint:AccessPoint"
    assert verdict_with(point, bucket) is Verdict.UNKNOWN
    assert verdict_with(point, {"bucket": "another"}) is Verdict.PROVED
    acl = "aws:s3/bucketAcl:BucketAcl"
    assert verdict_with(acl, {**bucket, "acl": "public-read"}) is Verdict.UNKNOWN
    assert verdict_with(acl, {**bucket, "acl": "private"}) is Verdict.PROVED


def test_a_bucket_that_the_driver_mounts_by_its_own_role_is_mounted_by_entry() -> None:
    data = isolated()
    spec = named(data, "training-research-datasets-volume")["inputs"]["spec"]
    spec["csi"]["volumeAttributes"]["authenticationSource"] = "driver"
    assert proof_of(data).verdict is Verdict.REFUTED
    spec["mountOptions"] = ["prefix datasets/fraud/", "read-only"]
    assert proof_of(data).verdict is Verdict.PROVED


def test_service_accounts_that_the_plan_does_not_create_are_the_teams() -> None:
    data = isolated()
    inputs = {
        "metadata": {"name": "planted", "namespace": "forecasting"},
        "roleRef": {"kind": "ClusterRole", "name": "admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "any", "namespace": "research"}],
    }
    type_ = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
    add(data, type_, "planted", inputs, provider=True)
    assert proof_of(data).verdict is Verdict.REFUTED


def test_a_role_of_a_team_that_rbac_does_not_restrict_is_refuted() -> None:
    entry = {"principalArn": f"${{{role('research')}.arn}}", "kubernetesGroups": ["system:masters"]}
    assert verdict_with("aws:eks/accessEntry:AccessEntry", entry) is Verdict.REFUTED


def test_a_grant_of_a_key_counts_as_its_policy() -> None:
    grant = {"keyId": "${artifacts-key-key.keyId}", "operations": ["Decrypt"]}
    foreign = {**grant, "granteePrincipal": "arn:aws:iam::999999999999:root"}
    own = {**grant, "granteePrincipal": f"${{{role('research')}.arn}}"}
    assert verdict_with("aws:kms/grant:Grant", foreign) is Verdict.REFUTED
    assert verdict_with("aws:kms/grant:Grant", own) is Verdict.PROVED


def test_an_exclusive_list_of_policies_attaches_them() -> None:
    inputs = {
        "roleName": f"${{{role('research')}.name}}",
        "policyArns": ["arn:aws:iam::aws:policy/AmazonS3FullAccess"],
    }
    type_ = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
    assert verdict_with(type_, inputs) is Verdict.REFUTED


@pytest.mark.parametrize(
    ("namespace", "verdict"), [("research", Verdict.REFUTED), ("other", Verdict.PROVED)]
)
def test_a_role_for_service_accounts_is_the_namespaces(namespace: str, verdict: Verdict) -> None:
    data = isolated()
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "${oidc.arn}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"${oidc.url}:sub": f"system:serviceaccount:{namespace}:x"}},
    }
    add(data, "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "oidc", {"url": "x"})
    document = {"assumeRolePolicy": json.dumps({"Statement": [trust]})}
    add(data, "aws:iam/role:Role", "irsa", document)
    entry = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": FOLDER}
    policy = {"role": "${irsa.name}", "policy": json.dumps({"Statement": [entry]})}
    add(data, "aws:iam/rolePolicy:RolePolicy", "irsa-policy", policy)
    assert proof_of(data).verdict is verdict


@pytest.mark.parametrize(
    ("limit", "verdict"), [(1, Verdict.PROVED), (2, Verdict.REFUTED), (None, Verdict.REFUTED)]
)
def test_the_role_of_a_node_is_its_pods_where_they_reach_it(
    limit: int | None, verdict: Verdict
) -> None:
    data = isolated()
    add(data, "aws:iam/role:Role", "node", {"assumeRolePolicy": json.dumps({"Statement": []})})
    entry = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    policy = {"role": "${node.name}", "policy": json.dumps({"Statement": [entry]})}
    add(data, "aws:iam/rolePolicy:RolePolicy", "node-policy", policy)
    group: Data = {"nodeRoleArn": "${node.arn}"}
    if limit:
        options = {"metadataOptions": {"httpPutResponseHopLimit": limit}}
        add(data, "aws:ec2/launchTemplate:LaunchTemplate", "template", options)
        group["launchTemplate"] = {"id": "${template.id}", "version": "1"}
    add(data, "aws:eks/nodeGroup:NodeGroup", "nodes", group)
    assert proof_of(data).verdict is verdict


UNKNOWN = "${other.output}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("training-team-research-identity", ("namespace",)),
        ("tracking-log-training-team-research-access", ("role",)),
        ("artifacts-policy", ("policy",)),
        ("artifacts-policy", ("bucket",)),
        ("artifacts-key-key", ("policy",)),
        ("training-team-research-members", ("subjects",)),
        ("training-team-research-members", ("metadata", "namespace")),
        ("training-scratch-research-scratch-volume", ("spec",)),
        ("training-scratch-research-scratch-volume", ("spec", "csi")),
        (
            "training-scratch-research-scratch-volume",
            ("spec", "csi", "volumeAttributes", "mountname"),
        ),
        ("training-team-research-access", ("assumeRolePolicy",)),
    ],
    ids=str,
)
def test_what_is_unknown_until_deployment_is_not_proved(name: str, path: tuple[str, ...]) -> None:
    data = isolated()
    inputs = named(data, name)["inputs"]
    for key in path[:-1]:
        inputs = inputs[key]
    value = f"{inputs[path[-1]]}/{UNKNOWN}" if path[-1] == "mountname" else UNKNOWN
    inputs[path[-1]] = value
    assert reasons(data)


@pytest.mark.parametrize("path", ["podSelector", "ingress"])
def test_a_network_policy_that_is_unknown_isolates_nothing(path: str) -> None:
    data = isolated()
    policy = named(data, "training-team-forecasting-network-policy")["inputs"]["spec"]
    policy[path] = [{"from": [{"podSelector": UNKNOWN}]}] if path == "ingress" else UNKNOWN
    assert proof_of(data).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("directory", "verdict"),
    [
        ("/research", Verdict.PROVED),
        ("/", Verdict.REFUTED),
        ("/forecasting/raw", Verdict.REFUTED),
        (UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_access_points_of_efs_are_directories(directory: str, verdict: Verdict) -> None:
    data = isolated()
    for team, path in (("forecasting", "/forecasting"), ("research", directory)):
        add(data, "aws:efs/accessPoint:AccessPoint", team, {"rootDirectory": {"path": path}})
        spec = {
            "claimRef": {"namespace": team, "name": "home"},
            "csi": {
                "driver": "efs.csi.aws.com",
                "volumeHandle": f"${{efs.id}}::${{{team}.id}}",
            },
        }
        inputs = {"metadata": {"name": f"{team}-home"}, "spec": spec}
        add(data, "kubernetes:core/v1:PersistentVolume", f"{team}-home", inputs, provider=True)
    assert proof_of(data).verdict is verdict
