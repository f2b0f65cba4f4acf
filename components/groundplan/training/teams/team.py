"""The Kubernetes objects of a team: a namespace with its own queue, and the limits that
isolate it from other teams."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import core, meta, networking, rbac

from groundplan.kubernetes import pod_security
from groundplan.training.queues import kueue as kueue_configuration
from groundplan.training.queues import queue as queues
from groundplan.training.queues import quotas
from groundplan.training.queues.flavor import Flavor
from groundplan.training.teams import member_role, namespace_limits, network_policies
from groundplan.training.teams.team_spec import TeamSpec


class Team:
    """The Kubernetes objects of one team."""

    namespace: core.v1.Namespace
    cluster_queue: kubernetes.apiextensions.CustomResource
    local_queue: kubernetes.apiextensions.CustomResource
    service_account: core.v1.ServiceAccount
    network_policy: networking.v1.NetworkPolicy
    resource_quota: core.v1.ResourceQuota
    limit_range: core.v1.LimitRange
    role: rbac.v1.Role
    role_binding: rbac.v1.RoleBinding | None
    """None without members."""

    def __init__(
        self,
        name: str,
        team: str,
        spec: TeamSpec,
        flavors: Sequence[Flavor],
        *,
        kueue: pulumi.Resource,
        resource_flavors: Sequence[pulumi.Resource],
        operators: Sequence[pulumi.Resource],
        ray_namespace: str | None,
        keep: bool,
        opts: pulumi.ResourceOptions,
    ) -> None:
        named = f"{name}-team-{team}"
        self.cluster_queue = queues.custom_object(
            f"{named}-cluster-queue",
            "ClusterQueue",
            team,
            quotas.team_queue(team, spec, flavors),
            _with(opts, pulumi.ResourceOptions(depends_on=[kueue, *resource_flavors])),
        )
        self.namespace = core.v1.Namespace(
            f"{named}-namespace",
            metadata=meta.v1.ObjectMetaArgs(name=team, labels=namespace_labels(spec)),
            # The operators take their finalizers off the jobs in it: they run until it
            # is gone.
            opts=_with(opts, queues.home([kueue, *operators, self.cluster_queue], keep)),
        )
        self.local_queue = queues.local_queue(
            f"{named}-local-queue",
            team,
            self.cluster_queue,
            self.namespace,
            _with(opts, pulumi.ResourceOptions(depends_on=[kueue])),
        )
        # Not one by one before the namespace: the last pods in it are isolated, and
        # have their service account, to their end.
        inside = _with(opts, pulumi.ResourceOptions(deleted_with=self.namespace))
        self._limits(named, spec, flavors, ray_namespace, inside)
        self._members(named, spec.members, inside)

    def _limits(
        self,
        named: str,
        spec: TeamSpec,
        flavors: Sequence[Flavor],
        ray_namespace: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        policy: Any = network_policies.isolation(spec, ray_namespace)
        quota: Any = namespace_limits.resource_quota(spec, flavors)
        limits: Any = namespace_limits.limit_range()
        self.network_policy = networking.v1.NetworkPolicy(
            f"{named}-network-policy", metadata=self._in("isolation"), spec=policy, opts=opts
        )
        self.resource_quota = core.v1.ResourceQuota(
            f"{named}-quota", metadata=self._in("team"), spec=quota, opts=opts
        )
        self.limit_range = core.v1.LimitRange(
            f"{named}-limits", metadata=self._in("team"), spec=limits, opts=opts
        )

    def _members(self, named: str, members: Sequence[str], opts: pulumi.ResourceOptions) -> None:
        rules: Any = member_role.rules()
        self.service_account = queues.service_account(
            f"{named}-service-account", self.namespace, opts
        )
        self.role = rbac.v1.Role(
            f"{named}-role", metadata=self._in("team-member"), rules=rules, opts=opts
        )
        self.role_binding = None
        if members:
            group = "rbac.authorization.k8s.io"
            self.role_binding = rbac.v1.RoleBinding(
                f"{named}-members",
                metadata=self._in("team-members"),
                role_ref=rbac.v1.RoleRefArgs(
                    api_group=group, kind="Role", name=self.role.metadata.name
                ),
                subjects=[
                    rbac.v1.SubjectArgs(api_group=group, kind="Group", name=member)
                    for member in members
                ],
                opts=opts,
            )

    def _in(self, object_name: str) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(name=object_name, namespace=self.namespace.metadata.name)


def namespace_labels(spec: TeamSpec) -> Mapping[str, str]:
    """Returns the labels of a team's namespace: Kueue manages its jobs, and the Pod
    Security Standard that it enforces."""
    return {**kueue_configuration.MANAGED, **pod_security.labels(spec.pod_security)}


def _with(opts: pulumi.ResourceOptions, more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, more)
