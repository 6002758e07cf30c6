"""EDGE: HTTP to Slack's Web API, for what the bot says unasked."""
