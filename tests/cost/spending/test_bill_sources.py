"""Bills of Cost Explorer and of files: CUR 2.0 and the report before it, CSV and
Parquet."""

import csv
import datetime
import gzip
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import botocore.session  # type: ignore[import-untyped]
import pyarrow  # type: ignore[import-untyped]
import pytest
from botocore.validate import ParamValidator  # type: ignore[import-untyped]
from groundplan.cost.spending import cost_explorer, cost_report
from groundplan.cost.spending.bill import Bill, BillError, Period
from pyarrow import parquet

OCTOBER = Period(datetime.date(2026, 10, 1), datetime.date(2026, 11, 1))
TAGS = {"environment": "prod"}
COLUMNS = (
    "line_item_usage_start_date",
    "line_item_line_item_type",
    "line_item_product_code",
    "line_item_usage_type",
    "line_item_usage_amount",
    "line_item_unblended_cost",
)
Row = tuple[str, str, str, str, float, float, dict[str, str]]
OWN = {"environment": "prod", "groundplan_component": "network"}
ROWS: tuple[Row, ...] = (
    ("2026-10-01", "Usage", "AmazonEC2", "NatGateway-Bytes", 100.0, 4.5, OWN),
    ("2026-10-31", "Usage", "AmazonEC2", "NatGateway-Bytes", 300.0, 13.5, OWN),
    ("2026-10-31", "DiscountedUsage", "AmazonEC2", "BoxUsage:g5.xlarge", 10.0, 6.0,
     {"environment": "prod", "groundplan_component": "training", "groundplan_team": "search"}),
    ("2026-10-15", "Usage", "AmazonEC2", "EBS:VolumeUsage.gp3", 5.0, 0.4, {"environment": "prod"}),
    ("2026-10-31", "Tax", "AmazonEC2", "", 0.0, 3.0, OWN),
    ("2026-10-31", "Credit", "AmazonEC2", "", 0.0, -1.0, OWN),
    # Another month, another environment.
    ("2026-11-01", "Usage", "AmazonEC2", "NatGateway-Bytes", 9.0, 9.0, OWN),
    ("2026-10-02", "Usage", "AmazonEC2", "NatGateway-Bytes", 7.0, 7.0,
     {"environment": "dev", "groundplan_component": "network"}),
)  # fmt: skip


def cur2_csv(file: pathlib.Path) -> None:
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*COLUMNS, "resource_tags"])
        for *values, tags in ROWS:
            writer.writerow([*values, json.dumps({f"user_{k}": v for k, v in tags.items()})])


def old_csv(file: pathlib.Path) -> None:
    tags = {
        "environment": "resourceTags/user:environment",
        "groundplan_component": "resourceTags/user:groundplan:component",
        "groundplan_team": "resourceTags/user:groundplan:team",
    }
    header = (
        "lineItem/UsageStartDate", "lineItem/LineItemType", "lineItem/ProductCode",
        "lineItem/UsageType", "lineItem/UsageAmount", "lineItem/UnblendedCost",
    )  # fmt: skip
    with gzip.open(file, "wt", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*header, *tags.values()])
        for date, *values, own in ROWS:
            writer.writerow([f"{date}T00:00:00Z", *values, *(own.get(key, "") for key in tags)])


def cur2_parquet(file: pathlib.Path) -> None:
    columns: dict[str, Any] = {
        name: [row[place] for row in ROWS] for place, name in enumerate(COLUMNS)
    }
    columns[COLUMNS[0]] = [datetime.datetime.fromisoformat(text) for text in columns[COLUMNS[0]]]
    columns["identity_line_item_id"] = [str(number) for number in range(len(ROWS))]
    tags = [[(f"user_{k}", v) for k, v in row[-1].items()] for row in ROWS]
    kind = pyarrow.map_(pyarrow.string(), pyarrow.string())
    columns["resource_tags"] = pyarrow.array(tags, type=kind)
    parquet.write_table(pyarrow.table(columns), file)


