"""Counts of what dollars are divided by, read where they are kept: a file, an address inside, a database, Prometheus.

`CountsUnreadable` is the one error: a line with the mend. Nothing here asks anybody outside of the own network.
"""
