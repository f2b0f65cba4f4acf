"""The rehearsal: a model's whole life on one machine, in an account in memory that is
created from the manifest of a stack. `make rehearse` runs it; see
docs/guides/rehearse.md."""
