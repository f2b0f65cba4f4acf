"""Data that has a name: versions of datasets, where they come from and what uses
them."""
