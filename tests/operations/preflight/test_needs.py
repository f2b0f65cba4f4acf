"""What three environments need of EC2 and SageMaker, computed by hand."""

import pytest
from groundplan.operations.preflight import alternatives, ec2_quotas, sagemaker_instances
from groundplan.operations.preflight.charts import versions_of
from stack_plans import plan

STANDARD, G, G_SPOT, TRN = "L-1216C47A", "L-DB2E81BA", "L-3819A6DF", "L-2C3B7624"

# vCPUs: m7i.large 2, m7i.xlarge 4, c7i.8xlarge 32, g6.xlarge 4, g5.12xlarge 48,
# g6e.12xlarge 48, trn1.2xlarge 8 (EC2 User Guide, "Instance types").
VCPUS: dict[str, dict[str, tuple[int, int]]] = {
    "prod": {
        STANDARD: (3 * 2, 6 * 2),
        G: (0, 8 * 48),
        G_SPOT: (0, 16 * 48),
    },
    "rich-sagemaker": {
        STANDARD: (2 * 2, 4 * 2 + 5 * 32),
        G: (0, 8 * 4),  # Karpenter: 8 nodes, whose 32 cores are its other limit
        G_SPOT: (1 * 48, 4 * 48),
        TRN: (0, 2 * 8),
        # p5.48xlarge: one pool in a reservation, one in a Capacity Block, so none.
    },
    "rich-kubernetes": {
        STANDARD: (3 * 4, 6 * 4),
        G: (0, 4 * 48 + 2 * 4),
        G_SPOT: (0, 2 * 48),
    },
}

# At most: both fleets of a blue/green deployment.
ENDPOINTS: dict[str, dict[str, tuple[int, int]]] = {
    "prod": {"ml.m5.xlarge for endpoint usage": (4, 12 * 2)},
    "rich-sagemaker": {
        "ml.c5.xlarge for endpoint usage": (2 + 3, (4 + 6) * 2),
        "ml.g5.xlarge for endpoint usage": (1, 3 * 2),
        "ml.m5.xlarge for endpoint usage": (4, 12 * 2),
        "ml.m5.large for endpoint usage": (2 + 2, (4 + 4) * 2),
    },
    "rich-kubernetes": {},
}


@pytest.mark.parametrize("stack", VCPUS)
def test_the_vcpus_of_an_environment(stack: str) -> None:
    found = {
        code: (
            sum(pool.need(most=False) for pool in members),
            sum(pool.need(most=True) for pool in members),
        )
        for (_region, code), members in ec2_quotas.needs(plan(stack)).items()
    }
    assert found == VCPUS[stack]


@pytest.mark.parametrize("stack", ENDPOINTS)
def test_the_endpoint_instances_of_an_environment(stack: str) -> None:
    found: dict[str, tuple[int, int]] = {}
    for need in sagemaker_instances.of(plan(stack)):
        now, most = found.get(need.quota, (0, 0))
        found[need.quota] = (now + need.now, most + need.most)
    assert found == ENDPOINTS[stack]


def test_an_alternative_does_what_the_type_does() -> None:
    names = [other.name for other in alternatives.similar("g5.12xlarge")]
    assert "g6e.12xlarge" in names  # 4 GPUs of more memory
    assert "g5.xlarge" not in names  # one GPU
    assert "p5.48xlarge" in names
    assert not any(name.startswith(("trn", "m7i")) for name in names)


INDEX = """apiVersion: v1
entries:
  other:
  - version: 9.9.9
  kueue:
  - appVersion: v0.1
    dependencies:
    - name: x
      version: 7.7.7
    version: 0.2.0
  - version: "0.1.0"
generated: now
"""


def test_the_versions_of_a_chart_are_read_from_an_index() -> None:
    assert versions_of(INDEX, "kueue") == ["0.2.0", "0.1.0"]
    assert versions_of(INDEX, "missing") == []