@pytest.mark.parametrize(
    ("name", "write"),
    [("costs.csv", cur2_csv), ("costs.csv.gz", old_csv), ("costs.parquet", cur2_parquet)],
)
def test_a_file_has_the_usage_of_the_month_and_the_environment(
    name: str, write: Any, tmp_path: pathlib.Path
) -> None:
    write(tmp_path / name)
    found = cost_report.read(tmp_path / name, OCTOBER, TAGS)
    assert [(line.component, line.usage_type, line.amount, line.usd) for line in found.lines] == [
        ("", "EBS:VolumeUsage.gp3", 5.0, 0.4),
        ("network", "NatGateway-Bytes", 400.0, 18.0),
        ("training", "BoxUsage:g5.xlarge", 10.0, 6.0),
    ]
    assert found.teams == {"search": 6.0}
    assert found.not_compared_usd == 2.0
    assert found.source == name
    assert found.usd == pytest.approx(24.4)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"a,b\n1,2\n", "it lacks line_item_unblended_cost"),
        ("a.csv", b"\xff\xfe\x00", "is no CSV"),
        ("a.csv.gz", b"no gzip", "can't be read"),
        ("a.parquet", b"no parquet", "is no Parquet"),
    ],
)
def test_what_is_no_cost_report_is_refused(
    name: str, content: bytes, message: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BillError, match=message):
        cost_report.read(tmp_path / name, OCTOBER, TAGS)
    with pytest.raises(BillError, match="can't be read"):
        cost_report.read(tmp_path / "missing.csv", OCTOBER, TAGS)


class CostExplorer:
    """Answers as the service does, a page at a time; requests are validated against
    AWS's own model."""

    model = botocore.session.get_session().get_service_model("ce")

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Any]] = []

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        shape = self.model.operation_model("GetCostAndUsage").input_shape
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()
        self.requests.append(request)
        tag, dimension = (group["Key"] for group in request["GroupBy"])
        if tag == "groundplan:team":
            groups = [(f"{tag}$", "AmazonEC2", 18.4, 0.0), (f"{tag}$search", "EC2", 6.0, 0.0)]
        elif dimension == "USAGE_TYPE":
            groups = [(f"{tag}$network", "NatGateway-Bytes", 18.0, 400.0)]
        else:
            groups = [
                (f"{tag}$network", "EC2 - Other", 18.0, 0.0),
                (f"{tag}$", "EC2 - Other", 0.4, 0.0),
                (f"{tag}$training", "Amazon SageMaker", 6.0, 0.0),
            ]
        page = int(request.get("NextPageToken", "0"))
        more = {"NextPageToken": str(page + 1)} if page + 1 < len(groups) else {}
        return {"ResultsByTime": [{"Groups": [self._group(*groups[page])]}], **more}

    def _group(self, *group: Any) -> dict[str, Any]:
        tag, name, usd, amount = group
        metrics = {"UnblendedCost": {"Amount": str(usd)}, "UsageQuantity": {"Amount": str(amount)}}
        return {"Keys": [tag, name], "Metrics": metrics}


def billed(client: CostExplorer, services: Sequence[str] = ()) -> Bill:
    return cost_explorer.billed(client, OCTOBER, TAGS, services)


def test_cost_explorer_is_asked_by_component_and_by_team() -> None:
    client = CostExplorer()
    found = billed(client)
    assert {(line.component, line.usd) for line in found.lines} == {
        ("network", 18.0),
        ("", 0.4),
        ("training", 6.0),
    }
    assert found.teams == {"search": 6.0}
    request = client.requests[0]
    assert request["TimePeriod"] == {"Start": "2026-10-01", "End": "2026-11-01"}
    no_usage, tag = request["Filter"]["And"]
    assert tag == {"Tags": {"Key": "environment", "Values": ["prod"]}}
    assert set(no_usage["Not"]["Dimensions"]["Values"]) >= {"Credit", "Refund", "Tax"}


def test_usage_types_are_asked_of_services_that_were_billed() -> None:
    client = CostExplorer()
    found = billed(client, ("EC2 - Other", "AWS Lambda"))
    (line,) = [line for line in found.lines if line.usage_type]
    assert (line.component, line.usage_type, line.amount) == ("network", "NatGateway-Bytes", 400.0)
    asked = {
        each["Dimensions"]["Values"][0]
        for request in client.requests
        for each in request["Filter"]["And"]
        if each.get("Dimensions", {}).get("Key") == "SERVICE"
    }
    assert asked == {"EC2 - Other"}


def test_a_period_is_of_days_that_are_over() -> None:
    today = datetime.date(2026, 11, 16)
    assert Period.last_month(today) == OCTOBER
    assert Period.of_month("2026-11", today).share == 0.5
    assert str(Period.of_month("2026-11", today)) == "November 2026, 15 days"
    with pytest.raises(BillError, match="No day of 2026-12 is over"):
        Period.of_month("2026-12", today)
    with pytest.raises(BillError, match="write it as 2026-10"):
        Period.of_month("october", today)
