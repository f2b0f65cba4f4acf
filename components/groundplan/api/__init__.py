"""The REST API of an environment: the models of an endpoint, their releases and
retraining, and dataset versions.

`routes` has the operations; `component/` (Pulumi) deploys them; `models/` and
`handlers/` run in Lambda, where Powertools' layer is; `openapi` writes the document
that clients are generated from; `signing` signs their requests.
"""
