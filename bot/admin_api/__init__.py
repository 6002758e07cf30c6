"""EDGE: HTTP to the Anthropic Admin API."""
