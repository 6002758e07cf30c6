"""PURE: buckets to findings. No clock, disk, network, log or setting in here."""
