"""The Kubernetes half of a training cluster: Kueue and its queues, the teams, and the
frameworks that jobs are written for.

It knows no cloud: it takes a provider that reaches a cluster, and pools as flavors.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import charts
from groundplan.problems import Problem, under
from groundplan.training import versions
from groundplan.training.frameworks import RAY_NAMESPACE, Frameworks, FrameworksArgs
from groundplan.training.queues import quotas
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.kueue import chart_values
from groundplan.training.queues.night import Night, NightArgs
from groundplan.training.queues.queue import CLUSTER_QUEUE, NAMESPACE, Queues
from groundplan.training.teams import team_args, team_ceiling
from groundplan.training.teams.team import Team
from groundplan.training.teams.team_args import TeamArgs

KUEUE_NAMESPACE = "kueue-system"


def problems(flavors: Sequence[Flavor], teams: Mapping[str, TeamArgs]) -> list[Problem]:
    """What is wrong with pools, which have no problems by themselves, and teams,
    together: keys are `pools`, `teams....`."""
    found = [*under("pools", quotas.flavor_problems(flavors)), *team_problems(teams)]
    shares = quotas.problems(flavors, teams)
    return [*found, *under("teams", shares or team_ceiling.problems(flavors, teams))]


def team_problems(teams: Mapping[str, TeamArgs]) -> list[Problem]:
    """What is wrong with teams, whatever the pools are."""
    return under("teams", team_args.problems(teams))


class Platform:
    """Everything inside of a cluster that needs no cloud. `opts` carry the parent and
    the Kubernetes provider."""

    releases: dict[str, kubernetes.helm.v3.Release]
    """By the chart's name."""
    queues: Queues
    teams: dict[str, Team]
    frameworks: Frameworks
    night: Night | None

    def __init__(
        self,
        name: str,
        flavors: Sequence[Flavor],
        *,
        teams: Mapping[str, TeamArgs] | None = None,
        frameworks: FrameworksArgs | None = None,
        night: NightArgs | None = None,
        device_plugin: bool = False,
        nodes: Sequence[pulumi.Resource] = (),
        identities: Mapping[str, pulumi.Resource] | None = None,
        keep: bool = True,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`nodes`: what jobs need to run, nodes above all; `identities`: what a team's
        jobs reach the cloud by, by its name. Both stay until the namespaces, with the
        jobs and their volumes, are gone."""
        given, wanted = team_ceiling.kept(flavors, teams or {}), frameworks or {}
        kueue = charts.release(
            f"{name}-kueue",
            versions.KUEUE,
            chart_values(),
            namespace=KUEUE_NAMESPACE,
            create_namespace=True,
            opts=opts,
        )
        self.releases = {versions.KUEUE.name: kueue}
        if device_plugin:
            self.releases[versions.DEVICE_PLUGIN.name] = charts.release(
                f"{name}-nvidia-device-plugin",
                versions.DEVICE_PLUGIN,
                {},  # the chart's own affinity and tolerations: see `TrainingPlatformArgs.device_plugin`
                namespace="kube-system",
                opts=opts,
            )
        self.frameworks = Frameworks(name, wanted, kueue=kueue, opts=opts)
        self.releases |= self.frameworks.releases
        operators = [*self.frameworks.releases.values(), *nodes]
        self.queues = Queues(
            name, flavors, kueue=kueue, teams=given, operators=operators, keep=keep, opts=opts
        )
        self.teams = {
            team: Team(
                name,
                team,
                args,
                flavors,
                kueue=kueue,
                resource_flavors=list(self.queues.flavors.values()),
                operators=[
                    *operators,
                    *([identities[team]] if identities and team in identities else []),
                ],
                ray_namespace=RAY_NAMESPACE if wanted.get("ray", False) else None,
                keep=keep,
                opts=opts,
            )
            for team, args in sorted(given.items())
        }
        self.night = self._close_at_night(name, night, opts) if night and flavors else None

    def _close_at_night(self, name: str, night: NightArgs, opts: pulumi.ResourceOptions) -> Night:
        queues = {name: team.cluster_queue for name, team in self.teams.items()}
        if self.queues.cluster_queue:
            queues[CLUSTER_QUEUE] = self.queues.cluster_queue
        after = pulumi.ResourceOptions(depends_on=list(queues.values()))
        return Night(name, night, list(queues), opts=pulumi.ResourceOptions.merge(opts, after))

    @property
    def namespaces(self) -> dict[str, pulumi.Output[str]]:
        """The namespaces whose jobs are queued, by the team's name; `training` is the
        one of no team."""
        own = {name: team.namespace for name, team in self.teams.items()}
        return {
            name: found.metadata.name
            for name, found in {NAMESPACE: self.queues.namespace, **own}.items()
        }

    @property
    def cluster_queues(self) -> dict[str, pulumi.Output[str]]:
        """The ClusterQueues that jobs of those namespaces get into, by the same keys;
        empty without pools."""
        found: dict[str, pulumi.Output[str]] = {}
        if self.queues.cluster_queue:
            found[NAMESPACE] = _told(CLUSTER_QUEUE, self.queues.cluster_queue)
        return found | {name: _told(name, team.cluster_queue) for name, team in self.teams.items()}


def _told(name: str, made: pulumi.Resource) -> pulumi.Output[str]:
    """A name, once what has it is there. By its URN and not its ID: it is known in a
    preview too."""
    return made.urn.apply(lambda _: name)
