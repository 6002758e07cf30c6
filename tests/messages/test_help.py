"""Help names what was not understood and what can be asked."""

from __future__ import annotations

from inline_snapshot import snapshot

from bot.analysis.question import NotUnderstood
from bot.messages.help import help_answer
from bot.terminal.slack_preview import preview_as_text


def test_help() -> None:
    assert preview_as_text(help_answer(None)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ What you can ask                                                           │
│                                                                            │
│ /claudecost                                                                │
│ the last 7 complete days against the 7 before, by workspace                │
│ /claudecost 30d by model                                                   │
│ any number of days, by workspace, model, key, person, day, type or token   │
│ /claudecost 7d by workspace key                                            │
│ two of these at once                                                       │
│ /claudecost explore                                                        │
│ a window to choose all of it in; also a shortcut under /                   │
│ /claudecost today                                                          │
│ also yesterday, last week, month, 2026-10, 12 Nov, since 1 Nov, 1 Nov..15  │
│ Nov                                                                        │
│ /claudecost why checkout                                                   │
│ what drove a workspace's change, and which keys; why checkout 30d for      │
│ other days                                                                 │
│ /claudecost month                                                          │
│ the month so far, its forecast and the month before, by workspace          │
│ /claudecost forecast                                                       │
│ what the month will have cost, how sure that is, and with an open alert:   │
│ if it goes on, if not                                                      │
│ /claudecost savings                                                        │
│ where the last 28 days cost more than they had to, with the arithmetic and │
│ what it assumes                                                            │
│ /claudecost alerts                                                         │
│ open alerts, who has taken them on, and what was kept back and why         │
│ /claudecost tune                                                           │
│ how many alerts other thresholds would have sent in the last 90 days       │
│ /claudecost status                                                         │
│ how current the data is, the key in use, what runs next                    │
│ /claudecost help                                                           │
│ all of this                                                                │
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
│ /claudecost                                                                │
│ the last 7 complete days against the 7 before, by workspace                │
│ /claudecost 30d by model                                                   │
│ any number of days, by workspace, model, key, person, day, type or token   │
│ /claudecost 7d by workspace key                                            │
│ two of these at once                                                       │
│ /claudecost explore                                                        │
│ a window to choose all of it in; also a shortcut under /                   │
│ /claudecost today                                                          │
│ also yesterday, last week, month, 2026-10, 12 Nov, since 1 Nov, 1 Nov..15  │
│ Nov                                                                        │
│ /claudecost why checkout                                                   │
│ what drove a workspace's change, and which keys; why checkout 30d for      │
│ other days                                                                 │
│ /claudecost month                                                          │
│ the month so far, its forecast and the month before, by workspace          │
│ /claudecost forecast                                                       │
│ what the month will have cost, how sure that is, and with an open alert:   │
│ if it goes on, if not                                                      │
│ /claudecost savings                                                        │
│ where the last 28 days cost more than they had to, with the arithmetic and │
│ what it assumes                                                            │
│ /claudecost alerts                                                         │
│ open alerts, who has taken them on, and what was kept back and why         │
│ /claudecost tune                                                           │
│ how many alerts other thresholds would have sent in the last 90 days       │
│ /claudecost status                                                         │
│ how current the data is, the key in use, what runs next                    │
│ /claudecost help                                                           │
│ all of this                                                                │
│                                                                            │
│ Days are UTC days · only you see an answer until you share it              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")
