"""CiAccess: the roles that pipelines assume with OpenID Connect."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.delivery.ci_access import permissions, plan_permissions, trust
from groundplan.delivery.ci_access.args import CiAccessArgs
from groundplan.delivery.ci_access.spec import BOUNDARIES, CiAccessSpec, resolve
from groundplan.delivery.ci_access.validation import validate

PLAN_SECONDS = 3600


class CiAccess(Component):
    """Two roles of one environment that pipelines assume without stored credentials:
    plan reads how resources are configured, deploy changes them.

    Jobs of pull requests and of the branch plan. Jobs of one branch in one GitHub
    environment, or of one service connection of Azure Pipelines, deploy: protection
    rules, approvals and checks come before the job's token. The deploy role has a
    permissions boundary, and so has every role that it creates.

    Administrators deploy this component, in a stack of its own: the boundary denies
    pipelines any change of it.
    """

    plan_role_arn: pulumi.Output[str]
    """ARN of the role that plans."""
    deploy_role_arn: pulumi.Output[str]
    """ARN of the role that deploys."""
    boundary_arn: pulumi.Output[str]
    """ARN of the permissions boundary: the environment's
    `iam.permissionsBoundaryArn`."""
    role_path: pulumi.Output[str]
    """Path of the environment's roles: its `iam.path`."""

    def __init__(
        self, name: str, args: CiAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:CiAccess", name, {}, opts)
        context = Context.of(name, opts)
        spec = resolve(
            arguments.validated("CiAccess", CiAccessArgs, args, validate, context), context
        )
        invoke = pulumi.InvokeOptions(parent=self)
        self._name, self._tags = name, tags.merged(name, spec.tags)
        self._child = pulumi.ResourceOptions(parent=self)
        self._account_arn = pulumi.Output.format(
            "arn:{0}:iam::{1}", iam.partition(invoke), iam.account_id(invoke)
        )
        self._state_arn = self._bucket_arn(spec, invoke)

        self.providers: Mapping[str, aws.iam.OpenIdConnectProvider] = self._create_providers(spec)
        """The OIDC providers that the component creates: github, azure."""
        self.boundary = self._create_boundary(spec)
        self.plan_role, self.deploy_role = self._create_roles(spec)
        self.policies = self._create_policies(spec)
        """plan, deploy."""
        self.attachments = self._attach(spec, invoke)
        """AWS's policies, or those of `deploy_policy_arns`."""

        self.plan_role_arn, self.deploy_role_arn = self.plan_role.arn, self.deploy_role.arn
        self.boundary_arn = self.boundary.arn
        self.role_path = pulumi.Output.from_input(spec.role_path)
        self.register_outputs(
            {
                "planRoleArn": self.plan_role_arn,
                "deployRoleArn": self.deploy_role_arn,
                "boundaryArn": self.boundary_arn,
                "rolePath": self.role_path,
            }
        )

    @staticmethod
    def _bucket_arn(spec: CiAccessSpec, invoke: pulumi.InvokeOptions) -> pulumi.Output[str | None]:
        if spec.state is None:
            return pulumi.Output.from_input(None)
        return pulumi.Output.format(
            "arn:{0}:s3:::{1}", iam.partition(invoke), spec.state.bucket_name
        )

    def _create_providers(self, spec: CiAccessSpec) -> dict[str, aws.iam.OpenIdConnectProvider]:
        """Creates the providers that the account lacks. IAM verifies both issuers with
        its own root certificates: no thumbprint (IAM User Guide, "Obtain the thumbprint
        for an OpenID Connect identity provider")."""
        wanted: dict[str, tuple[str, str]] = {}
        if spec.github and spec.github.provider_arn is None:
            wanted["github"] = (trust.GITHUB_ISSUER, trust.GITHUB_AUDIENCE)
        if spec.azure and spec.azure.provider_arn is None:
            wanted["azure"] = (trust.azure_issuer(spec.azure), trust.AZURE_AUDIENCE)
        return {
            key: aws.iam.OpenIdConnectProvider(
                f"{self._name}-{key}-provider",
                url=f"https://{issuer}",
                client_id_lists=[audience],
                tags=self._tags,
                opts=self._child,
            )
            for key, (issuer, audience) in wanted.items()
        }

    def _create_boundary(self, spec: CiAccessSpec) -> aws.iam.Policy:
        # Its own statements name it, so its name is fixed: an ARN that the policy gets
        # when it is created can't stand in it.
        policy_name = f"{pulumi.get_stack()}-{self._name}"
        arn = pulumi.Output.concat(self._account_arn, f":policy{BOUNDARIES}{policy_name}")
        document = pulumi.Output.all(arn, self._account_arn).apply(
            lambda known: iam.document_text(
                permissions.boundary(known[0], known[1], spec.role_path, spec.regions)
            )
        )
        return aws.iam.Policy(
            f"{self._name}-boundary",
            name=policy_name,
            path=BOUNDARIES,
            description="What pipelines, and the roles that they create, can never do",
            policy=document,
            tags=self._tags,
            opts=self._child,
        )

    def _create_roles(self, spec: CiAccessSpec) -> tuple[aws.iam.Role, aws.iam.Role]:
        plan, deploy = self._trusts(spec)
        return (
            aws.iam.Role(
                f"{self._name}-plan-role",
                description="Plans in pull requests: reads configuration, no data",
                assume_role_policy=iam.document(plan),
                max_session_duration=PLAN_SECONDS,
                tags=self._tags,
                opts=self._child,
            ),
            aws.iam.Role(
                f"{self._name}-deploy-role",
                description="Deploys from the protected branch and environment",
                assume_role_policy=iam.document(deploy),
                permissions_boundary=self.boundary.arn,
                max_session_duration=spec.max_session_hours * 3600,
                tags=self._tags,
                opts=self._child,
            ),
        )

    def _trusts(self, spec: CiAccessSpec) -> tuple[list[iam.Statement], list[iam.Statement]]:
        """Returns the statements of the trust policies: of plan, of deploy."""
        plan: list[iam.Statement] = []
        deploy: list[iam.Statement] = []
        if github := spec.github:
            provider = github.provider_arn or self.providers["github"].arn
            for sid, claims in trust.github_plan(github).items():
                plan.append(trust.statement(sid, provider, trust.GITHUB_ISSUER, claims))
            claims = trust.github_deploy(github)
            deploy.append(trust.statement("Github", provider, trust.GITHUB_ISSUER, claims))
        if azure := spec.azure:
            provider, issuer = (
                azure.provider_arn or self.providers["azure"].arn,
                trust.azure_issuer(azure),
            )
            if azure.plan_connection:
                claims = trust.azure_claims(azure, azure.plan_connection)
                plan.append(trust.statement("Azure", provider, issuer, claims))
            claims = trust.azure_claims(azure, azure.deploy_connection)
            deploy.append(trust.statement("Azure", provider, issuer, claims))
        # A plan reads less than a deployment: who may deploy may plan.
        return plan + [{**one, "Sid": f"{one['Sid']}Deploy"} for one in deploy], deploy

    def _create_policies(self, spec: CiAccessSpec) -> dict[str, aws.iam.RolePolicy]:
        key = spec.state.kms_key_arn if spec.state else None
        known = pulumi.Output.all(self._state_arn, key, self._account_arn)
        documents = {
            "plan": known.apply(
                lambda values: iam.document_text(
                    plan_permissions.plan(values[0], values[1], values[2], spec.regions)
                )
            ),
            "deploy": known.apply(
                lambda values: iam.document_text(
                    permissions.deploy(values[0], values[1], values[2], spec.role_path)
                )
            ),
        }
        roles = {"plan": self.plan_role, "deploy": self.deploy_role}
        return {
            what: aws.iam.RolePolicy(
                f"{self._name}-{what}-policy",
                role=roles[what].name,
                policy=document,
                opts=self._child,
            )
            for what, document in documents.items()
        }

    def _attach(
        self, spec: CiAccessSpec, invoke: pulumi.InvokeOptions
    ) -> list[aws.iam.RolePolicyAttachment]:
        def managed(policy: str) -> pulumi.Output[str]:
            return pulumi.Output.format(
                "arn:{0}:iam::aws:policy/{1}", iam.partition(invoke), policy
            )

        deploy = spec.deploy_policy_arns or [managed(permissions.POWER_USER)]
        attached = {
            "plan-read-only": (self.plan_role, managed(plan_permissions.READ_ONLY)),
            **{f"deploy-{n}": (self.deploy_role, arn) for n, arn in enumerate(deploy)},
        }
        return [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{key}", role=role.name, policy_arn=arn, opts=self._child
            )
            for key, (role, arn) in attached.items()
        ]
