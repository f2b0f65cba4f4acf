"""Mutations of an isolated plan, each of which gives one team access to another's data.

`KINDS` has one function per kind: it changes a plan, for a team and another whose data
it reaches, and takes what it varies from a random generator."""

import json
import random
from collections.abc import Callable
from typing import Any

from isolation_plans import (
    BUCKET,
    ENTRIES,
    Data,
    add,
    allow,
    change,
    named,
    of_type,
    role,
)

Kind = Callable[[Data, str, str, random.Random], object]
KINDS: list[Kind] = []
KEY = "${artifacts-key-key.arn}"
FOREIGN = ("999999999999", "arn:aws:iam::888888888888:root", "arn:aws:iam::777777777777:role/etl")


def kind(function: Kind) -> Kind:
    KINDS.append(function)
    return function


def _document(*entries: Data) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(entries)})


def _entry(**values: Any) -> Data:
    return {"Sid": "Planted", "Effect": "Allow", **values}


@kind
def a_wildcard_as_resource(data: Data, team: str, other: str, rng: random.Random) -> None:
    action = rng.choice(["s3:GetObject", "s3:Get*", "s3:*", "s3:PutObject", "*", "S3:GETOBJECT"])
    resource = rng.choice(["*", f"{BUCKET}/*", "arn:aws:s3:::*", f"{BUCKET}/teams/*", f"{BUCKET}*"])
    allow(data, team, Action=action, Resource=resource)


@kind
def a_widened_prefix(data: Data, team: str, other: str, rng: random.Random) -> None:
    cut = rng.randrange(len(other))
    prefix = rng.choice([f"teams/{other[:cut]}*", f"team?/{other}/*", f"teams/*/{other[:2]}*"])
    prefix = prefix if not prefix.startswith("teams/*/") else f"*/{other}/*"

    def widen(entries: list[Data]) -> None:
        for entry in entries:
            if entry["Sid"] in ("ReadObjects", "WriteObjects"):
                entry["Resource"] = f"{BUCKET}/{prefix}"

    change(data, f"{role(team)}-policy", widen)


@kind
def a_not_action(data: Data, team: str, other: str, rng: random.Random) -> None:
    excluded = rng.choice(["iam:*", "s3:Delete*", "s3:ListBucket", "kms:*"])
    allow(data, team, NotAction=[excluded], Resource=f"{BUCKET}/*")


@kind
def a_not_resource(data: Data, team: str, other: str, rng: random.Random) -> None:
    excluded = rng.choice(
        [f"{BUCKET}/datasets/*", f"{BUCKET}/teams/{team}/*", f"{BUCKET}/models/*"]
    )
    allow(data, team, Action="s3:GetObject", NotResource=[excluded])


@kind
def a_managed_policy(data: Data, team: str, other: str, rng: random.Random) -> None:
    name = rng.choice(["AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AdministratorAccess"])
    arn = f"arn:aws:iam::aws:policy/{name}"
    if rng.random() < 0.5:
        named(data, role(team))["inputs"]["managedPolicyArns"] = [arn]
        return
    inputs = {"role": f"${{{role(team)}.name}}", "policyArn": arn}
    add(data, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "planted", inputs)


@kind
def a_policy_of_the_plan_that_is_attached(
    data: Data, team: str, other: str, rng: random.Random
) -> None:
    entry = _entry(Action="s3:GetObject", Resource=f"{BUCKET}/teams/{other}/*")
    policy = {"policy": _document(entry)}
    add(data, "aws:iam/policy:Policy", "shared", policy)
    inputs = {"roles": [f"${{{role(team)}.name}}"], "policyArn": "${shared.arn}"}
    add(data, "aws:iam/policyAttachment:PolicyAttachment", "planted", inputs)


@kind
def an_inline_policy(data: Data, team: str, other: str, rng: random.Random) -> None:
    entry = _entry(
        Action=["s3:PutObject"], Resource=[f"{BUCKET}/teams/{other}/{rng.choice('ab')}*"]
    )
    policy = {"name": "planted", "policy": _document(entry)}
    named(data, role(team))["inputs"]["inlinePolicies"] = [policy]


