"""What the environment, `.env` and `claudecost.toml` say, in this order of precedence; a sentence each.

A wrong value is one line that names the setting and the mend, never a traceback and never the value of a secret.
"""

from bot.settings.errors import WrongSettings
from bot.settings.fields import Access, Settings, wrong_keys_of
from bot.settings.load import load_settings, load_what_is_right
from bot.settings.tables import TABLES, MetricsChoices, OrganizationTable, PrivacyChoices, routes_of
from bot.settings.values import USUAL_DIGEST, WeeklyTime, parse_timezone, parse_weekly_time
from bot.settings.words import shown_default

__all__ = [
    "TABLES",
    "USUAL_DIGEST",
    "Access",
    "MetricsChoices",
    "OrganizationTable",
    "PrivacyChoices",
    "Settings",
    "WeeklyTime",
    "WrongSettings",
    "load_settings",
    "load_what_is_right",
    "parse_timezone",
    "parse_weekly_time",
    "routes_of",
    "shown_default",
    "wrong_keys_of",
]
