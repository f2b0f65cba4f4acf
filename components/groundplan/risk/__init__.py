"""Risks of a change: data loss, downtime, wider access, less protection, a module
each."""
