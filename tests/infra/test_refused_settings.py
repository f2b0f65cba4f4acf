"""What AWS or Kubernetes refuses, or never starts, is refused when settings are read.

One table of settings that were accepted once, or could be: each is refused at the key
that is wrong, and nowhere else.
"""

import json
from typing import Any

import pytest
from configuration import InvalidSettings, describe

ACCOUNT = "123456789012"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
ENDPOINT = {"image": IMAGE, "instanceType": "ml.m5.large"}
ARCHIVE = "models/churn/1/model.tar.gz"
REGISTRY = {**ENDPOINT, "release": "registry", "modelPackageGroup": "churn", "modelData": ARCHIVE}
URL = "https://login.example.com"
OIDC = {
    "issuer": URL,
    "authorizationEndpoint": URL,
    "tokenEndpoint": URL,
    "userInfoEndpoint": URL,
    "secretName": "oidc",
}
CARD = {"owner": "ml", "purpose": "a", "intendedUses": "b", "riskRating": "low"}
GPU = {"gpu": {"instanceType": "g5.12xlarge", "maxSize": 2}}

Sections = dict[str, Any]


def endpoint(**args: Any) -> Sections:
    return {"endpoints": {"churn": {**ENDPOINT, **args}}}


def training(**args: Any) -> Sections:
    role = f"arn:aws:iam::{ACCOUNT}:role/platform"
    return {"training": {"administrators": [role], "pools": GPU, **args}}


def pool(**args: Any) -> Sections:
    return training(pools={"a": {"instanceType": "g5.xlarge", "maxSize": 1, **args}})


def service(**args: Any) -> Sections:
    return {**training(), "services": {"chat": {"image": IMAGE, "pool": "gpu", **args}}}


def ingress(**args: Any) -> Sections:
    base = {
        "host": "chat.example.com",
        "certificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0",
        "fromNetworks": ["10.0.0.0/16"],
        "authentication": {"oidc": OIDC},
    }
    return service(ingress={**base, **args})


def vllm(**args: Any) -> Sections:
    model = {"model": "Qwen/Qwen3-8B", "revision": "b968826d"}
    return service(engine="vllm", image=None, vllm=model, **args)


def subscriber(protocol: str, address: str) -> Sections:
    return {"monitoring": {"subscribers": {"oncall": {"protocol": protocol, "endpoint": address}}}}


def tracking(**args: Any) -> Sections:
    return {"tracking": {"server": "managed", **args}}


def database(**args: Any) -> Sections:
    return {**training(), "tracking": {"server": "cluster", "cluster": {"database": args}}}


def releases(**args: Any) -> Sections:
    return {"endpoints": {"churn": REGISTRY}, "models": {"groups": {"churn": {}}}, "releases": args}


def images(**args: Any) -> Sections:
    return {"images": {"repositories": ["trainer"], **args}}


def group(**args: Any) -> Sections:
    return {"models": {"groups": {"churn": args}}}


FOLDER = "services.chat.writablePaths"
VARIABLES = "endpoints.churn.environment"
AT_OIDC = "services.chat.ingress.authentication.oidc"

