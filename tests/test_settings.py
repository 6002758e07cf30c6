"""Settings: where they come from, and the one line that each wrong one gets."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.contract import Override
from bot.analysis.routing import Place, Route
from bot.model import usd
from bot.settings import Settings, WeeklyTime, WrongSettings, load_settings, load_what_is_right
from bot.settings.values import Hours

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and an environment without any setting."""
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)


def lines() -> list[str]:
    with pytest.raises(WrongSettings) as wrong:
        load_settings()
    return wrong.value.lines


def test_defaults_are_those_of_the_readme() -> None:
    settings = load_settings()
    assert settings.anthropic_base_url == "https://api.anthropic.com"
    assert settings.anthropic_org_path == "/v1/organizations"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.claudecost_threshold_percent == 25
    assert settings.claudecost_min_increase_usd is None
    assert settings.claudecost_backfill_days == 90
    assert settings.claudecost_digest == WeeklyTime(0, time(9))
    assert settings.claudecost_timezone.key == "UTC"


def test_the_environment_beats_dotenv_and_dotenv_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "claudecost.toml").write_text(
        'CLAUDECOST_CHANNEL = "CTOML"\nCLAUDECOST_DIGEST = "tue 10:00"\nCLAUDECOST_BACKFILL_DAYS = 10\n'
    )
    (tmp_path / ".env").write_text("CLAUDECOST_CHANNEL=CDOTENV\nCLAUDECOST_DIGEST=wed 11:00\n")
    monkeypatch.setenv("CLAUDECOST_CHANNEL", "CENV")
    settings = load_settings()
    assert settings.claudecost_channel == "CENV"
    assert str(settings.claudecost_digest) == "wed 11:00"
    assert settings.claudecost_backfill_days == 10


def test_the_configuration_file_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("CLAUDECOST_THRESHOLD_PERCENT = 40\n")
    monkeypatch.setenv("CLAUDECOST_CONFIG", "other.toml")
    assert load_settings().claudecost_threshold_percent == 40


def test_prices_come_from_tables_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "claudecost.toml").write_text('[prices."claude-new-1"]\ninput = 3\noutput = 15.5\n')
    (price,) = load_settings().claudecost_prices["claude-new-1"]
    assert (price.input, price.output, price.cache_read) == (Decimal(3), Decimal("15.5"), None)


def test_a_model_can_have_a_price_for_each_time(tmp_path: Path) -> None:
    (tmp_path / "claudecost.toml").write_text(
        '[[prices."m"]]\ninput = 3\noutput = 15\n[[prices."m"]]\nfrom = 2026-10-01\ninput = 2\noutput = 10\n'
    )
    assert [price.since for price in load_settings().claudecost_prices["m"]] == [None, date(2026, 10, 1)]


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ('[prices."m"]\ninput = 3', "prices.m.output: is missing; give dollars per million tokens"),
        (
            '[prices."m"]\ninput = 3\noutput = 1\nfrm = 2026-10-01',
            'prices.m.frm: is not known; did you mean "from"?',
        ),
        (
            '[[prices."m"]]\ninput = 3\noutput = 1\n[[prices."m"]]\ninput = 3\noutput = 1',
            "prices.m: has two entries from the beginning; give each its own day in `from`",
        ),
        ("[multipliers]\ndiscount = 3", 'multipliers.discount: is not known; did you mean "discount_percent"?'),
        ("[multipliers]\nzzz = 3", "multipliers.zzz: is not known; known are batch, us, fast, discount_percent"),
        ("[multipliers]\ndiscount_percent = 100", "multipliers.discount_percent: must be less than 100"),
        ("[privacy]\npeople = 3", "privacy.people: must be true or false, without quotes"),
        ("[privacy]\npeople = 1", "privacy.people: must be true or false, without quotes"),
        ('[privacy]\npeople = "yes"', "privacy.people: must be true or false, without quotes"),
        ("privacy = true", "privacy: is not a table; write it as [privacy] with a line for each value"),
        ("multipliers = 2", "multipliers: is not a table; write it as [multipliers] with a line for each value"),
        ("prices = 3", 'prices: is not a table; write it as [prices."model"] with a line for each value'),
        ("prices.m = 3", 'prices.m: is not a table; write it as [prices."m"] with a line for each value'),
        (
            'organizations = "x"',
            "organizations: is not a table; write it as [[organizations]] with a line for each value",
        ),
        (
            'organizations = ["x"]',
            "organizations[1]: is not a table; write it as [[organizations]] with a line for each value",
        ),
        (
            "[alerts]\noverride = 3",
            "alerts.override: is not a table; write it as [[alerts.override]] with a line for each value",
        ),
        ("[privacy]\npoeple = true", 'privacy.poeple: is not known; did you mean "people"?'),
        ("[privacy]\nemail = true", "privacy.email: is not known; known are people"),
        ("[multiplier]\nbatch = 1", 'claudecost.toml: "multiplier" is not a setting; did you mean "MULTIPLIERS"?'),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, written: str, line: str) -> None:
    (tmp_path / "claudecost.toml").write_text(written)
    (said,) = lines()
    assert said.startswith(line)


