"""The commands of `groundplan retraining`."""