@kind
def a_trust_of_everyone(data: Data, team: str, other: str, rng: random.Random) -> None:
    principal = rng.choice(["*", {"AWS": "*"}, {"AWS": list(FOREIGN[:2])}, {"AWS": FOREIGN[2]}])
    entry = _entry(Action="sts:AssumeRole", Principal=principal)
    change(data, role(other), lambda entries: entries.append(entry), "assumeRolePolicy")


@kind
def a_trust_of_another_teams_role(data: Data, team: str, other: str, rng: random.Random) -> None:
    session = f"arn:aws:sts::${{aws.accountId}}:assumed-role/${{{role(team)}.name}}/pod"
    arn = rng.choice([f"${{{role(team)}.arn}}", session])
    entry = _entry(Action=["sts:AssumeRole", "sts:TagSession"], Principal={"AWS": [arn]})
    change(data, role(other), lambda entries: entries.append(entry), "assumeRolePolicy")


@kind
def a_trust_of_the_account(data: Data, team: str, other: str, rng: random.Random) -> None:
    account = rng.choice(["${aws.accountId}", "arn:aws:iam::${aws.accountId}:root"])
    entry = _entry(Action="sts:*", Principal={"AWS": account})
    change(data, role(other), lambda entries: entries.append(entry), "assumeRolePolicy")
    allow(
        data, team, Action="sts:AssumeRole", Resource=rng.choice(["*", f"${{{role(other)}.arn}}"])
    )


@kind
def a_trust_of_pods_by_oidc(data: Data, team: str, other: str, rng: random.Random) -> None:
    subject = rng.choice([f"system:serviceaccount:{team}:*", "system:serviceaccount:*", "system:*"])
    condition = {"StringLike": {"oidc.example.com/id/0:sub": subject}}
    entry = _entry(
        Action="sts:AssumeRoleWithWebIdentity",
        Principal={
            "Federated": "arn:aws:iam::${aws.accountId}:oidc-provider/oidc.example.com/id/0"
        },
        Condition=condition,
    )
    change(data, role(other), lambda entries: entries.append(entry), "assumeRolePolicy")


@kind
def a_pod_identity_of_another_team(data: Data, team: str, other: str, rng: random.Random) -> None:
    name = f"training-team-{team}-identity"
    inputs = dict(named(data, name)["inputs"]) | {"roleArn": f"${{{role(other)}.arn}}"}
    if rng.random() < 0.5:
        named(data, name)["inputs"] = inputs
        return
    inputs["serviceAccount"] = rng.choice(["default", "training-2"])
    add(data, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "planted", inputs)


@kind
def a_role_that_reads_everything(data: Data, team: str, other: str, rng: random.Random) -> None:
    trust = _entry(Action="sts:AssumeRole", Principal={"AWS": f"${{{role(team)}.arn}}"})
    inputs = {"assumeRolePolicy": _document(trust)}
    add(data, "aws:iam/role:Role", "reader", inputs)
    entry = _entry(Action="s3:GetObject", Resource=f"{BUCKET}/teams/*")
    policy = {"role": "${reader.id}", "policy": _document(entry)}
    add(data, "aws:iam/rolePolicy:RolePolicy", "reader-policy", policy)


@kind
def a_role_that_is_passed_on(data: Data, team: str, other: str, rng: random.Random) -> None:
    service = rng.choice(["sagemaker", "lambda", "ec2"])
    trust = _entry(Action="sts:AssumeRole", Principal={"Service": f"{service}.amazonaws.com"})
    add(data, "aws:iam/role:Role", "batch", {"assumeRolePolicy": _document(trust)})
    entry = _entry(Action="s3:*", Resource=f"{BUCKET}/*")
    policy = {"role": "${batch.id}", "policy": _document(entry)}
    add(data, "aws:iam/rolePolicy:RolePolicy", "batch-policy", policy)
    allow(data, team, Action="iam:PassRole", Resource=rng.choice(["*", "${batch.arn}"]))