def test_nothing_about_people_unless_somebody_decides_so(tmp_path: Path) -> None:
    assert not load_settings().claudecost_privacy.people
    (tmp_path / "claudecost.toml").write_text("[privacy]\npeople = true\n")
    assert load_settings().claudecost_privacy.people


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    assert load_settings().slack_app_token is None


def test_a_named_configuration_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECOST_CONFIG", "gone.toml")
    assert lines() == ["CLAUDECOST_CONFIG: gone.toml cannot be read (No such file or directory); check the path"]


@pytest.mark.parametrize(
    ("written", "suggested"),
    [("channel", "CLAUDECOST_CHANNEL"), ("CLAUDECOST_CHANEL", "CLAUDECOST_CHANNEL"), ("price", "PRICES")],
)
def test_an_unknown_name_in_the_file_gets_a_suggestion(tmp_path: Path, written: str, suggested: str) -> None:
    (tmp_path / "claudecost.toml").write_text(f'{written} = "x"\n')
    assert lines() == [f'claudecost.toml: "{written}" is not a setting; did you mean "{suggested}"?']


@pytest.mark.parametrize("value", ['{"claude-opus-9": {"input": 3}}', "x"])
def test_a_table_is_only_taken_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    (tmp_path / "claudecost.toml").write_text('[prices."claude-opus-9"]\ninput = 5\noutput = 25\n')
    (tmp_path / ".env").write_text(f"CLAUDECOST_UNITS='{value}'\nCLAUDECOST_TEAMS=\n")
    monkeypatch.setenv("claudecost_prices", value)

    settings, said = load_what_is_right()

    assert said == [
        'CLAUDECOST_PRICES: is a table; write it as [prices."model"] in claudecost.toml',
        "CLAUDECOST_UNITS: is a table; write it as [[units]] in claudecost.toml",
    ]
    assert lines() == said
    assert settings is not None
    assert settings.claudecost_prices["claude-opus-9"][0].input == 5


def test_unknown_names_hide_no_other_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECOST_BACKFILL_DAYS", "9000")
    (tmp_path / "claudecost.toml").write_text('chanel = "x"\nzone = "y"\nCLAUDECOST_TIMEZONE = "Mars"\n')
    assert [line.partition(";")[0] for line in lines()] == [
        'claudecost.toml: "chanel" is not a setting',
        'claudecost.toml: "zone" is not a setting',
        "CLAUDECOST_BACKFILL_DAYS: must be less than or equal to 400",
        'CLAUDECOST_TIMEZONE: "Mars" is not a time zone',
    ]


