"""Anthropic's Admin API on loopback over a simulated organisation: strict as the reference, faulty on demand."""

from bot.sandbox.admin_api.faults import (
    HONEST,
    Altered,
    Broken,
    CutOff,
    Faults,
    Instead,
    RepeatedPage,
    Slow,
    Without,
    error,
    rate_limited,
)
from bot.sandbox.admin_api.pages import TOKEN_LIFETIME
from bot.sandbox.admin_api.server import SANDBOX_KEY, AdminApiServer, Asked, ReceivedRequest
from bot.sandbox.admin_api.variants import ANALYTICS, GUIDE_SHAPE, NO_COST_REPORT, REFERENCE, Variant

__all__ = [
    "ANALYTICS",
    "GUIDE_SHAPE",
    "HONEST",
    "NO_COST_REPORT",
    "REFERENCE",
    "SANDBOX_KEY",
    "TOKEN_LIFETIME",
    "AdminApiServer",
    "Altered",
    "Asked",
    "Broken",
    "CutOff",
    "Faults",
    "Instead",
    "ReceivedRequest",
    "RepeatedPage",
    "Slow",
    "Variant",
    "Without",
    "error",
    "rate_limited",
]
