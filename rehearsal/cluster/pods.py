"""The pods of the plan's Deployments: model servers that really answer, each on a port
of its own, with the model that their annotations name."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import uvicorn

from rehearsal.cluster.objects import Objects
from rehearsal.cluster.scraping import POD, series_label
from rehearsal.containers.serve import Server
from rehearsal.containers.server import application, configuration
from rehearsal.expectations import require
from rehearsal.machine.servers import HOST, answers, wait_for

Load = Callable[[Mapping[str, Any]], bytes]
"""Returns the archive that the pods of a template load."""
START_SECONDS, STOP_SECONDS = 10.0, 5.0
SURGE = 2
"""Places of a Deployment in addition to its pods."""


class Place:
    """A port of this machine, kept for pods of one Deployment. Prometheus looks for new
    targets each five seconds, whatever its configuration says: here it knows where pods
    will be."""

    def __init__(self, deployment: Mapping[str, Any], number: int) -> None:
        self.deployment = deployment
        self.name = f"{deployment['metadata']['name']}-{number}"
        self._socket = self._bound(0)
        self.port: int = self._socket.getsockname()[1]

    def taken(self) -> socket.socket:
        """Returns the socket that a pod listens on."""
        return self._socket

    def free(self) -> None:
        """Keeps the port, once its pod has ended."""
        self._socket.close()
        self._socket = self._bound(self.port)

    def close(self) -> None:
        """Gives the port up."""
        self._socket.close()

    @staticmethod
    def _bound(port: int) -> socket.socket:
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((HOST, port))
        return found

    def target(self) -> dict[str, Any]:
        """Returns what discovery of Kubernetes says of a pod's port."""
        template = self.deployment["spec"]["template"]
        container = next(c for c in template["spec"]["containers"] if c["name"] == "server")
        port = container["ports"][0]
        found = {
            "__meta_kubernetes_namespace": self.deployment["metadata"]["namespace"],
            f"{POD}_name": self.name,
            f"{POD}_container_name": container["name"],
            f"{POD}_container_port_number": str(port["containerPort"]),
            f"{POD}_container_port_name": port["name"],
        }
        for label, value in template["metadata"]["labels"].items():
            found[f"{POD}_label_{series_label(label)}"] = value
            found[f"{POD}_labelpresent_{series_label(label)}"] = "true"
        return {"targets": [f"{HOST}:{self.port}"], "labels": found}


@dataclass
class Pod:
    """A pod that serves."""

    place: Place
    template: Mapping[str, Any]
    server: uvicorn.Server
    thread: threading.Thread

    @property
    def port(self) -> int:
        """The port that it serves on."""
        return self.place.port

    def stop(self) -> None:
        """Ends it, once it has answered what it has begun."""
        self.server.should_exit = True
        self.thread.join(STOP_SECONDS)
        self.place.free()


class Pods:
    """The pods of a namespace, and the controller of their Deployments."""

    def __init__(self, objects: Objects, namespace: str, load: Load) -> None:
        self._objects, self._namespace, self._load = objects, namespace, load
        self._lock = threading.RLock()
        self._running: dict[str, list[Pod]] = {}
        self._places: dict[str, list[Place]] = {}
        for path, each in self._deployments():
            count = int(each["spec"].get("replicas", 1)) + SURGE
            self._running[path] = []
            self._places[path] = [Place(each, number) for number in range(count)]

    def _deployments(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for path, each in self._objects.of_kind("Deployment"):
            if each["metadata"]["namespace"] == self._namespace:
                yield path, each

    def reconcile(self) -> None:
        """Rolls every Deployment out: a pod more, then one less, until all are those of
        its template."""
        for path, deployment in self._deployments():
            self._roll_out(path, deployment)

    def _roll_out(self, path: str, deployment: Mapping[str, Any]) -> None:
        spec, own = deployment["spec"], self._running[path]
        template, wanted = spec["template"], int(spec.get("replicas", 1))
        while True:
            old = [pod for pod in own if pod.template != template]
            new = len(own) - len(old)
            self._report(path, deployment, new)
            if not old and new == wanted:
                return
            if new < wanted:
                self._start(path, template)
            if old or new > wanted:
                self._stop(path, (old or own)[0])

    def _report(self, path: str, deployment: Mapping[str, Any], updated: int) -> None:
        count = len(self._running[path])
        progressing = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
        self._objects.report(
            path,
            {
                "observedGeneration": deployment["metadata"]["generation"],
                "replicas": count,
                "updatedReplicas": updated,
                "availableReplicas": count,
                "conditions": [progressing],
            },
        )

    def _start(self, path: str, template: Mapping[str, Any]) -> None:
        used = [pod.place for pod in self._running[path]]
        place = next(place for place in self._places[path] if place not in used)
        config = configuration(application(Server(self._load(template))), place.port)
        server = uvicorn.Server(config)
        arguments = {"sockets": [place.taken()]}
        thread = threading.Thread(target=server.run, kwargs=arguments, daemon=True)
        thread.start()
        ready = wait_for(lambda: answers(f"http://{HOST}:{place.port}/ping"), START_SECONDS, 0.02)
        require(ready, f"pod {place.name} is not ready")
        with self._lock:
            self._running[path].append(Pod(place, template, server, thread))

    def _stop(self, path: str, pod: Pod) -> None:
        """Takes a pod out of its service, then ends it."""
        with self._lock:
            self._running[path].remove(pod)
        pod.stop()

    def selected(self, selector: Mapping[str, str]) -> list[Pod]:
        """Returns the ready pods that a Service selects."""
        with self._lock:
            every = [pod for pods in self._running.values() for pod in pods]
        return [p for p in every if selector.items() <= p.template["metadata"]["labels"].items()]

    def targets(self) -> list[dict[str, Any]]:
        """Returns what discovery of Kubernetes says of all places of pods."""
        return [place.target() for places in self._places.values() for place in places]

    def state_metrics(self) -> str:
        """Returns the series of kube-state-metrics."""
        return state_metrics(self._objects)

    def stop(self) -> None:
        """Ends all pods."""
        for path, pods in self._running.items():
            for pod in list(pods):
                self._stop(path, pod)
        for place in (place for places in self._places.values() for place in places):
            place.close()


def state_metrics(objects: Objects) -> str:
    """Returns the series of kube-state-metrics that the plan's rules read (its
    documentation, "Deployment Metrics", "CronJob Metrics")."""
    lines = []
    for _, each in objects.of_kind("Deployment"):
        metadata, status = each["metadata"], each.get("status", {})
        which = f'namespace="{metadata["namespace"]}",deployment="{metadata["name"]}"'
        available = status.get("availableReplicas", 0)
        lines += [
            f"kube_deployment_spec_replicas{{{which}}} {each['spec'].get('replicas', 1)}",
            f"kube_deployment_status_replicas_available{{{which}}} {available}",
        ]
        for condition in status.get("conditions", ()):
            for state in ("true", "false", "unknown"):
                labels = f'{which},condition="{condition["type"]}",status="{state}"'
                on = int(condition["status"].lower() == state)
                lines.append(f"kube_deployment_status_condition{{{labels}}} {on}")
    for _, each in objects.of_kind("CronJob"):
        metadata, status = each["metadata"], each.get("status", {})
        which = f'namespace="{metadata["namespace"]}",cronjob="{metadata["name"]}"'
        lines.append(f"kube_cronjob_created{{{which}}} {time.time():.0f}")
        if "lastSuccessfulTime" in status:
            at = status["lastSuccessfulTime"]
            lines.append(f"kube_cronjob_status_last_successful_time{{{which}}} {at:.0f}")
    return "\n".join(lines) + "\n"