def test_what_is_right_is_there_beside_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECOST_BACKFILL_DAYS", "9000")
    (tmp_path / "claudecost.toml").write_text(
        'CLAUDECOST_THRESHOLD_PERCENT = 40\n[prices."m"]\ninput = 3\n[multipliers]\nbatch = 0.4\n'
    )
    settings, wrong = load_what_is_right()
    assert settings is not None
    assert settings.claudecost_threshold_percent == 40
    assert (settings.claudecost_backfill_days, settings.claudecost_prices) == (90, {})
    assert settings.claudecost_multipliers.batch == Decimal("0.4")
    assert [line.partition(":")[0] for line in wrong] == ["CLAUDECOST_BACKFILL_DAYS", "prices.m.output"]


@pytest.mark.parametrize("written", ["5", "09:00:00", '["mon", "09:00"]'])
def test_a_digest_time_that_is_no_text_says_how_to_write_it(tmp_path: Path, written: str) -> None:
    (tmp_path / "claudecost.toml").write_text(f"CLAUDECOST_DIGEST = {written}\nCLAUDECOST_TIMEZONE = 1\n")
    assert lines() == [
        'CLAUDECOST_DIGEST: is not a weekday and a time; write it in quotes like "mon 09:00", or "off"',
        'CLAUDECOST_TIMEZONE: is not a time zone; use an IANA name in quotes such as "Europe/Berlin"',
    ]


@pytest.mark.parametrize("weekday", ["monnnn", "mo", "day", ""])
def test_a_weekday_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch, weekday: str) -> None:
    monkeypatch.setenv("CLAUDECOST_DIGEST", f"{weekday} 9:00")
    (line,) = lines()
    assert "is not a weekday and a time" in line


def test_a_file_that_is_no_toml_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "claudecost.toml").write_text("x = = 1\n")
    (line,) = lines()
    assert line.startswith("claudecost.toml: is not valid TOML;")


