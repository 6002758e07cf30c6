"""Outside words come in by two doors, and leave nothing behind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.messages.layout import code, distinct_labels, label, notification


@given(st.text(max_size=200))
def test_a_name_in_mrkdwn_opens_nothing_and_mentions_nobody(name: str) -> None:
    inner = code(name)[1:-1]
    assert not {"<", ">", "`", "\n"} & set(inner)
    assert inner.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0


@given(st.text(max_size=200))
def test_a_label_is_never_empty_and_stays_on_its_line(name: str) -> None:
    assert label(name, 18)
    assert len(label(name, 18).splitlines()) == 1


def test_a_name_cannot_turn_the_line_around() -> None:
    assert label("prod\u202e\u2066 eu") == "prod eu"


def test_a_headline_mentions_nobody_either() -> None:
    assert "<!" not in label("<!channel>")


@given(st.text(max_size=400))
def test_a_notification_fits_whatever_was_typed(text: str) -> None:
    assert len(notification(text)) <= 150
    assert "<" not in notification(text)


@given(st.lists(st.sampled_from(["prod", "prod ", "production-europe-west-1", "production-europe-west-2", ""])))
def test_labels_stay_apart(names: list[str]) -> None:
    labels = distinct_labels(names, 12)
    assert len(set(labels)) == len(names)
    assert all(0 < len(each) <= 12 for each in labels)


@given(st.lists(st.sampled_from(["Acme Europe", "Acme Asia", "Acme", "Meridian Robotics"]), min_size=1, unique=True))
def test_an_organisation_is_told_in_as_few_letters_as_tell_it_apart(organizations: list[str]) -> None:
    labels = distinct_labels([f"Ingest pipeline · {name}" for name in organizations], 15)
    assert len({label.rpartition(" · ")[2] for label in labels}) == len(organizations)
    assert all(label.startswith("Inge") and len(label) <= 15 for label in labels)


def test_a_phone_shows_more_of_a_workspace_than_of_its_organisation() -> None:
    alike = ["Ingest pipeline · Acme & Europe", "Ingest pipeline · Meridian Robotics"]
    assert distinct_labels(alike, 15) == ["Ingest p… · Acm", "Ingest p… · Mer"]


def test_alike_names_of_one_organisation_keep_both_parts() -> None:
    alike = ["support-webserver · Acme", "support-mailserver · Acme"]
    assert distinct_labels(alike, 15) == ["support-… · Acm", "supp…rver · Acm"]
