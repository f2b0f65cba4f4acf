"""What a service's life needs: the account, the cluster, and the servers of the field,
opened from one manifest."""

import contextlib
import json
import pathlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster

from rehearsal.account.account import Account, opened
from rehearsal.account.deployment import Deployment
from rehearsal.account.names import Names
from rehearsal.cluster import field
from rehearsal.cluster.driver import Driver, identity
from rehearsal.cluster.field import Prometheus
from rehearsal.cluster.objects import ApiServer, Objects, Quiet
from rehearsal.cluster.people import People
from rehearsal.cluster.pods import Pods
from rehearsal.cluster.real_time import RealTime
from rehearsal.cluster.scraping import Places, kinds
from rehearsal.cluster.subscribers import Topics
from rehearsal.cluster.traffic import Traffic
from rehearsal.machine.servers import HOST
from rehearsal.permissions.guard import Principal, acting
from rehearsal.permissions.policies import Need

IN_ACCOUNT = ("cloudwatch.LogGroup", "iam.", "kms.", "s3.", "sns.")
"""What the account in memory has of the stack; the rest is the cluster's."""
OF_AWS = "iam.RolePolicyAttachment"
"""AWS's own policies, which roles of EKS and of nodes have: nothing here asks them."""
VERSIONS = "s3.BucketVersioning"
ALERTMANAGER = ("monitoring", "alertmanager")
"""Namespace and service account of its pods."""


@dataclass
class World:
    """The account and the cluster of one service."""

    account: Account
    manifest: Manifest
    factor: float
    driver: Driver
    people: People
    pods: Pods
    api: Cluster
    topics: Topics
    traffic: Traffic
    objects: Objects
    prometheus: Prometheus | None = None

    def cron_job_succeeded(self) -> None:
        """A look of the driver has ended well, as its CronJob's controller writes
        it."""
        for path, _ in self.objects.of_kind("CronJob"):
            self.objects.report(path, {"lastSuccessfulTime": time.time()})


def deploy(manifest: Manifest, account: Account, first: Callable[[], object]) -> int:
    """Creates what the account has of a stack. The first model is in the bucket before
    that has versions: settings name it by the version `null`."""
    names = account.names
    others = _part(manifest, lambda key: _in_account(key) and key != VERSIONS)
    count = Deployment(others, names, account).run()
    first()
    return count + Deployment(_part(manifest, VERSIONS.__eq__), names, account).run()


def _in_account(key: str) -> bool:
    return key.startswith(IN_ACCOUNT) and key != OF_AWS


def _part(manifest: Manifest, has: Callable[[str], bool]) -> Manifest:
    """Returns the resources of some types."""
    found = [r for r in manifest if r.custom and has(catalog.key(r.type))]
    return replace(manifest, resources=tuple(found))


@contextlib.contextmanager
def opening(manifest: Manifest, factor: float) -> Iterator[World]:
    """An account and a cluster in which the plan is deployed, but its pods and its
    monitoring."""
    with contextlib.ExitStack() as stack:
        part = _part(manifest, _in_account)
        account = stack.enter_context(opened(part, RealTime(factor)))
        names = account.names = Names(manifest)
        driver = Driver.of(manifest, account)
        target = driver.target
        service = _service(manifest, target.namespace, target.endpoint)
        objects = Objects.of(manifest, names)
        own = next(
            each
            for _, each in objects.of_kind("Deployment")
            if each["metadata"]["name"] == target.deployment
        )
        server = next(
            c for c in own["spec"]["template"]["spec"]["containers"] if c["name"] == "server"
        )
        people = People(account, manifest, target, server["image"], target.kms_key_arn)
        pods = Pods(objects, target.namespace, _loads(account, manifest, target.namespace))
        stack.callback(pods.stop)
        api_server = ApiServer(manifest, names, objects)
        folder = pathlib.Path(account.folder)
        token = api_server.token(driver.namespace, driver.service_account, folder)
        api = Cluster(stack.enter_context(serving(api_server.server())), token)
        alerting = identity(manifest, account, *ALERTMANAGER)
        topics = Topics.of(manifest, names, lambda topic: _publishes(account, alerting, topic))
        selector = names.value(service.inputs["spec"]["selector"])
        traffic = Traffic(lambda: pods.selected(selector))
        stack.callback(traffic.end)
        yield World(account, manifest, factor, driver, people, pods, api, topics, traffic, objects)


