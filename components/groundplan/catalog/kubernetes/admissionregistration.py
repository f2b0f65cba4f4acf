"""Kubernetes API group `admissionregistration.k8s.io`: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType, Safeguard

TYPES = (
    ResourceType(
        ("kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",),
        "mutating webhook",
        cost=ON_NODES,
        safeguard=Safeguard("nothing completes or corrects what is created in the cluster"),
    ),
    ResourceType(
        ("kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",),
        "binding of an admission policy",
        cost=ON_NODES,
        safeguard=Safeguard("its policy no longer checks what is created in the cluster"),
    ),
    ResourceType(
        ("kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration",),
        "validating webhook",
        cost=ON_NODES,
        safeguard=Safeguard("nothing checks what is created in the cluster"),
    ),
)