def test_several_wrong_settings_are_several_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECOST_DIGEST", "noon")
    monkeypatch.setenv("CLAUDECOST_TIMEZONE", "Mars/Olympus")
    assert lines() == [
        'CLAUDECOST_DIGEST: "noon" is not a weekday and a time; write it like "mon 09:00", or "off"',
        'CLAUDECOST_TIMEZONE: "Mars/Olympus" is not a time zone; use an IANA name such as "Europe/Berlin"',
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ANTHROPIC_ADMIN_KEY", "sk-ant-api03-abc", "key for sending messages"),
        ("ANTHROPIC_ADMIN_KEY", "two words", "copy it again"),
        ("ANTHROPIC_BASE_URL", "api.anthropic.com", "starts with https://"),
        ("ANTHROPIC_ORG_PATH", "v1", "starts with a slash"),
        ("SLACK_BOT_TOKEN", "xapp-1", "does not start with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1", "does not start with xapp-"),
        ("CLAUDECOST_CHANNEL", "#spend", "is not a channel id"),
        ("CLAUDECOST_DATABASE", "postgresql://u:secret@h/db", "give a path"),
        ("CLAUDECOST_THRESHOLD_PERCENT", "lots", "must be a valid decimal; the default is 25"),
        ("CLAUDECOST_THRESHOLD_PERCENT", "0", "must be greater than 0"),
        ("CLAUDECOST_THRESHOLD_PERCENT", "nan", "must be a finite number"),
        ("CLAUDECOST_MIN_INCREASE_USD", "-1", "neither"),
        ("CLAUDECOST_BACKFILL_DAYS", "401", "must be less than or equal to 400; the default is 90"),
        ("PORT", "http", "must be a valid integer"),
    ],
)
def test_a_wrong_value_is_one_line_with_the_mend(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    (line,) = lines()
    assert line.startswith(f"{name}: ")
    assert words in line


@pytest.mark.parametrize("name", ["ANTHROPIC_ADMIN_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "CLAUDECOST_DATABASE"])
def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "sk-ant-api03-://hunter2")
    assert "hunter2" not in "".join(lines())


def test_a_right_secret_is_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-hunter2")
    assert "hunter2" not in repr(load_settings())


def test_what_a_command_needs_is_asked_for_by_name() -> None:
    with pytest.raises(WrongSettings) as wrong:
        load_settings().require("ANTHROPIC_ADMIN_KEY", "CLAUDECOST_CHANNEL")
    assert [line.partition(":")[0] for line in wrong.value.lines] == ["ANTHROPIC_ADMIN_KEY", "CLAUDECOST_CHANNEL"]


# --- Several organisations ---

EUROPE = '[[organizations]]\nname = "Acme Europe"\nkey = "EU_KEY"\n'


def write(tmp_path: Path, toml: str) -> None:
    (tmp_path / "claudecost.toml").write_text(toml)


def test_without_tables_there_is_one_organization_with_the_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-one")

    (access,) = load_settings().accesses()

    assert (access.setting, access.called, access.path) == ("ANTHROPIC_ADMIN_KEY", "", "/v1/organizations")


def test_the_single_key_comes_first_and_each_table_adds_an_organization(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-one")
    monkeypatch.setenv("EU_KEY", "sk-ant-admin01-two")
    monkeypatch.setenv("ASIA_KEY", "sk-ant-admin01-three")
    (tmp_path / ".env").write_text("ASIA_KEY_NEXT=sk-ant-admin01-four\n")
    address = 'key_next = "ASIA_KEY_NEXT"\nbase_url = "https://gateway/"\npath = "/asia/"\n'
    write(tmp_path, f'{EUROPE}[[organizations]]\nname = "Asia"\nkey = "ASIA_KEY"\n{address}')

    settings = load_settings()

    first, europe, asia = settings.accesses()
    assert [access.called for access in (first, europe, asia)] == ["", "Acme Europe", "Asia"]
    assert europe.base_url == settings.anthropic_base_url
    assert (asia.base_url, asia.path) == ("https://gateway", "/asia")
    assert [(name, key.get_secret_value()) for name, key in asia.keys] == [
        ("ASIA_KEY", "sk-ant-admin01-three"),
        ("ASIA_KEY_NEXT", "sk-ant-admin01-four"),
    ]
    settings.require_keys()


def test_the_single_key_is_not_required_beside_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EU_KEY", "sk-ant-admin01-two")
    write(tmp_path, EUROPE)

    assert [access.setting for access in load_settings().accesses()] == ["EU_KEY"]
    assert load_settings().wrong_keys() == []


def test_a_table_can_name_the_single_keys_organization(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-one")
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY_NEXT", "sk-ant-admin01-next")
    write(tmp_path, '[organizations]\nname = "Acme"\nkey = "ANTHROPIC_ADMIN_KEY"\n')

    (access,) = load_settings().accesses()

    assert (access.called, [name for name, _ in access.keys]) == (
        "Acme",
        ["ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_KEY_NEXT"],
    )


def test_each_organizations_key_that_is_missing_or_wrong_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().wrong_keys() == [
        "ANTHROPIC_ADMIN_KEY: is not set; create an Admin key in the Claude Console under Admin keys and put it in .env"
    ]
    monkeypatch.setenv("ASIA_KEY", "sk-ant-api03-secret")
    write(tmp_path, f'{EUROPE}[[organizations]]\nname = "Asia"\nkey = "ASIA_KEY"\n')

    missing, wrong = load_settings().wrong_keys()

    assert missing == 'EU_KEY: is not set; put the Admin key of "Acme Europe" there, in the environment or .env'
    assert wrong.startswith("ASIA_KEY: is a key for sending messages")


@pytest.mark.parametrize(
    "key",
    ["sk-ant-admin01-Secret_0", "SECRET0SECRET0SECRET0SECRET0", "0123SECRET", "sEcret0", "SECRET_" * 10],
)
def test_a_key_in_the_file_itself_is_refused_without_showing_it(tmp_path: Path, key: str) -> None:
    write(tmp_path, f'[[organizations]]\nname = "Acme"\nkey = "{key}"\n')

    (line,) = lines()

    assert line.startswith("organizations[1].key: is not the name of an environment variable")
    assert 'put the key into the environment or .env, for example as EU_ADMIN_KEY, and write key = "EU_AD' in line
    assert key not in line


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            'name = "Acme"\n',
            "organizations[2].key: is missing; give the name of the environment variable that holds its",
        ),
        ('key = "US_KEY"\n', "organizations[2].name: is missing; give what the organisation is called"),
        ('name = "acme europe"\nkey = "US_KEY"\n', 'organizations: has "Acme Europe" twice; give each'),
        ('name = "Acme"\nkey = "EU_KEY"\n', "organizations: has EU_KEY twice; each organisation has a key of its own"),
        ('name = "Acme"\nkey = "US_KEY"\nurl = "x"\n', 'organizations[2].url: is not known; did you mean "base_url"?'),
        ('name = "Acme"\nkey = "US_KEY"\nbase_url = "x"\n', "organizations[2].base_url: is not a URL; it starts with"),
        ('name = "Acme"\nkey = "US_KEY"\npath = "x"\n', 'organizations[2].path: "x" is not a path; it starts with'),
        ('name = \'"\'\nkey = "US_KEY"\n', "organizations[2].name: is not a name; give one without quotes"),
    ],
)
def test_a_wrong_organization_is_one_line_with_the_mend(tmp_path: Path, table: str, line: str) -> None:
    write(tmp_path, f"{EUROPE}[[organizations]]\n{table}")

    (found,) = lines()

    assert found.startswith(line)


# --- Levels of alerts ---

OVERRIDE = "[[alerts.override]]\n"


def test_alerts_can_be_quiet_and_have_levels_of_their_own(tmp_path: Path) -> None:
    entry = f'{OVERRIDE}workspace = "batch-*"\nthreshold = 60\nfloor = 12.5\nchannel = "C0BATCH01"\nmute = false\n'
    write(tmp_path, f"[alerts]\nquiet = true\n{entry}")

    alerts = load_settings().claudecost_alerts

    assert alerts.quiet
    assert [each.built() for each in alerts.override] == [
        Override(workspace="batch-*", threshold_percent=Decimal(60), floor=usd("12.5"), mute=False)
    ]
    assert [each.route() for each in alerts.override] == [
        Route(workspace="batch-*", place=Place(channel="C0BATCH01"), table="[[alerts.override]]", key="workspace")
    ]


@pytest.mark.parametrize("written", ["22:00-07:00", "22:00 – 7:00", " 22:00-7:00 "])
def test_quiet_hours_are_two_times_of_day(tmp_path: Path, written: str) -> None:
    write(tmp_path, f'[alerts]\nquiet_hours = "{written}"')

    assert load_settings().claudecost_alerts.quiet_hours == Hours(time(22), time(7))


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        (f"{OVERRIDE}threshold = 60", "names neither a workspace nor a model"),
        (f'{OVERRIDE}workspace = "a"', "changes nothing"),
        (f'{OVERRIDE}workspace = "a"\ntreshold = 60', 'did you mean "threshold"?'),
        (f'{OVERRIDE}workspace = "a"\nthreshold = -1', "alerts.override[1].threshold: must be greater than 0"),
        (
            f'{OVERRIDE}workspace = "a"\nfloor = "much"',
            "alerts.override[1].floor: is not a number; write it without quotes",
        ),
        (f'{OVERRIDE}workspace = "a"\nchannel = "#costs"', 'alerts.override[1].channel: "#costs" is not a channel id'),
        (f'{OVERRIDE}model = "a"\nchannel = "C0COSTS01"', "a workspace has one alert"),
        (f'{OVERRIDE}workspace = "a"\nmute = true\n' * 2, 'two [[alerts.override]] for workspace = "a"'),
        ("[alerts]\nquite = true", 'did you mean "quiet"?'),
        ("[alerts]\ncritical_usd_per_day = 0", "alerts.critical_usd_per_day: must be greater than 0"),
        ("[alerts]\ncritical_usd_per_day = inf", "alerts.critical_usd_per_day: must be a finite number"),
        ('[alerts]\ncritical_usd_per_day = 9\nmention = "@oncall"', '"@oncall" is not a user group id'),
        ('[alerts]\nquiet_hours = "22-7 o\'clock"', 'is not a span of the day; write it like "22:00-07:00"'),
        ("[alerts]\nquiet_hours = 22:00:00", 'is not a span of the day; write it like "22:00-07:00"'),
        ('[alerts]\nquiet_hours = "22:00-22:00"', "begins when it ends; leave it out to hold nothing back"),
        ('[alerts]\nmention = "S0ONCALL1"', "alerts: has a `mention`, but nothing is critical"),
    ],
)
def test_a_wrong_level_is_one_line(tmp_path: Path, toml: str, line: str) -> None:
    write(tmp_path, toml)

    with pytest.raises(WrongSettings) as wrong:
        load_settings()

    assert len(wrong.value.lines) == 1
    assert line in wrong.value.lines[0]


