"""EDGE: HTTP to the Anthropic Admin API."""

from bot.admin_api.answers import Credential
from bot.admin_api.client import AdminApi
from bot.admin_api.errors import (
    AdminApiError,
    BadRequest,
    KeyRefused,
    Nonsense,
    NotAllowed,
    NotFound,
    Unavailable,
)
from bot.admin_api.pages import Buckets
from bot.admin_api.patience import Patience
from bot.admin_api.rows import AnalyticsCost

__all__ = [
    "AdminApi",
    "AdminApiError",
    "AnalyticsCost",
    "BadRequest",
    "Buckets",
    "Credential",
    "KeyRefused",
    "Nonsense",
    "NotAllowed",
    "NotFound",
    "Patience",
    "Unavailable",
]