@contextlib.contextmanager
def monitored(world: World, programs: Mapping[str, str]) -> Iterator[None]:
    """The time in which Prometheus and Alertmanager watch the cluster."""
    names, manifest, factor = world.account.names, world.manifest, world.factor
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sns = stack.enter_context(serving(world.topics.server()))
        discovery = stack.enter_context(serving(_discovery(world.pods)))
        alertmanager = stack.enter_context(
            field.alertmanager(
                programs["alertmanager"], manifest, names, folder, api_url=sns, factor=factor
            )
        )
        places = Places(f"{discovery}/pods", discovery.removeprefix("http://"), alertmanager)
        world.prometheus = stack.enter_context(
            field.prometheus(
                programs["prometheus"], manifest, names, folder, places=places, factor=factor
            )
        )
        yield


@contextlib.contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """The time in which an HTTP server answers; its URL."""
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _discovery(pods: Pods) -> ThreadingHTTPServer:
    """Returns the server of kube-state-metrics, and of the pods that discovery of
    Kubernetes finds."""

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 (http.server)
            if self.path == "/pods":
                self.reply(HTTPStatus.OK, json.dumps(pods.targets()).encode())
            else:
                text = pods.state_metrics().encode()
                self.reply(HTTPStatus.OK, text, "text/plain; version=0.0.4")

    return ThreadingHTTPServer((HOST, 0), Handler)


def _service(manifest: Manifest, namespace: str, name: str) -> Resource:
    return next(
        each
        for each in kinds(manifest, "Service")
        if (each.inputs["metadata"]["namespace"], each.inputs["metadata"]["name"])
        == (namespace, name)
    )


def _publishes(account: Account, alerting: Principal, topic: str) -> None:
    """Requires what Alertmanager's pods need to publish to a topic."""
    secure = {"aws:SecureTransport": "true"}
    wanted = [Need("sns:Publish", topic, secure)]
    if key := account.keys.others.get(topic):
        wanted += [Need("kms:GenerateDataKey", key), Need("kms:Decrypt", key)]
    account.guard.require(*wanted, principal=alerting)


def _loads(
    account: Account, manifest: Manifest, namespace: str
) -> Callable[[Mapping[str, Any]], bytes]:
    """Returns what reads the archive of a pod's model, as its init container does: by
    its arguments, with the role of the pod's service account."""

    def load(template: Mapping[str, Any]) -> bytes:
        spec, annotations = template["spec"], template["metadata"].get("annotations", {})
        container = next(c for c in spec["initContainers"] if c["name"] == "download")
        arguments = [_expanded(a, container["env"], annotations) for a in container["args"]]
        options = dict(zip(arguments[2:-1:2], arguments[3:-1:2], strict=True))
        with acting(identity(manifest, account, namespace, spec["serviceAccountName"])):
            found = account.client("s3").get_object(
                Bucket=options["--bucket"], Key=options["--key"], VersionId=options["--version-id"]
            )
            archive: bytes = found["Body"].read()
            return archive

    return load


def _expanded(argument: str, variables: Any, annotations: Mapping[str, str]) -> str:
    """Returns an argument with the variables of its container, whose values may be
    those of annotations."""
    for variable in variables:
        path = variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")
        value = variable.get("value", "")
        if path:
            value = annotations[path.removeprefix("metadata.annotations['").removesuffix("']")]
        argument = argument.replace(f"$({variable['name']})", value)
    return argument
