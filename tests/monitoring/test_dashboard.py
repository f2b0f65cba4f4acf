import json
from typing import Any

from groundplan.monitoring.dashboard import Endpoint, View, body

FULL = View(
    title="ml-prod",
    region="eu-west-1",
    runbooks=["nat-ports.md", "serving-errors.md"],
    alarms=["arn:1", "arn:2"],
    endpoints={"answers": Endpoint("answers-prod", "primary")},
    cluster="training",
    nat_gateways=["nat-0a", "nat-0b"],
    buckets={"datasets": "datasets-1", "models": "models-1"},
)


def titles(view: View) -> list[str]:
    return [w["properties"]["title"] for w in body(view)["widgets"] if w["type"] == "metric"]


def graph(title: str) -> dict[str, Any]:
    (found,) = [
        w["properties"] for w in body(FULL)["widgets"] if w["properties"].get("title") == title
    ]
    return dict(found)


def test_a_dashboard_of_nothing_has_only_a_title() -> None:
    assert body(View(title="ml-prod", region="eu-west-1")) == {
        "widgets": [
            {
                "type": "text",
                "x": 0,
                "y": 0,
                "width": 24,
                "height": 3,
                "properties": {"markdown": "# ml-prod"},
            }
        ]
    }


def test_each_resource_has_a_row() -> None:
    headings = [w["properties"]["markdown"] for w in body(FULL)["widgets"] if w["type"] == "text"][
        1:
    ]
    assert headings == [
        "## Endpoint answers",
        "## Cluster training",
        "## Way out: NAT gateways",
        "## Buckets",
    ]
    only_buckets = View(title="t", region="r", buckets={"datasets": "datasets-1"})
    assert titles(only_buckets) == ["Size in bytes", "Objects"]


def test_rows_fill_the_width_and_never_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in body(FULL)["widgets"]:
        cells = {
            (column, line)
            for column in range(widget["x"], widget["x"] + widget["width"])
            for line in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells
    lines = {line for _, line in taken}
    assert lines == set(range(max(lines) + 1))
    assert len(taken) == 24 * len(lines)


def test_the_header_links_the_runbooks() -> None:
    def header(url: str) -> str:
        view = View(title="ml-prod", region="r", runbooks=["nat-ports.md"], runbooks_url=url)
        return str(body(view)["widgets"][0]["properties"]["markdown"])

    assert header("") == "# ml-prod\n\nRunbooks: `docs/runbooks/nat-ports.md`"
    assert header("https://git.example.com/r/") == (
        "# ml-prod\n\nRunbooks: [nat-ports](https://git.example.com/r/nat-ports.md)"
    )


def test_the_states_of_all_alarms_come_first() -> None:
    status = body(FULL)["widgets"][1]
    assert (status["type"], status["y"]) == ("alarm", 3)
    assert status["properties"] == {"title": "Alarms", "alarms": ["arn:1", "arn:2"]}


def test_an_endpoint_shows_requests_latency_and_its_instances() -> None:
    at = ["EndpointName", "answers-prod", "VariantName", "primary"]
    requests = graph("Requests and failures per minute")
    assert requests["metrics"] == [
        ["AWS/SageMaker", "Invocations", *at],
        ["AWS/SageMaker", "Invocation4XXErrors", *at],
        ["AWS/SageMaker", "Invocation5XXErrors", *at],
    ]
    assert (requests["stat"], requests["period"], requests["region"]) == ("Sum", 60, "eu-west-1")
    assert graph("Latency in ms")["metrics"] == [
        ["AWS/SageMaker", "ModelLatency", *at, {"id": "us50", "stat": "p50", "visible": False}],
        ["AWS/SageMaker", "ModelLatency", *at, {"id": "us99", "stat": "p99", "visible": False}],
        [{"expression": "us50 / 1000", "label": "model p50", "id": "ms50"}],
        [{"expression": "us99 / 1000", "label": "model p99", "id": "ms99"}],
    ]
    assert graph("Use of GPUs in % (sum of all GPUs)")["metrics"] == [
        ["/aws/sagemaker/Endpoints", "GPUUtilization", *at],
        ["/aws/sagemaker/Endpoints", "GPUMemoryUtilization", *at],
    ]


def test_an_endpoint_without_gpus_has_no_graph_of_them() -> None:
    view = View(
        title="t", region="r", endpoints={"answers": Endpoint("answers-prod", "primary", gpu=False)}
    )
    assert titles(view) == [
        "Requests and failures per minute",
        "Latency in ms",
        "Use of instances in % (CPU: sum of all cores)",
    ]


def test_every_nat_gateway_has_a_line() -> None:
    assert graph("Refused connections and dropped packets")["metrics"] == [
        ["AWS/NATGateway", "ErrorPortAllocation", "NatGatewayId", "nat-0a"],
        ["AWS/NATGateway", "ErrorPortAllocation", "NatGatewayId", "nat-0b"],
        ["AWS/NATGateway", "PacketsDropCount", "NatGatewayId", "nat-0a"],
        ["AWS/NATGateway", "PacketsDropCount", "NatGatewayId", "nat-0b"],
    ]


def test_pending_pods_are_shown() -> None:
    assert graph("Pods that wait")["metrics"] == [
        ["AWS/EKS", "scheduler_pending_pods_UNSCHEDULABLE", "ClusterName", "training"],
        ["AWS/EKS", "scheduler_pending_pods_GATED", "ClusterName", "training"],
    ]


def test_a_buckets_size_is_that_of_all_its_storage_classes() -> None:
    sizes = graph("Size in bytes")
    assert sizes["metrics"][0] == [
        {
            "expression": "SUM(SEARCH('{AWS/S3,BucketName,StorageType} "
            'MetricName="BucketSizeBytes" '
            "BucketName=\"datasets-1\"', 'Average', 86400))",
            "label": "datasets",
            "id": "b0",
        }
    ]
    assert sizes["period"] == 86_400
    assert graph("Objects")["metrics"][1] == [
        "AWS/S3",
        "NumberOfObjects",
        "BucketName",
        "models-1",
        "StorageType",
        "AllStorageTypes",
        {"label": "models"},
    ]


def test_a_body_is_json_and_has_no_more_widgets_than_cloudwatch_accepts() -> None:
    many = View(
        title="t", region="r", endpoints={f"e{n}": Endpoint(f"e{n}", "primary") for n in range(20)}
    )

    assert json.loads(json.dumps(body(many))) == body(many)
    assert len(body(many)["widgets"]) <= 500
