"""Brings Grafana's dashboards and data sources to a workspace of Amazon Managed
Grafana, by Grafana's HTTP API."""
