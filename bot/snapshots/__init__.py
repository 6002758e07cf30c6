"""EDGE: SQLite, where everything that was reported, found and said is kept."""
