"""Whether `pulumi up` can succeed in an account: quotas, capacity, addresses, versions,
names and permissions, before money is spent. Reads the account, changes nothing."""
