"""The state of Pulumi in an account: a bucket, and the key that encrypts it and the
stacks' secrets."""
