"""UtilizationReport: the weekly report on what of an environment idles."""
