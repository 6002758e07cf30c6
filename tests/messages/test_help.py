"""Help names what was not understood and what can be asked."""

from __future__ import annotations

from inline_snapshot import snapshot

from bot.analysis.question import Ambiguous, Candidate, NotUnderstood
from bot.messages.commands import TOPICS, find_topic
from bot.messages.help import ask_back, help_answer, topic_answer
from bot.terminal.slack_preview import preview_as_text
from tests.messages.test_limits import assert_slack_takes


def test_help() -> None:
    assert preview_as_text(help_answer(None)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ What you can ask                                                           │
│                                                                            │
│ /claudecost 7d                                                             │
│ what the last 7 days cost, against the 7 before, and why  [ Show ]         │
│                                                                            │
│ /claudecost 30d by workspace model                                         │
│ by one thing or two: workspace, model, key, day, type of cost or token  [  │
│ Show ]                                                                     │
│                                                                            │
│ /claudecost forecast                                                       │
│ what the month will have cost, and how sure that is  [ Show ]              │
│                                                                            │
│ /claudecost savings                                                        │
│ where it cost more than it had to  [ Show ]                                │
│                                                                            │
│ /claudecost alerts                                                         │
│ what is far above the week before  [ Show ]                                │
│                                                                            │
│ [ Explore… ] [ What was spent ] [ Why it changed ] [ What the month comes  │
│ to ] [ Budgets ] [ What one of many costs ] [ What could be saved ] [      │
│ Alerts ] [ The bot and its data ]                                          │
│                                                                            │
│ Days are UTC days · only you see an answer until you share it              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_word_that_means_nothing_is_quoted_with_the_mend() -> None:
    message = help_answer(NotUnderstood("wek", 'did you mean "week"?'))
    assert message.text == snapshot('I did not understand "wek": did you mean "week"?')
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ I did not understand “wek”                                                 │
│                                                                            │
│ wek: did you mean "week"?                                                  │
│                                                                            │
│ /claudecost 7d                                                             │
│ what the last 7 days cost, against the 7 before, and why  [ Show ]         │
│                                                                            │
│ /claudecost 30d by workspace model                                         │
│ by one thing or two: workspace, model, key, day, type of cost or token  [  │
│ Show ]                                                                     │
│                                                                            │
│ /claudecost forecast                                                       │
│ what the month will have cost, and how sure that is  [ Show ]              │
│                                                                            │
│ /claudecost savings                                                        │
│ where it cost more than it had to  [ Show ]                                │
│                                                                            │
│ /claudecost alerts                                                         │
│ what is far above the week before  [ Show ]                                │
│                                                                            │
│ [ Explore… ] [ What was spent ] [ Why it changed ] [ What the month comes  │
│ to ] [ Budgets ] [ What one of many costs ] [ What could be saved ] [      │
│ Alerts ] [ The bot and its data ]                                          │
│                                                                            │
│ Days are UTC days · only you see an answer until you share it              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_one_topic() -> None:
    topic = find_topic("tune")
    assert topic is not None
    assert preview_as_text(topic_answer(topic)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Alerts                                                                     │
│                                                                            │
│ /claudecost alerts                                                         │
│ open alerts, who has taken them on, and what was kept back and why  [ Show │
│ ]                                                                          │
│                                                                            │
│ /claudecost tune                                                           │
│ how many alerts other thresholds would have sent in the last 90 days  [    │
│ Show ]                                                                     │
│                                                                            │
│ An alert says that a workspace, or a model in it, spent much more than in  │
│ the week before, or far more than usual on one day. It has one message,    │
│ which is edited as it changes.                                             │
│ Acknowledge: somebody has it; no more reminders unless the rise doubles.   │
│ Snooze: silence for days. Expected…: closed, with a reason and a last day. │
│ This was noise counts in the digest.                                       │
│ It ends by itself when spend is calm for two days.                         │
│                                                                            │
│ [ All topics ]                                                             │
│                                                                            │
│ Days are UTC days · only you see an answer until you share it              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_slack_takes_each_topic() -> None:
    for topic in TOPICS:
        assert_slack_takes(topic_answer(topic))


def test_there_are_as_many_topics_as_buttons_have_room() -> None:
    assert len(TOPICS) < 25
    assert len({topic.word for topic in TOPICS}) == len(TOPICS)


def test_a_word_that_means_several_things_asks_which() -> None:
    puzzle = Ambiguous("prod", [Candidate("workspace:prod", "7d workspace:prod"), Candidate("key:prod", "7d key:prod")])
    assert preview_as_text(ask_back(puzzle)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Which “prod” do you mean?                                                  │
│                                                                            │
│ prod: it could be workspace:prod or key:prod; write more of it.            │
│                                                                            │
│ [ workspace:prod ] [ key:prod ]                                            │
╰────────────────────────────────────────────────────────────────────────────╯\
""")
