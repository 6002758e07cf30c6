"""What a monitoring system scrapes: the exposition, the page that serves it, and a dashboard for Grafana."""
