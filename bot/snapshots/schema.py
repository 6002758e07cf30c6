"""The tables, and how each version of them becomes the next.

Every key begins with the organisation; those of cost and usage go on with the day, so that a comparison of two weeks
reads two weeks, however long the history. The many words of a line (workspace, model, …) are stored once, as a series
with a number: the file is a third as large and sums are twice as fast as with the words in each row.
No key column is ever NULL: SQLite takes two NULLs for different values and would keep a line twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0xC1A0DE05
"""Marks the file as this program's, so that no other program's database is written to by mistake."""

migrations = Migrations("claudecost")


def create(db: Database, *statements: str) -> None:
    """Runs definitions one by one: `executescript` would commit the migration's transaction."""
    for statement in statements:
        db.execute(statement)


@migrations()
def m001_organizations(db: Database) -> None:
    """Organisations, and what their workspaces and keys are called.

    The organisation without an id is there from the start: what is kept before `/me` ever answered (a refused key,
    say) belongs to it, and it becomes the first organisation that does.
    """
    create(
        db,
        """
        CREATE TABLE organization (
            id INTEGER PRIMARY KEY,
            external_id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            seen_at TEXT,
            turn INTEGER NOT NULL
        ) STRICT
        """,
        "INSERT INTO organization (id, external_id, name, turn) VALUES (1, '', '', 0)",
        """
        CREATE TABLE workspace (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            external_id TEXT NOT NULL,
            name TEXT NOT NULL,
            archived INTEGER NOT NULL,
            first_seen_at TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            PRIMARY KEY (organization_id, external_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE api_key (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            external_id TEXT NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            workspace_id TEXT NOT NULL,
            first_seen_at TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            PRIMARY KEY (organization_id, external_id)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m002_ledger(db: Database) -> None:
    """Cost in nano-dollars and usage in tokens, per day and series; when each day was fetched; what was restated.

    The series of a line is no foreign key: looking each one up again would cost a fifth of the time of a backfill.
    """
    create(
        db,
        """
        CREATE TABLE cost_series (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            model TEXT NOT NULL,
            cost_type TEXT NOT NULL,
            token_type TEXT NOT NULL,
            service_tier TEXT NOT NULL,
            context_window TEXT NOT NULL,
            inference_geo TEXT NOT NULL,
            description TEXT NOT NULL,
            UNIQUE (
                organization_id, workspace_id, model, cost_type, token_type, service_tier, context_window,
                inference_geo, description
            )
        ) STRICT
        """,
        """
        CREATE TABLE cost (
            organization_id INTEGER NOT NULL,
            day INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, series_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE usage_series (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            api_key_id TEXT NOT NULL,
            model TEXT NOT NULL,
            service_tier TEXT NOT NULL,
            context_window TEXT NOT NULL,
            UNIQUE (organization_id, workspace_id, api_key_id, model, service_tier, context_window)
        ) STRICT
        """,
        """
        CREATE TABLE usage (
            organization_id INTEGER NOT NULL,
            day INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            uncached_input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cache_read INTEGER NOT NULL,
            cache_write_5m INTEGER NOT NULL,
            cache_write_1h INTEGER NOT NULL,
            web_searches INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, series_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE scope (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            model TEXT NOT NULL,
            UNIQUE (organization_id, workspace_id, model)
        ) STRICT
        """,
        # Sums of `cost` by workspace and model, packed: see daily.py.
        """
        CREATE TABLE daily_spend (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            scopes BLOB NOT NULL,
            amounts BLOB NOT NULL,
            PRIMARY KEY (organization_id, day)
        ) STRICT
        """,
        """
        CREATE TABLE fetched_day (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            first_fetched_at TEXT NOT NULL,
            fetched_at TEXT NOT NULL,
            source TEXT NOT NULL,
            total INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE restatement (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            restated_at TEXT NOT NULL,
            old_total INTEGER NOT NULL,
            new_total INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, revision)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE VIEW spend AS
        SELECT
            date(cost.day * 86400, 'unixepoch') AS date,
            organization.name AS organization,
            series.workspace_id,
            coalesce(
                nullif(workspace.name, ''),
                iif(series.workspace_id = 'default', 'Default workspace', series.workspace_id)
            ) AS workspace,
            series.model,
            series.cost_type,
            series.token_type,
            series.service_tier,
            series.context_window,
            cost.amount AS nano_usd
        FROM cost
        JOIN cost_series AS series ON series.id = cost.series_id
        JOIN organization ON organization.id = cost.organization_id
        LEFT JOIN workspace
            ON workspace.organization_id = cost.organization_id AND workspace.external_id = series.workspace_id
        """,
    )


@migrations()
def m003_alerts(db: Database) -> None:
    """What was found each time a day was judged, and the alerts that came of it."""
    create(
        db,
        """
        CREATE TABLE evaluation (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            evaluated_at TEXT NOT NULL,
            threshold_percent TEXT NOT NULL,
            floor INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            UNIQUE (organization_id, day, revision)
        ) STRICT
        """,
        """
        CREATE TABLE finding (
            evaluation_id INTEGER NOT NULL REFERENCES evaluation (id),
            position INTEGER NOT NULL,
            workspace_id TEXT NOT NULL,
            model TEXT,
            previous INTEGER NOT NULL,
            current INTEGER NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            reason TEXT NOT NULL,
            first_day INTEGER,
            PRIMARY KEY (evaluation_id, position)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE alert (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            state TEXT NOT NULL,
            opened_day INTEGER NOT NULL,
            judged_day INTEGER NOT NULL,
            previous INTEGER NOT NULL,
            current INTEGER NOT NULL,
            calm_evaluations INTEGER NOT NULL,
            resolution TEXT,
            message_key TEXT
        ) STRICT
        """,
        # Two open alerts of one workspace would be two messages about one rise, whoever wrote the second.
        """
        CREATE UNIQUE INDEX one_open_alert ON alert (organization_id, workspace_id) WHERE state <> 'resolved'
        """,
        """
        CREATE TABLE alert_member (
            alert_id INTEGER NOT NULL REFERENCES alert (id),
            position INTEGER NOT NULL,
            model TEXT,
            kind TEXT NOT NULL,
            previous INTEGER NOT NULL,
            current INTEGER NOT NULL,
            posted_increase INTEGER NOT NULL,
            peak_increase INTEGER NOT NULL,
            first_day INTEGER,
            PRIMARY KEY (alert_id, position)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m004_slack(db: Database) -> None:
    """What is to be said and was said in Slack."""
    create(
        db,
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            key TEXT NOT NULL,
            channel TEXT NOT NULL,
            message TEXT NOT NULL,
            edits TEXT,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            next_attempt_at TEXT,
            claimed_at TEXT,
            sent_at TEXT,
            posted_channel TEXT,
            posted_ts TEXT,
            error TEXT,
            UNIQUE (organization_id, key)
        ) STRICT
        """,
        "CREATE INDEX outbox_by_state ON outbox (organization_id, state)",
        "CREATE INDEX outbox_by_edits ON outbox (organization_id, edits)",
        """
        CREATE TABLE notice (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            kind TEXT NOT NULL,
            since TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (organization_id, kind)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE answer (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            id TEXT NOT NULL,
            asked_by TEXT NOT NULL,
            channel TEXT NOT NULL,
            question TEXT NOT NULL,
            message TEXT NOT NULL,
            answered_at TEXT NOT NULL,
            PRIMARY KEY (organization_id, id)
        ) STRICT
        """,
        "CREATE INDEX answer_by_age ON answer (answered_at)",
    )


@migrations()
def m005_superseded(db: Database) -> None:
    """What days that were over said before they changed, and since when each day is known whole.

    Only what changed is kept, as it was before; `amount` and the counts are NULL where there was no line. A day as of
    an instant is what is stored now with the changes after that instant undone. Before this version the hour in which
    a day became whole was not noted: the first one possible stands for it.
    """
    create(
        db,
        "ALTER TABLE fetched_day ADD COLUMN whole_at TEXT",
        """
        UPDATE fetched_day
        SET whole_at = max(first_fetched_at, date((day + 1) * 86400, 'unixepoch') || 'T00:00:00.000000+00:00')
        WHERE fetched_at >= date((day + 1) * 86400, 'unixepoch') || 'T00:00:00.000000+00:00'
        """,
        """
        CREATE TABLE superseded_day (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            replaced_at TEXT NOT NULL,
            fetched_at TEXT NOT NULL,
            source TEXT NOT NULL,
            total INTEGER NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX superseded_day_by_day ON superseded_day (organization_id, day)",
        """
        CREATE TABLE superseded_cost (
            superseded_day_id INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            amount INTEGER,
            PRIMARY KEY (superseded_day_id, series_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE superseded_usage (
            superseded_day_id INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            uncached_input INTEGER,
            output INTEGER,
            cache_read INTEGER,
            cache_write_5m INTEGER,
            cache_write_1h INTEGER,
            web_searches INTEGER,
            PRIMARY KEY (superseded_day_id, series_id)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m006_told_weeks(db: Database) -> None:
    """What each digest said a week came to: its own week, and the earlier ones it corrected."""
    create(
        db,
        """
        CREATE TABLE told_week (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            digest TEXT NOT NULL,
            week TEXT NOT NULL,
            total INTEGER NOT NULL,
            PRIMARY KEY (organization_id, digest, week)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m007_settings(db: Database) -> None:
    """Which setting holds an organisation's key, and in which order they come; none for one that is not synced now.

    Until now there was one key, that of the organisation saved last. What was said in Slack belongs to the database
    from now on, whichever organisation it is about, and so is kept under one number.
    """
    latest = "(SELECT id FROM organization ORDER BY turn DESC LIMIT 1)"
    create(
        db,
        "ALTER TABLE organization ADD COLUMN setting TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE organization ADD COLUMN position INTEGER NOT NULL DEFAULT 0",
        f"UPDATE organization SET setting = 'ANTHROPIC_ADMIN_KEY' WHERE id = {latest}",  # noqa: S608 -- no input
        "UPDATE outbox SET key = key || '@' || organization_id WHERE key = 'backfill' AND organization_id <> 1",
        """
        DELETE FROM outbox
        WHERE EXISTS (
            SELECT 1 FROM outbox AS newer
            JOIN organization AS its ON its.id = newer.organization_id
            JOIN organization AS own ON own.id = outbox.organization_id
            WHERE newer.key = outbox.key AND its.turn > own.turn
        )
        """,
        f"""
        UPDATE outbox SET state = 'dead'
        WHERE state IN ('pending', 'sending') AND organization_id <> {latest}
        """,  # noqa: S608 -- the same
        "UPDATE outbox SET organization_id = 1",
        "UPDATE answer SET organization_id = 1",
        "ALTER TABLE organization DROP COLUMN turn",
    )


@migrations()
def m008_key_cost(db: Database) -> None:
    """Dollars per API key, where the bill tells them; they add up to the lines of `cost` they are about."""
    create(
        db,
        """
        CREATE TABLE key_cost_series (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            model TEXT NOT NULL,
            cost_type TEXT NOT NULL,
            token_type TEXT NOT NULL,
            api_key_id TEXT NOT NULL,
            UNIQUE (organization_id, workspace_id, model, cost_type, token_type, api_key_id)
        ) STRICT
        """,
        """
        CREATE TABLE key_cost (
            organization_id INTEGER NOT NULL,
            day INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, series_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE superseded_key_cost (
            superseded_day_id INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            amount INTEGER,
            PRIMARY KEY (superseded_day_id, series_id)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m009_api_key_use(db: Database) -> None:
    """The first day that each API key was used on."""
    create(
        db,
        """
        CREATE TABLE api_key_use (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            api_key_id TEXT NOT NULL,
            first_day INTEGER NOT NULL,
            PRIMARY KEY (organization_id, api_key_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO api_key_use (organization_id, api_key_id, first_day)
        SELECT series.organization_id, api_key_id, min(day)
        FROM usage
        JOIN usage_series AS series ON series.id = usage.series_id
        WHERE api_key_id <> ''
        GROUP BY series.organization_id, api_key_id
        """,
    )


@migrations()
def m010_people(db: Database) -> None:
    """Who is who, and usage by account; all of it is empty unless `[privacy] people` is on.

    `person_weight` is what Claude Code was estimated at, kept to share by and never as dollars.
    """
    create(
        db,
        """
        CREATE TABLE person (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            external_id TEXT NOT NULL,
            name TEXT NOT NULL,
            email TEXT NOT NULL,
            PRIMARY KEY (organization_id, external_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE person_series (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            account_id TEXT NOT NULL,
            model TEXT NOT NULL,
            service_tier TEXT NOT NULL,
            context_window TEXT NOT NULL,
            UNIQUE (organization_id, workspace_id, account_id, model, service_tier, context_window)
        ) STRICT
        """,
        """
        CREATE TABLE person_usage (
            organization_id INTEGER NOT NULL,
            day INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            uncached_input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cache_read INTEGER NOT NULL,
            cache_write_5m INTEGER NOT NULL,
            cache_write_1h INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, series_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE person_weight (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            account_id TEXT NOT NULL,
            model TEXT NOT NULL,
            weight INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, account_id, model)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE person_day (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            fetched_at TEXT NOT NULL,
            PRIMARY KEY (organization_id, day)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m011_person_cost(db: Database) -> None:
    """Dollars per person, where the bill tells them: kept to share its lines by."""
    create(
        db,
        """
        CREATE TABLE person_cost_series (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            model TEXT NOT NULL,
            cost_type TEXT NOT NULL,
            token_type TEXT NOT NULL,
            account_id TEXT NOT NULL,
            UNIQUE (organization_id, workspace_id, model, cost_type, token_type, account_id)
        ) STRICT
        """,
        """
        CREATE TABLE person_cost (
            organization_id INTEGER NOT NULL,
            day INTEGER NOT NULL,
            series_id INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            PRIMARY KEY (organization_id, day, series_id)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m012_hours(db: Database) -> None:
    """What each hour of the last days should have cost, packed like `daily_spend`; which told weeks were estimated."""
    create(
        db,
        """
        CREATE TABLE hourly_spend (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            hour INTEGER NOT NULL,
            scopes BLOB NOT NULL,
            amounts BLOB NOT NULL,
            PRIMARY KEY (organization_id, day, hour)
        ) STRICT
        """,
        "ALTER TABLE told_week ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0",
    )


@migrations()
def m013_threads(db: Database) -> None:
    """What is said in the thread of another message."""
    create(
        db,
        "ALTER TABLE outbox ADD COLUMN replies_to TEXT",
        "ALTER TABLE outbox ADD COLUMN also_in_channel INTEGER NOT NULL DEFAULT 0",
    )


@migrations()
def m014_days_far_above(db: Database) -> None:
    """Of findings and members a day far above the usual, and the usual swing; why an alert spoke last, and when."""
    told = ("spike_day INTEGER", "spike_amount INTEGER", "spike_usual INTEGER", "usual_swing TEXT")
    create(
        db,
        *[f"ALTER TABLE finding ADD COLUMN {column}" for column in told],
        *[f"ALTER TABLE alert_member ADD COLUMN {column}" for column in told],
        "ALTER TABLE alert ADD COLUMN reason TEXT NOT NULL DEFAULT 'above_threshold'",
        "ALTER TABLE alert ADD COLUMN escalated_day INTEGER",
    )


@migrations()
def m015_handling(db: Database) -> None:
    """What people did with alerts. One that somebody expects is closed, and leaves its workspace free for another."""
    create(
        db,
        "ALTER TABLE alert ADD COLUMN reminded_after INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX one_open_alert",
        """
        CREATE UNIQUE INDEX one_open_alert ON alert (organization_id, workspace_id)
        WHERE state NOT IN ('resolved', 'expected')
        """,
        """
        CREATE TABLE alert_handling (
            id INTEGER PRIMARY KEY,
            alert_id INTEGER NOT NULL REFERENCES alert (id),
            verb TEXT NOT NULL,
            user TEXT NOT NULL,
            at TEXT NOT NULL,
            until TEXT,
            last_day INTEGER,
            reason TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX handling_by_alert ON alert_handling (alert_id)",
    )


@migrations()
def m016_key_spend(db: Database) -> None:
    """Each day's dollars by workspace, model and key, packed like `daily_spend`; old days are filled in by a job."""
    create(
        db,
        """
        CREATE TABLE key_row (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            row_id TEXT NOT NULL,
            UNIQUE (organization_id, row_id)
        ) STRICT
        """,
        """
        CREATE TABLE daily_key_spend (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            day INTEGER NOT NULL,
            scopes BLOB NOT NULL,
            amounts BLOB NOT NULL,
            PRIMARY KEY (organization_id, day)
        ) STRICT
        """,
    )


@migrations()
def m017_teams(db: Database) -> None:
    """Teams that came as a spreadsheet, and what people said in Slack of keys that nobody owned."""
    create(
        db,
        """
        CREATE TABLE team_sheet (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            name TEXT NOT NULL,
            text TEXT NOT NULL,
            imported_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE claim (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            workspace_id TEXT NOT NULL,
            key_id TEXT NOT NULL,
            team TEXT NOT NULL,
            since INTEGER NOT NULL,
            given_by TEXT NOT NULL,
            given_at TEXT NOT NULL
        ) STRICT
        """,
    )


@migrations()
def m018_critical(db: Database) -> None:
    """The last day on which an alert spoke at the critical level."""
    create(db, "ALTER TABLE alert ADD COLUMN critical_day INTEGER")


@migrations()
def m019_budgets(db: Database) -> None:
    """What was told of budgets, who took them on, and what they were raised to."""
    create(
        db,
        """
        CREATE TABLE budget_level (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            budget TEXT NOT NULL,
            since INTEGER NOT NULL,
            percent TEXT NOT NULL,
            allowed INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            holds INTEGER NOT NULL,
            PRIMARY KEY (organization_id, budget, since, percent)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE budget_raise (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            budget TEXT NOT NULL,
            since INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            user TEXT NOT NULL,
            reason TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE budget_acknowledgement (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            budget TEXT NOT NULL,
            since INTEGER NOT NULL,
            percent TEXT NOT NULL,
            user TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (organization_id, budget, since, percent)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m020_quiet_hours(db: Database) -> None:
    """What waits for the end of quiet hours, and which day's alert a posting is."""
    create(
        db,
        "ALTER TABLE outbox ADD COLUMN held_until TEXT",
        "ALTER TABLE outbox ADD COLUMN about_day INTEGER",
        "CREATE INDEX outbox_by_about_day ON outbox (organization_id, about_day) WHERE about_day IS NOT NULL",
    )


@migrations()
def m021_audit(db: Database) -> None:
    """Who asked what and when, but for what they were told."""
    create(
        db,
        """
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            at TEXT NOT NULL,
            user TEXT NOT NULL,
            channel TEXT NOT NULL,
            question TEXT NOT NULL,
            outcome TEXT NOT NULL,
            rows INTEGER,
            is_limited INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX audit_by_time ON audit (organization_id, at)",
        "CREATE INDEX audit_by_user ON audit (organization_id, user, at)",
    )


@migrations()
def m022_digests(db: Database) -> None:
    """Which channels asked for digests, since when each series of digests is known, and what each told of a period.

    What was told so far is the weekly digest's, whose series has no name.
    """
    create(
        db,
        """
        CREATE TABLE digest_subscription (
            id INTEGER PRIMARY KEY,
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            channel TEXT NOT NULL,
            every TEXT NOT NULL,
            workspaces TEXT NOT NULL,
            user TEXT NOT NULL,
            at TEXT NOT NULL,
            ended_by TEXT,
            ended_at TEXT
        ) STRICT
        """,
        """
        CREATE TABLE digest_series (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            series TEXT NOT NULL,
            since TEXT NOT NULL,
            PRIMARY KEY (organization_id, series)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE told_period (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            series TEXT NOT NULL,
            digest TEXT NOT NULL,
            period TEXT NOT NULL,
            total INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            PRIMARY KEY (organization_id, series, digest, period)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO told_period (organization_id, series, digest, period, total, estimated)
        SELECT organization_id, '', digest, week, total, estimated FROM told_week
        """,
        "DROP TABLE told_week",
    )


@migrations()
def m023_units(db: Database) -> None:
    """What was counted each day, how the last reading of it went, and rises of dollars per unit that were told.

    A count is text: it may have decimals, and is exact.
    """
    create(
        db,
        """
        CREATE TABLE unit_count (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            unit TEXT NOT NULL,
            day INTEGER NOT NULL,
            count TEXT NOT NULL,
            PRIMARY KEY (organization_id, unit, day)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE unit_reading (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            unit TEXT NOT NULL,
            tried_at TEXT NOT NULL,
            trouble TEXT,
            PRIMARY KEY (organization_id, unit)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE unit_rise (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            unit TEXT NOT NULL,
            since TEXT NOT NULL,
            per_unit_before TEXT NOT NULL,
            PRIMARY KEY (organization_id, unit)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m024_budget_periods(db: Database) -> None:
    """The periods of budgets that are, or were, looked after, and which posting is the message of each."""
    create(
        db,
        """
        CREATE TABLE budget_period (
            organization_id INTEGER NOT NULL REFERENCES organization (id),
            budget TEXT NOT NULL,
            since INTEGER NOT NULL,
            message_key TEXT,
            is_closed INTEGER NOT NULL,
            PRIMARY KEY (organization_id, budget, since)
        ) STRICT, WITHOUT ROWID
        """,
    )


@migrations()
def m025_sight_of_answers(db: Database) -> None:
    """What its asker could see when an answer was told, as a word that stands for it; empty for everything."""
    create(db, "ALTER TABLE answer ADD COLUMN sight TEXT NOT NULL DEFAULT ''")


@migrations()
def m026_unit_rise_taken_on(db: Database) -> None:
    """Who has taken a rise of dollars per unit on, and when."""
    create(
        db,
        "ALTER TABLE unit_rise ADD COLUMN taken_by TEXT",
        "ALTER TABLE unit_rise ADD COLUMN taken_at TEXT",
    )


SCHEMA_VERSION = 26
"""How many migrations there are; kept in the file's `user_version`, which is cheaper to ask than the list of them."""
