"""PURE: findings to terminal tables and the fixed JSON shapes."""
