"""Stand-ins that run: a simulated organisation's Admin API and a local Slack."""