REFUSED: list[tuple[Sections, str]] = [
    # Folders.
    (service(writablePaths=["/a", "/a"]), f"{FOLDER}[1]"),
    (service(writablePaths=["/a", "/a/../a"]), f"{FOLDER}[1]"),
    (service(writablePaths=["/a", "/a/"]), f"{FOLDER}[1]"),
    (service(writablePaths=["/a", "/a/b"]), f"{FOLDER}[1]"),
    (service(writablePaths=["/a/b", "/a"]), f"{FOLDER}[1]"),
    (service(writablePaths=["/var/run/secrets/kubernetes.io/serviceaccount"]), f"{FOLDER}[0]"),
    # Tags and labels.
    ({"tags": {"aws:team": "ml"}}, "tags.aws:team"),
    ({"tags": {"AWS:team": "ml"}}, "tags.AWS:team"),
    ({"tags": {"": "ml"}}, "tags"),
    ({"tags": {"k" * 129: "ml"}}, f"tags.{'k' * 129}"),
    ({"tags": {"team": "v" * 257}}, "tags.team"),
    ({"tags": {"team": "a\x1b"}}, "tags.team"),
    ({"tags": {"team": "a\nb"}}, "tags.team"),
    ({"tags": {"team": "a<b"}}, "tags.team"),
    ({"tags": {"te?am": "a"}}, "tags.te?am"),
    ({"tags": {"Team": "a", "team": "b"}}, "tags.team"),
    ({"tags": {f"k{n}": "v" for n in range(50)}}, "tags"),
    (pool(labels={"a" * 64: "x"}), f"training.pools.a.labels.{'a' * 64}"),
    (pool(labels={"team": "a b"}), "training.pools.a.labels.team"),
    (pool(labels={"a..b/c": "x"}), "training.pools.a.labels.a..b/c"),
    # Variables of SageMaker.
    (endpoint(environment={f"K{n}": "v" for n in range(101)}), VARIABLES),
    (endpoint(environment={"A": "v" * 1025}), f"{VARIABLES}.A"),
    (endpoint(environment={"A" * 1025: "v"}), f"{VARIABLES}.{'A' * 1025}"),
    (endpoint(environment={"1A": "v"}), f"{VARIABLES}.1A"),
    (endpoint(environment={"A": "\x00"}), f"{VARIABLES}.A"),
    # Control characters.
    (endpoint(modelData="models/a\x1b/1/model.tar.gz"), "endpoints.churn.modelData"),
    (endpoint(modelData="models/a\n/1/model.tar.gz"), "endpoints.churn.modelData"),
    (ingress(host="chat.example.com\n"), "services.chat.ingress.host"),
    (subscriber("email", "a@example.com\x7f"), "monitoring.subscribers.oncall.endpoint"),
    (group(description="a\x07"), "models.groups.churn.description"),
    (group(description="a\nb"), "models.groups.churn.description"),
    (group(card={**CARD, "purpose": "a\x00"}), "models.groups.churn.card.purpose"),
    (training(clusterName="a\tb"), "training.clusterName"),
    # Networks.
    (training(publicAccessCidrs=["0.0.0.0/2", "64.0.0.0/2"]), "training.publicAccessCidrs"),
    (training(publicAccessCidrs=["0.0.0.0/0"]), "training.publicAccessCidrs[0]"),
    (training(publicAccessCidrs=["::/0"]), "training.publicAccessCidrs[0]"),
    (training(publicAccessCidrs=["203.0.113.0/24"] * 2), "training.publicAccessCidrs[1]"),
    (training(privateAccessCidrs=["10.0.0.0/16"]), "training.privateAccessCidrs[0]"),
    (ingress(fromNetworks=["0.0.0.0/1", "128.0.0.0/1"]), "services.chat.ingress.fromNetworks"),
    ({"network": {"interfaceEndpoints": ["ecr-api"]}}, "network.interfaceEndpoints[0]"),
    # Addresses.
    *(
        (ingress(authentication={"oidc": {**OIDC, key: "http://a.b"}}), f"{AT_OIDC}.{key}")
        for key in ("issuer", "authorizationEndpoint", "tokenEndpoint", "userInfoEndpoint")
    ),
    (ingress(host="https://chat.example.com"), "services.chat.ingress.host"),
    (ingress(certificateArn="certificate/0"), "services.chat.ingress.certificateArn"),
    (subscriber("email", "oncall@example"), "monitoring.subscribers.oncall.endpoint"),
    (subscriber("https", "https://?"), "monitoring.subscribers.oncall.endpoint"),
    (subscriber("sqs", "arn:aws:sns:us-east-1:1:a"), "monitoring.subscribers.oncall.endpoint"),
    ({"monitoring": {"runbooksUrl": "https://"}}, "monitoring.runbooksUrl"),
    # ARNs.
    (endpoint(kmsKeyArn="alias/mine"), "endpoints.churn.kmsKeyArn"),
    (endpoint(executionRoleArn="arn:aws:s3:::a"), "endpoints.churn.executionRoleArn"),
    (endpoint(alarms={"actions": ["arn:x"]}), "endpoints.churn.alarms.actions[0]"),
    (
        {"artifacts": {"kmsKeyArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0"}},
        "artifacts.kmsKeyArn",
    ),
    (
        training(administrators=[f"arn:aws:iam::{ACCOUNT}:role/*"]),
        "training.administrators[0]",
    ),
    # Folders of the bucket.
    *((tracking(artifactPrefix=f), "tracking.artifactPrefix")
      for f in ("teams/", "releases/", "datasets/", "models/", "runs/", "teams/a/")),
    *((releases(evaluationPrefixes=[f]), "releases.evaluationPrefixes[0]")
      for f in ("", "teams/", "releases/", "datasets/", "models/")),
    (releases(auditPrefix="runs/"), "releases.auditPrefix"),
    (endpoint(capture={"prefix": "models/"}), "endpoints.churn.capture.prefix"),
    # Lengths of names.
    (images(prefix="machine-learning-team/", pullThrough={"ecr-public": {}}),
     "images.pullThrough.ecr-public"),
    (images(repositories=["a" * 256]), "images.repositories[0]"),
    ({"endpoints": {"a" * 50: ENDPOINT}}, f"endpoints.{'a' * 50}"),
    ({"models": {"groups": {"a" * 60: {}}}}, f"models.groups.{'a' * 60}"),
    (training(clusterName="a" * 101), "training.clusterName"),
    (training(pools={"a" * 31: GPU["gpu"]}), f"training.pools.{'a' * 31}"),
    # Times, hosts, names.
    (tracking(managed={"maintenanceWindow": "Sunday"}), "tracking.managed.maintenanceWindow"),
    (database(maintenanceWindow="sun:03:00-sun:03:10"),
     "tracking.cluster.database.maintenanceWindow"),
    (database(existing={"host": "a b", "secretArn":
                        f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:a"}),
     "tracking.cluster.database.existing.host"),
    (training(schedule={"close": "25:00", "open": "07:00"}), "training.schedule.close"),
    (training(schedule={"close": "20:00", "open": "07:00", "timeZone": "+01:00"}),
     "training.schedule.timeZone"),
    (training(teams={"a": {"members": ["eks:admins"]}}), "training.teams.a.members[0]"),
    (service(secrets={"KEY": {"name": "My_Secret", "key": "a"}}), "services.chat.secrets.KEY.name"),
    (service(priorityClass="Very High"), "services.chat.priorityClass"),
    (service(healthPath="/a b"), "services.chat.healthPath"),
    # What cannot be satisfied.
    (training(pools={"a": {"instanceType": "t3.nano", "maxSize": 9}}),
     "training.pools.a.instanceType"),
    (training(systemPool={"instanceType": "t3.micro"}), "training.systemPool.instanceType"),
    (vllm(accelerators=4), "services.chat.rollout.maxSurge"),
    (vllm(accelerators=4, replicas=3), "services.chat.replicas"),
    (service(memoryGib=200), "services.chat.memoryGib"),
    ({**pool(), "services": {"chat": {"image": IMAGE, "pool": "a", "memoryGib": 64}}},
     "services.chat.memoryGib"),
    ({**training(), "services": {"chat": {"image": IMAGE, "memoryGib": 64}}},
     "services.chat.memoryGib"),
    ({**training(), "network": {"zoneCount": 1}}, "network.zoneCount"),
    ({**training(), "network": {"natGateways": "none"}}, "network.natGateways"),
]  # fmt: skip
"""Settings -> the one key that is wrong."""


def problems(sections: Sections, region: str = "us-east-1") -> dict[str, str]:
    """Returns key -> text."""
    named = {
        key: {k: {a: b for a, b in v.items() if b is not None} for k, v in value.items()}
        if key == "services"
        else value
        for key, value in sections.items()
    }
    values = {f"groundplan:{key}": json.dumps(value) for key, value in named.items()}
    try:
        describe("groundplan", "test", {"aws:region": region, **values})
    except InvalidSettings as error:
        found = [(p.key.removeprefix("groundplan:"), str(p)) for p in error.problems]
        assert len(dict(found)) == len(found), "one key has two messages"
        return dict(found)
    return {}


@pytest.mark.parametrize(("sections", "key"), REFUSED)
def test_what_aws_or_kubernetes_refuses_is_refused_at_its_key(sections: Sections, key: str) -> None:
    assert list(problems(sections)) == [key]


@pytest.mark.parametrize(
    "sections",
    [
        endpoint(),
        training(),
        pool(labels={"example.com/team": "ml", "kind": ""}),
        service(writablePaths=["/a", "/b", "/var/run"]),
        ingress(),
        vllm(accelerators=4, rollout={"maxSurge": 0, "maxUnavailable": 1}),
        subscriber("email", "ml-oncall@example.com"),
        tracking(artifactPrefix="mlflow-2/"),
        releases(evaluationPrefixes=["runs/", "evaluations/"], auditPrefix="audit/"),
        images(pullThrough={"ecr-public": {}, "quay": {}}),
        group(description="Évalue, 予測: 100 %", card={**CARD, "purpose": "a\nb"}),
        database(maintenanceWindow="sun:23:45-mon:00:15"),
        {"tags": {f"k{n}": "v" for n in range(40)}},
        {"tags": {"team": "", "Cost Center": "a/b=c+d-e@f:g_h.i"}},
        endpoint(environment={f"K{n}": "v" * 1024 for n in range(100)}),
        endpoint(environment={"CONFIG": '{\n\t"a": 1\n}'}),
        training(publicAccessCidrs=["203.0.113.0/24", "198.51.100.0/24"]),
    ],
)
def test_what_they_accept_is_accepted(sections: Sections) -> None:
    assert problems(sections) == {}


# All problems at once, each once, and nothing that follows from them.


@pytest.mark.parametrize(
    ("sections", "keys"),
    [
        (
            training(pools={"gpu": {"instanceType": "g5.xlarg", "maxSize": "2"}}),
            {"training.pools.gpu.instanceType", "training.pools.gpu.maxSize"},
        ),
        (
            {
                "training": {"administrators": f"arn:aws:iam::{ACCOUNT}:role/platform"},
                "monitoring": {"prometheus": {"retentionDays": 30}},
            },
            {"training.administrators"},
        ),
        (
            {"training": {"administrators": "x", "pools": {"a": {"instanceType": "g5.xlarg"}}}},
            {
                "training.administrators",
                "training.pools.a.instanceType",
                "training.pools.a.maxSize",
            },
        ),
        (
            {**endpoint(instanceCount="2", environment={"A": "\x00", "B": "v" * 1025})},
            {
                "endpoints.churn.instanceCount",
                f"{VARIABLES}.A",
                f"{VARIABLES}.B",
            },
        ),
        ({"monitoring": {"prometheus": {"replicas": 2}}}, {"monitoring.prometheus"}),
        ({"monitoring": {"cluster": {"gpuProfiling": True}}}, {"monitoring.cluster"}),
        (
            {**training(pools={}), "monitoring": {"cluster": {"gpuProfiling": True}}},
            {"monitoring.cluster.gpuProfiling"},
        ),
        (
            {"tags": {"aws:a": "b"}, "network": {"zoneCount": 9}},
            {"tags.aws:a", "network.zoneCount"},
        ),
    ],
)
def test_all_problems_are_reported_at_once_and_no_others(
    sections: Sections, keys: set[str]
) -> None:
    assert set(problems(sections)) == keys


def test_the_other_regions_of_endpoints_can_be_used() -> None:
    assert list(problems(endpoint(), "eu-west-1")) == ["endpoints.churn.image"]
