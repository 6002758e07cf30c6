"""PURE: findings to Slack messages. No clock, disk, network, log or setting in here."""
