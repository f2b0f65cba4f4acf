"""The Kubernetes half of a training cluster: Kueue and its queues, teams, frameworks.

It depends on no cloud: its inputs are a Kubernetes provider, and pools as flavors.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import charts, ray_jobs
from groundplan.training import versions
from groundplan.training.frameworks import Frameworks
from groundplan.training.frameworks_args import FrameworksSpec
from groundplan.training.nodes import device_allocation
from groundplan.training.queues import schedule as queue_schedule
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.kueue import chart_values
from groundplan.training.queues.queue import CLUSTER_QUEUE, NAMESPACE, Queues
from groundplan.training.queues.schedule import Schedule
from groundplan.training.queues.schedule_args import ScheduleSpec
from groundplan.training.teams import team_ceiling
from groundplan.training.teams.team import Team
from groundplan.training.teams.team_spec import Connections, TeamSpec


class Platform:
    """The Kubernetes resources that depend on no cloud. `opts` carry the parent and the
    Kubernetes provider."""

    releases: dict[str, kubernetes.helm.v3.Release]
    """By the chart's name."""
    queues: Queues
    teams: dict[str, Team]
    frameworks: Frameworks
    schedule: Schedule | None
    """None if the queues are always open, or without pools."""

    def __init__(
        self,
        name: str,
        flavors: Sequence[Flavor],
        *,
        teams: Mapping[str, TeamSpec],
        connections: Connections,
        frameworks: FrameworksSpec,
        schedule: ScheduleSpec | None = None,
        device_plugin: bool = False,
        nodes: Sequence[pulumi.Resource] = (),
        identities: Mapping[str, pulumi.Resource] | None = None,
        keep: bool = True,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`nodes`: resources that jobs need to run, such as node groups; `identities`:
        what gives a team's jobs access to the cloud, by the team's name. Both are
        deleted after the namespaces with their jobs and volumes. `connections` are
        those of the namespace `training`."""
        limited = team_ceiling.enforced(flavors, teams)
        kueue = charts.release(
            f"{name}-kueue",
            versions.KUEUE,
            chart_values(
                device_allocation.device_class_mappings() if any(f.dra for f in flavors) else ()
            ),
            namespace=queue_schedule.NAMESPACE,
            create_namespace=True,
            opts=opts,
        )
        self.releases = {versions.KUEUE.name: kueue}
        if device_plugin:
            self.releases[versions.DEVICE_PLUGIN.name] = charts.release(
                f"{name}-nvidia-device-plugin",
                versions.DEVICE_PLUGIN,
                # The chart's own affinity and tolerations: see
                # `TrainingPlatformArgs.device_plugin`.
                {},
                namespace="kube-system",
                opts=opts,
            )
        self.frameworks = Frameworks(name, frameworks, kueue=kueue, opts=opts)
        self.releases |= self.frameworks.releases
        operators = [*self.frameworks.releases.values(), *nodes]
        ray_namespace = ray_jobs.NAMESPACE if frameworks.ray else None
        self.queues = Queues(
            name,
            flavors,
            kueue=kueue,
            teams=limited,
            connections=connections,
            ray_namespace=ray_namespace,
            operators=operators,
            keep=keep,
            opts=opts,
        )
        self.teams = {
            team: Team(
                name,
                team,
                spec,
                flavors,
                kueue=kueue,
                resource_flavors=list(self.queues.flavors.values()),
                operators=[
                    *operators,
                    *([identities[team]] if identities and team in identities else []),
                ],
                ray_namespace=ray_namespace,
                keep=keep,
                opts=opts,
            )
            for team, spec in limited.items()
        }
        self.schedule = self._schedule(name, schedule, opts) if schedule and flavors else None

    def _schedule(self, name: str, spec: ScheduleSpec, opts: pulumi.ResourceOptions) -> Schedule:
        queues = {name: team.cluster_queue for name, team in self.teams.items()}
        if self.queues.cluster_queue:
            queues[CLUSTER_QUEUE] = self.queues.cluster_queue
        after = pulumi.ResourceOptions(depends_on=list(queues.values()))
        return Schedule(name, spec, list(queues), opts=pulumi.ResourceOptions.merge(opts, after))

    @property
    def namespaces(self) -> dict[str, pulumi.Output[str]]:
        """The namespaces whose jobs are queued, by the team's name; `training` is the
        one for jobs of no team."""
        own = {name: team.namespace for name, team in self.teams.items()}
        return {
            name: found.metadata.name
            for name, found in {NAMESPACE: self.queues.namespace, **own}.items()
        }

    @property
    def cluster_queues(self) -> dict[str, pulumi.Output[str]]:
        """The ClusterQueues of the jobs of these namespaces, by the same keys; empty
        without pools."""
        found: dict[str, pulumi.Output[str]] = {}
        if self.queues.cluster_queue:
            found[NAMESPACE] = _name_after(CLUSTER_QUEUE, self.queues.cluster_queue)
        return found | {
            name: _name_after(name, team.cluster_queue) for name, team in self.teams.items()
        }


def _name_after(name: str, resource: pulumi.Resource) -> pulumi.Output[str]:
    """Returns a name that depends on the resource. By its URN and not its ID: the URN
    is known in a preview too."""
    return resource.urn.apply(lambda _: name)
