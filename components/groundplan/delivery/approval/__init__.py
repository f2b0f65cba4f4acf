"""Sealed approval: what a person approves is what `groundplan up` deploys."""
