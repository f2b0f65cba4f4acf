"""Retraining of models: a run trains the champion again on newer data, compares both,
and releases the candidate if it is better."""
