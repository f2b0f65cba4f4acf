"""Releases that run by themselves: what an approved version of the model registry sets off."""