# --- Channels ---

CHANNELS = "[[channels]]\n"


def test_workspaces_can_have_channels_of_their_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        f'{CHANNELS}channel = "C0PAYMENT"\nworkspaces = ["checkout", "pay-*"]\n'
        f'{CHANNELS}channel = "C0BATCH01"\nworkspaces = "batch"\n',
    )

    tables = load_settings().claudecost_channels

    assert [(route.workspace, route.place.channel) for table in tables for route in table.routes()] == [
        ("checkout", "C0PAYMENT"),
        ("pay-*", "C0PAYMENT"),
        ("batch", "C0BATCH01"),
    ]


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        (f'{CHANNELS}workspaces = ["a"]', "channels[1].channel: is missing; give the id (C…) of the channel"),
        (f'{CHANNELS}channel = "C0TEAM001"', "channels[1].workspaces: is missing; give ids, names or patterns"),
        (f'{CHANNELS}channel = "#team"\nworkspaces = ["a"]', 'channels[1].channel: "#team" is not a channel id'),
        (f'{CHANNELS}channel = "C0TEAM001"\nworkspaces = []', "channels[1].workspaces: "),
        (f'{CHANNELS}channel = "C0TEAM001"\nworkspace = "a"\nworkspaces = "b"', 'did you mean "workspaces"?'),
        ('channels = "C0TEAM001"', "channels: is not a table; write it as [[channels]] with a line for each value"),
        (
            f'{CHANNELS}channel = "C0TEAM001"\nworkspaces = "a"\nmention = "S0TEAM001"',
            "channels: has a `mention`, but nothing is critical; set critical_usd_per_day in [alerts]",
        ),
        (
            "".join(f'{CHANNELS}channel = "{channel}"\nworkspaces = ["a"]\n' for channel in ("C0ONE0001", "C0TWO0001")),
            'channels: [[channels]] workspaces = "a" goes to C0ONE0001, [[channels]] workspaces = "a" to C0TWO0001',
        ),
        (
            f'{CHANNELS}channel = "C0ONE0001"\nworkspaces = ["a"]\n{OVERRIDE}workspace = "A"\nchannel = "C0TWO0001"',
            '[[alerts.override]] workspace = "A" to C0TWO0001; leave one of them out',
        ),
    ],
)
def test_a_wrong_channel_is_one_line(tmp_path: Path, toml: str, line: str) -> None:
    write(tmp_path, toml)

    with pytest.raises(WrongSettings) as wrong:
        load_settings()

    (said,) = wrong.value.lines
    assert line in said
