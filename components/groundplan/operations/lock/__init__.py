"""Resolves the moving references of a stack: registries, Helm repositories, EKS."""
