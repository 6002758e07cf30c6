"""claudecost: explains an organisation's Claude API bill in Slack."""