@kind
def a_change_of_permissions(data: Data, team: str, other: str, rng: random.Random) -> None:
    action = rng.choice(
        ["iam:PutRolePolicy", "iam:Attach*", "iam:UpdateAssumeRolePolicy", "eks:*", "iam:*"]
    )
    allow(data, team, Action=action, Resource="*")


@kind
def a_change_of_the_buckets_policy(data: Data, team: str, other: str, rng: random.Random) -> None:
    action = rng.choice(["s3:PutBucketPolicy", "s3:PutBucket*", "s3:Delete*"])
    allow(data, team, Action=action, Resource=BUCKET)


@kind
def a_bucket_policy_for_everyone(data: Data, team: str, other: str, rng: random.Random) -> None:
    principal = rng.choice(["*", {"AWS": "*"}, {"AWS": FOREIGN[0]}, {"AWS": [FOREIGN[2]]}])
    resource = rng.choice([f"{BUCKET}/*", f"{BUCKET}/teams/{other}/*"])
    entry = _entry(
        Action=rng.choice(["s3:GetObject", "s3:*"]), Principal=principal, Resource=resource
    )
    change(data, "artifacts-policy", lambda entries: entries.append(entry))


@kind
def a_bucket_policy_for_another_team(data: Data, team: str, other: str, rng: random.Random) -> None:
    principal = {"AWS": [f"${{{role(team)}.arn}}"]}
    entry = _entry(Action="s3:GetObject", Resource=f"{BUCKET}/teams/{other}/*")
    if rng.random() < 0.5:
        entry |= {"NotPrincipal": {"AWS": f"${{{role(other)}.arn}}"}}
    else:
        entry |= {"Principal": principal}
    change(data, "artifacts-policy", lambda entries: entries.append(entry))


@kind
def a_key_policy_for_everyone(data: Data, team: str, other: str, rng: random.Random) -> None:
    principal = rng.choice(["*", {"AWS": "*"}, {"AWS": FOREIGN[0]}])
    action = rng.choice(["kms:Decrypt", "kms:*", ["kms:Encrypt", "kms:Decrypt"]])
    entry = _entry(Action=action, Principal=principal, Resource="*")
    change(data, "artifacts-key-key", lambda entries: entries.append(entry))


@kind
def a_change_of_the_keys_policy(data: Data, team: str, other: str, rng: random.Random) -> None:
    action = rng.choice(["kms:PutKeyPolicy", "kms:CreateGrant", "kms:*"])
    allow(data, team, Action=action, Resource=rng.choice([KEY, "*", "arn:aws:kms:*:*:key/*"]))


@kind
def a_list_of_another_teams_keys(data: Data, team: str, other: str, rng: random.Random) -> None:
    prefix = rng.choice([None, "*", "teams/*", f"teams/{other}/*", "teams/"])
    operator = rng.choice(["StringLike", "StringLikeIfExists"])
    condition = {} if prefix is None else {"Condition": {operator: {"s3:prefix": prefix}}}
    allow(data, team, Action="s3:ListBucket", Resource=BUCKET, **condition)


@kind
def a_policy_variable(data: Data, team: str, other: str, rng: random.Random) -> None:
    key = rng.choice(["team", "project"])
    named(data, role(team))["inputs"]["tags"][key] = other
    resource = f"{BUCKET}/teams/${{aws:PrincipalTag/{key}}}/*"
    allow(data, team, Action="s3:GetObject", Resource=resource)


