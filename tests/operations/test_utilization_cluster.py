"""GPUs, queues and namespaces: what Prometheus and OpenCost say of them."""

import io
import json
import urllib.error
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.operations.utilization import prometheus
from groundplan.operations.utilization.prometheus import Prometheus, Unreachable
from groundplan.operations.utilization.report import Report, Sources, document
from groundplan.operations.utilization.resources import Verdict
from planted_account import HOURS, Series, World

URL = "http://localhost:9090"
Answer = Callable[[str, dict[str, list[str]]], Any]


class Web:
    """What answers requests, and what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gpus: dict[str, tuple[float, float]] = {}
        """Node -> mean use, hours of data."""
        self.queues: dict[str, tuple[float, float, float]] = {}
        """Queue -> seconds of wait, mean of admitted jobs, hours of data."""
        self.costs: Any = {"code": 200, "data": []}
        self.down = False
        self.requests: list[Any] = []
        monkeypatch.setattr("urllib.request.urlopen", self.open)

    def open(self, request: Any, **_options: Any) -> Any:
        self.requests.append(request)
        if self.down:
            raise urllib.error.URLError("connection refused")
        parts = urllib.parse.urlsplit(request.full_url)
        asked = urllib.parse.parse_qs(parts.query)
        if parts.path == "/allocation/compute":
            return io.BytesIO(json.dumps(self.costs).encode())
        return io.BytesIO(json.dumps({"data": {"result": self.vector(asked["query"][0])}}).encode())

    def vector(self, query: str) -> list[dict[str, Any]]:
        place = 1 if "count_over_time" in query else 0
        if "DCGM" in query:
            return [series({"node": n}, v[place]) for n, v in self.gpus.items()]
        place = 0 if "histogram_quantile" in query else 2 if "count_over_time" in query else 1
        return [series({"cluster_queue": n}, v[place]) for n, v in self.queues.items()]


def series(labels: dict[str, str], value: float) -> dict[str, Any]:
    return {"metric": labels, "value": [0, str(value)]}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    return Web(monkeypatch)


def report(world: World, url: str = URL, opencost: str = "") -> Report:
    return world.report(Sources(url, opencost, cost_explorer=False), cluster="training")


def gpu_world(**options: Any) -> World:
    world = World()
    world.add_pool("gpu", type_="g5.xlarge", **options)
    return world


def gpus(*used: float, hours: float = HOURS) -> dict[str, tuple[float, float]]:
    return {f"ip-gpu-{n}.ec2.internal": (use, hours) for n, use in enumerate(used)}


def test_gpus_that_run_no_kernels_are_idle(web: Web) -> None:
    web.gpus = gpus(1.0, 3.0)
    (found,) = report(gpu_world(least=1)).findings
    judgement = found.judgement
    assert judgement.verdict is Verdict.IDLE
    assert judgement.reason == "its GPUs were busy 2 % of the time, over 14 days"
    assert judgement.setting
    assert judgement.setting.text("ml") == "ml:training.pools.gpu.minSize: 1 -> 0"
    # 2 x 1.006 USD x 730 hours; one of the two nodes is the pool's least.
    assert found.resource.cost.usd == pytest.approx(1468.76)
    assert judgement.saving_usd == pytest.approx(734.38)


def test_gpus_of_karpenters_nodes_are_judged_and_spot_has_no_known_price(web: Web) -> None:
    world = World()
    world.add_karpenter_node("spot", "g5.xlarge", spot=True)
    world.add_karpenter_node("spot", "g5.2xlarge")
    world.add_karpenter_node("cpu", "m6i.large")
    web.gpus = {entry["PrivateDnsName"]: (1.0, HOURS) for entry in world.instances[:2]}
    built = report(world)
    (found,) = built.findings
    assert found.resource.name == "spot"
    assert found.judgement.verdict is Verdict.IDLE
    assert found.judgement.saving_usd is None
    assert "no price of ec2-hour/g5.xlarge (spot)" in found.resource.cost.basis
    assert built.total.resources == 2
    assert built.total.unknown == 1


def test_busy_gpus_are_healthy_and_few_hours_are_not_judged(web: Web) -> None:
    web.gpus = gpus(0.0, 90.0)
    assert report(gpu_world()).findings == []
    web.gpus = gpus(0.0, 0.0, hours=100)
    (found,) = report(gpu_world()).findings
    assert found.judgement.verdict is Verdict.NOT_ENOUGH_DATA


def test_the_cpu_of_a_pool_with_gpus_says_nothing_of_it(web: Web) -> None:
    (found,) = report(gpu_world(cpu=Series(1.0))).findings
    assert found.judgement.reason == "Prometheus has no DCGM metrics of its nodes"
    asked = len(web.requests)
    (found,) = report(gpu_world(cpu=Series(1.0)), url="").findings
    assert len(web.requests) == asked
    assert found.judgement.verdict is Verdict.UNKNOWN


def test_accelerators_without_metrics_are_unknown(web: Web) -> None:
    world = World()
    world.add_pool("neuron", type_="trn1.2xlarge")
    (found,) = report(world).findings
    assert "other than NVIDIA's GPUs" in found.judgement.reason
    assert web.requests


def test_queues_are_judged_by_their_jobs_and_waits(web: Web) -> None:
    web.queues = {
        "vision": (2400.0, 3.0, HOURS),
        "speech": (60.0, 1.0, HOURS),
        "text": (0.0, 0.0, HOURS),
        "new": (0.0, 0.0, 100.0),
    }
    found = {j.resource.name: j.judgement for j in report(World()).findings}
    assert {name: judgement.verdict for name, judgement in found.items()} == {
        "vision": Verdict.TOO_SMALL,
        "text": Verdict.IDLE,
        "new": Verdict.NOT_ENOUGH_DATA,
    }
    assert found["vision"].reason == "one job in ten waited more than 40 minutes"


def test_a_prometheus_that_does_not_answer_is_a_sentence(web: Web) -> None:
    web.down = True
    built = report(gpu_world(), opencost="http://localhost:9003")
    (found,) = built.findings
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert built.missing == [
        f"{what} are unknown: http://localhost:{port} does not answer: connection refused"
        for what, port in (
            ("GPUs of the cluster", 9090),
            ("Queues of the cluster", 9090),
            ("Shares of namespaces", 9003),
        )
    ]


def test_namespaces_have_their_shares_of_the_accelerators(web: Web) -> None:
    def share(usd: float, gpu: float = 0.0) -> dict[str, float]:
        return {"totalCost": usd, "gpuCost": gpu, "gpuHours": gpu * 2}

    web.costs = {
        "code": 200,
        "data": [{"vision": share(10, 8), "__idle__": share(40, 30)}, {"vision": share(5, 1)}],
    }
    built = report(World(), opencost="http://localhost:9003/")
    assert document(built)["namespaces"] == [
        {"namespace": "__idle__", "usd": 40.0, "gpuUsd": 30.0, "gpuHours": 60.0},
        {"namespace": "vision", "usd": 15.0, "gpuUsd": 9.0, "gpuHours": 18.0},
    ]
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(web.requests[-1].full_url).query)
    assert asked["window"] == ["2026-11-14T06:00:00Z,2026-11-28T06:00:00Z"]
    assert asked["aggregate"] == ["namespace"]


@pytest.mark.parametrize("answer", [{"code": 500}, [], {"data": {}}])
def test_what_is_not_opencost_is_a_sentence(web: Web, answer: Any) -> None:
    web.costs = answer
    built = report(World(), opencost="http://localhost:9003")
    assert document(built)["namespaces"] is None
    assert "does not answer as OpenCost does" in built.missing[-1]


def test_requests_to_a_managed_workspace_are_signed_and_no_others(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    managed = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1"
    Prometheus(managed).vector("up")
    (request,) = web.requests
    assert "/eu-west-1/aps/aws4_request" in request.headers["Authorization"]
    others = (
        URL,
        "https://aps-workspaces.eu-west-1.amazonaws.com.example.com",
        managed[:4] + managed[5:],
    )
    for url in others:
        Prometheus(url).vector("up")
        assert "Authorization" not in web.requests[-1].headers


def test_an_address_is_shown_without_its_password() -> None:
    with pytest.raises(Unreachable, match=r"^file://host is not an address"):
        prometheus.fetched("file://user:secret@host/etc/passwd?a=b")
