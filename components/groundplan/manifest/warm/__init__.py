"""Runs programs in forks of a process that holds the provider SDKs, so that a run takes
the time of the program only, and no state of one run reaches the next."""