@kind
def a_condition_that_is_met(data: Data, team: str, other: str, rng: random.Random) -> None:
    condition = rng.choice(
        [
            {"StringEquals": {"aws:PrincipalTag/groundplan:team": team}},
            {"StringNotEquals": {"aws:PrincipalTag/groundplan:team": "nobody"}},
            {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{role(team)}-*"}},
            {"Null": {"aws:SourceArn": "true"}},
            {"Bool": {"aws:SecureTransport": "true"}},
            {"StringEqualsIfExists": {"aws:SourceAccount": "111111111111"}},
            {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        ]
    )
    resource = f"{BUCKET}/teams/{other}/*"
    allow(data, team, Action="s3:GetObject", Resource=resource, Condition=condition)


@kind
def a_deny_that_does_not_apply(data: Data, team: str, other: str, rng: random.Random) -> None:
    allow(data, team, Action="s3:*", Resource=f"{BUCKET}/teams/*")
    deny = {
        "Effect": "Deny",
        "Action": rng.choice(["s3:Put*", "s3:GetObjectAcl"]),
        "Resource": rng.choice([f"{BUCKET}/teams/{other}/*", "*"]),
    }
    change(data, f"{role(team)}-policy", lambda entries: entries.append(deny))


@kind
def an_entry_that_is_not_named(data: Data, team: str, other: str, rng: random.Random) -> None:
    collection = rng.choice(["datasets", "models", "checkpoints"])
    pattern = rng.choice(["*", f"{ENTRIES[team]}*", "?*/2026/*"])
    action = rng.choice(["s3:GetObject", "s3:PutObject"])
    allow(data, team, Action=action, Resource=f"{BUCKET}/{collection}/{pattern}")


@kind
def a_folder_that_both_write(data: Data, team: str, other: str, rng: random.Random) -> None:
    folder = rng.choice(["scratch", "mlflow", "shared/tmp"])
    for name in (team, other):
        allow(data, name, Action=["s3:GetObject", "s3:PutObject"], Resource=f"{BUCKET}/{folder}/*")


@kind
def a_secret_of_another_team(data: Data, team: str, other: str, rng: random.Random) -> None:
    inputs = {"name": f"{other}/token", "tags": {"groundplan:team": other}}
    add(data, "aws:secretsmanager/secret:Secret", "token", inputs)
    resource = rng.choice(["${token.arn}", "*", "arn:aws:secretsmanager:*:*:secret:*"])
    allow(data, team, Action="secretsmanager:GetSecretValue", Resource=resource)


@kind
def a_directory_of_another_team(data: Data, team: str, other: str, rng: random.Random) -> None:
    directory = rng.choice(["", "/", "/teams", f"/teams/{other}", f"/teams/{other}/models"])
    spec = named(data, f"training-scratch-{team}-scratch-volume")["inputs"]["spec"]
    spec["csi"]["volumeAttributes"]["mountname"] = "${scratch-file-system.mountName}" + directory
    if rng.random() < 0.3:
        spec["accessModes"] = ["ReadOnlyMany"]


@kind
def a_volume_that_anyone_claims(data: Data, team: str, other: str, rng: random.Random) -> None:
    volume = named(data, f"training-scratch-{other}-scratch-volume")
    del volume["inputs"]["spec"]["claimRef"]
    claim = f"training-scratch-{other}-scratch-claim"
    if rng.random() < 0.5:
        named(data, claim)["inputs"]["metadata"]["namespace"] = team
        return
    data["resources"] = [r for r in data["resources"] if r["name"] != claim]


@kind
def a_folder_of_the_node(data: Data, team: str, other: str, rng: random.Random) -> None:
    path = rng.choice(["/mnt/cache", "/var/lib", "/"])
    for name, where in ((team, path), (other, "/mnt/cache/models" if path != "/var/lib" else path)):
        template = {
            "spec": {
                "containers": [{"name": "main"}],
                "volumes": [{"name": "cache", "hostPath": {"path": where}}],
            }
        }
        inputs = {"metadata": {"name": "cache", "namespace": name}, "spec": {"template": template}}
        add(data, "kubernetes:apps/v1:DaemonSet", f"cache-{name}", inputs, provider=True)


@kind
def a_namespace_with_privileged_pods(data: Data, team: str, other: str, rng: random.Random) -> None:
    labels = named(data, f"training-team-{team}-namespace")["inputs"]["metadata"]["labels"]
    label = "pod-security.kubernetes.io/enforce"
    if rng.random() < 0.5:
        labels[label] = "privileged"
    else:
        del labels[label]


def _policy(data: Data, team: str) -> Data:
    return named(data, f"training-team-{team}-network-policy")


@kind
def a_missing_network_policy(data: Data, team: str, other: str, rng: random.Random) -> None:
    name = rng.choice([f"training-team-{other}", "training-jobs"]) + "-network-policy"
    data["resources"] = [r for r in data["resources"] if r["name"] != name]
    for own in (team, other):  # the way out is open too
        _policy_or_none(data, own)["egress"] = [{}]


def _policy_or_none(data: Data, team: str) -> Data:
    found = [r for r in of_type(data, ":NetworkPolicy") if team in r["name"]]
    spec: Data = found[0]["inputs"]["spec"] if found else {}
    return spec


@kind
def a_network_policy_that_lets_in(data: Data, team: str, other: str, rng: random.Random) -> None:
    peer = rng.choice(
        [
            {"namespaceSelector": {}},
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": team}}},
            {"namespaceSelector": {"matchLabels": {"groundplan/jobs": "queued"}}},
            {"ipBlock": {"cidr": "10.0.0.0/8"}},
            {
                "namespaceSelector": {
                    "matchExpressions": [
                        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["x"]}
                    ]
                }
            },
        ]
    )
    rule: Data = {"from": [peer]}
    if rng.random() < 0.5:
        rule["ports"] = [{"port": 8443, "protocol": "TCP"}]
    _policy(data, other)["inputs"]["spec"]["ingress"].append(rule)
    _policy(data, team)["inputs"]["spec"]["egress"].append(
        {"ports": [{"port": 8000, "endPort": 9000}]}
    )


@kind
def a_network_policy_of_some_pods(data: Data, team: str, other: str, rng: random.Random) -> None:
    spec = _policy(data, other)["inputs"]["spec"]
    if rng.random() < 0.5:
        spec["podSelector"] = {"matchLabels": {"app": "trainer"}}
    else:
        spec["policyTypes"] = ["Egress"]


@kind
def network_policies_that_are_not_enforced(
    data: Data, team: str, other: str, rng: random.Random
) -> None:
    inputs = named(data, "training-vpc-cni")["inputs"]
    inputs["configurationValues"] = rng.choice(["{}", '{"enableNetworkPolicy":"false"}'])


@kind
def a_role_binding(data: Data, team: str, other: str, rng: random.Random) -> None:
    subject = rng.choice(
        [
            {"kind": "Group", "name": team},
            {"kind": "Group", "name": "system:authenticated"},
            {"kind": "Group", "name": f"system:serviceaccounts:{team}"},
            {"kind": "ServiceAccount", "name": "training", "namespace": team},
        ]
    )
    reference = rng.choice(
        [
            {"kind": "Role", "name": "team-member"},
            {"kind": "ClusterRole", "name": "edit"},
            {"kind": "ClusterRole", "name": "view"},
        ]
    )
    inputs = {
        "metadata": {"name": "planted", "namespace": other},
        "roleRef": reference,
        "subjects": [subject],
    }
    type_ = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
    add(data, type_, "planted", inputs, provider=True)


@kind
def a_cluster_role_binding(data: Data, team: str, other: str, rng: random.Random) -> None:
    rule = rng.choice(
        [
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]},
            {"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": ["*"]},
            {"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["get"]},
        ]
    )
    group = "kubernetes:rbac.authorization.k8s.io/v1"
    role_inputs = {"metadata": {"name": "helper"}, "rules": [rule]}
    add(data, f"{group}:ClusterRole", "helper", role_inputs, provider=True)
    inputs = {
        "metadata": {"name": "helper"},
        "roleRef": {"kind": "ClusterRole", "name": "helper"},
        "subjects": [{"kind": "Group", "name": team}],
    }
    add(data, f"{group}:ClusterRoleBinding", "planted", inputs, provider=True)


@kind
def an_access_policy_of_eks(data: Data, team: str, other: str, rng: random.Random) -> None:
    scope = rng.choice([{"type": "cluster"}, {"type": "namespace", "namespaces": [other]}])
    policy = rng.choice(
        ["AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]
    )
    inputs = {
        "clusterName": "groundplan-rich-sagemaker-training",
        "principalArn": f"${{{role(team)}.arn}}",
        "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
        "accessScope": scope,
    }
    add(data, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "planted", inputs)
