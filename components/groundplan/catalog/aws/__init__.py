"""AWS: one file for each module of the provider pulumi-aws."""
