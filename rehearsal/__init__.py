"""The rehearsal: a model's whole life on one machine, in an account in memory that is
created from the manifest of a stack. `make rehearse` runs it; see
docs/guides/rehearse.md.

    account/      AWS's services: what they do with what a manifest registers
    permissions/  the plan's policies, which allow or refuse every call
    life/         the steps, and the people, data and pipelines that take part
    cluster/      the life of a service on a cluster, beside the main one
    containers/   what runs in containers: training, evaluation, serving
    machine/      servers and tools of the field, where this machine has them
    report/       the timeline and the page
"""
