"""DeliveryApi: its routes, each with an authorizer, its limits, logs and alarms."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import delivery_apis as apis
import pulumi
import pytest
from api_world import API_SETTINGS, OF_TOKENS, SCOPES
from groundplan import DeliveryApi
from groundplan.api.component import layer
from groundplan.api.routes import ROUTES
from groundplan.lambda_functions import source_archive
from groundplan.policy_documents import matches
from groundplan.release.component.targets import plain
from groundplan.testing import Plan, deploy, policy

COMPONENT = "groundplan:index:DeliveryApi"
API = "aws:apigatewayv2/api:Api"
ROUTE = "aws:apigatewayv2/route:Route"
STAGE = "aws:apigatewayv2/stage:Stage"
FUNCTION = "aws:lambda/function:Function"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def routes(plan: Plan) -> dict[str, Mapping[str, Any]]:
    return {str(r.inputs["routeKey"]): r.inputs for r in plan.all(ROUTE).values()}


@pytest.mark.parametrize("plan", [apis.minimal, apis.complete], ids=["iam", "tokens"])
def test_the_routes_are_those_of_the_handlers_and_one_for_all_else(plan: Any) -> None:
    assert set(routes(plan())) == {"$default", *(route.key for route in ROUTES)}
    targets = {route["target"] for route in routes(plan()).values()}
    assert targets == {"integrations/${api-integration.id}"}


def test_iam_authorizes_callers_of_all_routes() -> None:
    assert {r["authorizationType"] for r in routes(apis.minimal()).values()} == {"AWS_IAM"}
    assert apis.minimal().all("aws:apigatewayv2/authorizer:Authorizer") == {}


def test_tokens_authorize_callers_of_all_routes_each_by_the_scope_of_its_operation() -> None:
    found = routes(apis.complete())
    assert {(r["authorizationType"], r["authorizerId"]) for r in found.values()} == {
        ("JWT", "${api-authorizer.id}")
    }
    for route in ROUTES:
        assert found[route.key]["authorizationScopes"] == [f"models.{route.operation.value}"]
    # Any token of the issuer is told that there is nothing.
    assert "authorizationScopes" not in found["$default"]
    authorizer = apis.complete().one("aws:apigatewayv2/authorizer:Authorizer").inputs
    assert authorizer["jwtConfiguration"] == {
        "issuer": "https://login.example.com/shop",
        "audiences": ["models"],
    }


def test_routes_that_write_have_limits_of_their_own() -> None:
    stage = apis.complete().one(STAGE).inputs
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] == 50
    assert stage["defaultRouteSettings"]["throttlingBurstLimit"] == 100
    limits = {
        each["routeKey"]: (each["throttlingRateLimit"], each["throttlingBurstLimit"])
        for each in stage["routeSettings"]
    }
    assert limits == {route.key: (0.5, 2) for route in ROUTES if route.writes}
    stage = apis.minimal().one(STAGE).inputs
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] == 20
    assert {each["throttlingRateLimit"] for each in stage["routeSettings"]} == {2}


def test_the_stage_comes_after_the_routes_whose_settings_it_has() -> None:
    plan = apis.minimal()
    assert set(plan.all(ROUTE)) <= plan.dependencies(plan.one(STAGE))


def test_access_logs_are_json_and_name_the_caller() -> None:
    settings = apis.minimal().one(STAGE).inputs["accessLogSettings"]
    assert settings["destinationArn"] == "${api-access-logs.arn}"
    line = json.loads(settings["format"])
    assert line["caller"] == "$context.identity.userArn"
    assert line["subject"] == "$context.authorizer.claims.sub"
    assert {"requestId", "routeKey", "status", "latencyMs", "error"} <= set(line)


def test_logs_are_encrypted_and_kept_as_long_as_the_arguments_say() -> None:
    for plan, key, days in (
        (apis.minimal(), "${api-key-key.arn}", 90),
        (apis.complete(), apis.KEY_ARN, 30),
    ):
        found = [group.inputs for group in plan.all(LOGS).values()]
        assert [(each["kmsKeyId"], each["retentionInDays"]) for each in found] == [(key, days)] * 2


def test_the_function_has_its_code_its_settings_and_the_layer_of_its_region() -> None:
    for args, settings in (
        (apis.SERVING, API_SETTINGS),
        (
            {
                **apis.SERVING,
                "tokens": {"issuer": "https://login.example.com/shop", "audiences": ["models"]},
            },
            OF_TOKENS,
        ),
        (
            {**apis.SERVING, "callers": {"approve": [apis.APPROVERS]}},
            replace(API_SETTINGS, callers={"approve": [apis.APPROVERS]}),
        ),
    ):
        function = apis.registered(args).one(FUNCTION).inputs
        code = function["code"]["archive"]
        wanted = replace(
            settings, targets=plain(settings.targets), pipelines=plain(settings.pipelines)
        )
        assert code["api.json"]["sha256"] == hashlib.sha256(wanted.text().encode()).hexdigest()
    assert OF_TOKENS.scopes == SCOPES
    assert function["environment"]["variables"]["GROUNDPLAN_API_FILE"] == "/var/task/api.json"
    assert (function["handler"], function["timeout"]) == (
        "groundplan.api.handlers.entry.handle",
        29,
    )
    assert function["layers"] == [
        "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-arm64:37"
    ]
    assert not [path for path in code if "/component/" in path or "/commands/" in path]


def test_another_layer_may_be_an_output_of_the_stack() -> None:
    def program() -> None:
        arn = pulumi.Output.from_input(apis.LAYER)
        args: Any = {**apis.MINIMAL, "powertools_layer_arn": arn}
        DeliveryApi("api", args)

    assert deploy(program).one(FUNCTION).inputs["layers"] == [apis.LAYER]
    assert apis.complete().one(FUNCTION).inputs["layers"] == [apis.LAYER]


@pytest.mark.parametrize(
    ("partition", "region", "account", "version"),
    [
        ("aws", "ap-northeast-1", "017000801446", 37),
        ("aws-cn", "cn-north-1", "498634801083", 37),
        ("aws-us-gov", "us-gov-east-1", "165087284144", 27),
        ("aws-us-gov", "us-gov-west-1", "165093116878", 27),
    ],
)
def test_the_layer_is_that_of_the_partition(
    partition: str, region: str, account: str, version: int
) -> None:
    arn = layer.arn(partition, region)

    assert arn.startswith(f"arn:{partition}:lambda:{region}:{account}:layer:")
    assert arn.endswith(f":{version}")


def test_a_region_without_a_public_layer_is_refused_with_the_fix() -> None:
    with pytest.raises(ValueError, match="cn-northwest-1 has no public layer"):
        layer.arn("aws-cn", "cn-northwest-1")


def test_the_function_needs_neither_pulumi_nor_a_component() -> None:
    sources = source_archive.sources("groundplan.api.handlers.entry")
    assert "groundplan/api/models/requests.py" in sources
    assert not [path for path, text in sources.items() if "import pulumi" in text]


def test_the_function_has_the_concurrency_that_is_reserved_for_it() -> None:
    assert apis.complete().one(FUNCTION).inputs["reservedConcurrentExecutions"] == 50
    assert "reservedConcurrentExecutions" not in apis.minimal().one(FUNCTION).inputs


def test_only_the_api_invokes_the_function() -> None:
    permission = apis.minimal().one("aws:lambda/permission:Permission").inputs
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"] == "${api-api.executionArn}/*"


def test_alarms_watch_errors_latency_and_refused_requests() -> None:
    found = {name: alarm.inputs for name, alarm in apis.complete().all(ALARM).items()}
    assert set(found) == {"api-errors", "api-latency", "api-throttled"}
    assert found["api-errors"]["metricName"] == "5xx"
    assert found["api-errors"]["dimensions"] == {"ApiId": "${api-api.id}"}
    assert (found["api-latency"]["extendedStatistic"], found["api-latency"]["threshold"]) == (
        "p99",
        2000,
    )
    counted = apis.complete().one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert counted["logGroupName"] == "${api-access-logs.name}"
    assert counted["pattern"] == '{ $.status = "429" }'
    assert counted["metricTransformation"]["name"] == found["api-throttled"]["metricName"]
    for alarm in found.values():
        assert alarm["alarmActions"] == [apis.TOPIC]
        assert "https://git.example.com/runbooks/api-" in alarm["alarmDescription"]


def test_a_domain_of_your_own_is_the_only_address() -> None:
    plan = apis.complete()
    assert plan.one(API).inputs["disableExecuteApiEndpoint"] is True
    domain = plan.one("aws:apigatewayv2/domainName:DomainName").inputs
    assert domain["domainNameConfiguration"]["securityPolicy"] == "TLS_1_2"
    mapping = plan.one("aws:apigatewayv2/apiMapping:ApiMapping").inputs
    assert (mapping["apiId"], mapping["stage"]) == ("${api-api.id}", "${api-stage.id}")
    assert plan.one(COMPONENT).outputs["url"] == "https://models.example.com"
    assert apis.minimal().one(API).inputs["disableExecuteApiEndpoint"] is False
    assert apis.minimal().one(COMPONENT).outputs["url"] == "${api-api.apiEndpoint}"


def test_a_grant_allows_the_routes_of_its_operations_and_no_other() -> None:
    for route in ROUTES:
        request = f"${{api-api.executionArn}}/$default/{route.method}" + route.path.format(
            endpoint="a-b", version=7, release="r.1", run="9", dataset="d", digest="sha256:0"
        )
        allowed = set()
        for operation in ("read", "train", "register", "approve", "release"):
            text = apis.minimal().one(POLICY, f"api-{operation}-invoke").inputs["policy"]
            (statement,) = policy(text).values()
            assert statement["Action"] == ["execute-api:Invoke"]
            if any(matches(pattern, request) for pattern in statement["Resource"]):
                allowed.add(operation)
        assert allowed == {route.operation.value}, route


def test_a_grant_on_an_endpoint_allows_no_route_of_another_or_of_datasets() -> None:
    args: Any = apis.MINIMAL

    def program() -> None:
        api = DeliveryApi("api", args)
        operations = ("read", "train", "register", "approve", "release")
        api.grant_invoke("team", "team", *operations, endpoints=["churn"])
        with pytest.raises(ValueError, match="has no endpoint offers"):
            api.grant_invoke("others", "others", "read", endpoints=["churn", "offers"])

    plan = deploy(program, project="ml", stack="prod", region="eu-west-1")
    (statement,) = policy(plan.one(POLICY, "api-team-invoke").inputs["policy"]).values()
    values = {"version": 7, "release": "r", "run": "9", "dataset": "churn", "digest": "0"}
    for route in ROUTES:
        for endpoint in ("churn", "offers", "churn-2", "x-churn"):
            path = route.path.format(endpoint=endpoint, **values)
            request = f"${{api-api.executionArn}}/$default/{route.method}{path}"
            allowed = any(matches(pattern, request) for pattern in statement["Resource"])
            assert allowed == (route.is_of_endpoint and endpoint == "churn"), request


def test_the_key_is_protected_and_all_has_tags() -> None:
    assert apis.minimal().one("aws:kms/key:Key").options["protect"] is True
    tags = apis.complete().one(API).inputs["tags"]
    assert tags["team"] == "ml"
