"""The short life of a service on a cluster: pods that really serve, and the Prometheus
and the Alertmanager of this machine with the rules, the targets and the routes of the
plan. Time is real, and each duration is divided by one factor."""
