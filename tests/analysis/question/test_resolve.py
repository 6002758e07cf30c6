"""What the names in a question mean, among those there are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.question import Ambiguous, Catalogue, NotUnderstood, Resolution, Thing, parse_question, resolve

TODAY = date(2026, 11, 22)


def thing(kind: str, name: str, id_: str | None = None) -> Thing:
    return Thing(kind, id_ or name, name, id_ or name)  # type: ignore[arg-type]  # a kind of the tests


THINGS = (
    thing("workspace", "prod", "wrkspc_1"),
    thing("workspace", "prod-eu", "wrkspc_2"),
    thing("workspace", "Data science", "wrkspc_3"),
    thing("workspace", "Default workspace", "default"),
    thing("workspace", "data-pipelines", "wrkspc_5"),
    thing("workspace", "twins", "wrkspc_6"),
    thing("workspace", "Twins", "wrkspc_7"),
    thing("model", "claude-opus-5-5"),
    thing("model", "claude-opus-4-1"),
    thing("model", "claude-haiku-4-5"),
    thing("key", "ci-deploy", "apikey_1"),
    thing("key", "ci-test", "apikey_2"),
    thing("key", "shared", "apikey_3"),
    thing("key", "shared", "apikey_4"),
    thing("key", "checkout", "apikey_5"),
    thing("workspace", "checkout", "wrkspc_8"),
    thing("tier", "batch"),
    thing("type", "Web search", "web_search"),
    thing("org", "Acme Europe", "org_eu"),
    thing("team", "checkout"),
    thing("team", "pay"),
    thing("team", "payments"),
)
CATALOGUE = Catalogue(THINGS)


def test_nobody_means_what_is_of_nothing_by_a_word_like_it() -> None:
    known = Catalogue((thing("workspace", "prod"), thing("model", "no_model"), thing("tier", "no_tier")))
    with pytest.raises(NotUnderstood, match=r"there is workspace:prod$"):
        resolved("nope", known)


def resolved(text: str, catalogue: Catalogue = CATALOGUE) -> Resolution:
    return resolve(parse_question(text, today=TODAY), catalogue)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("prod", "7d by model workspace:prod"),
        ("PROD", "7d by model workspace:prod"),
        ("wrkspc_1", "7d by model workspace:wrkspc_1"),
        ("prod-e", "7d by model workspace:prod-eu"),
        ("pipelines", "7d by model workspace:data-pipelines"),
        ("data science 30d", "30d by model workspace:'Data science'"),
        ("data sci", "7d by model workspace:'Data science'"),
        ("workspace:data science", "7d by model workspace:'Data science'"),
        ("not data science", "7d by workspace -workspace:'Data science'"),
        ("data-pipelnes by key", "7d by key workspace:data-pipelines"),
        ("haiku", "7d by workspace model:claude-haiku-4-5"),
        ("opus", "7d by model model:*opus*"),
        ("opus-5-5", "7d by workspace model:claude-opus-5-5"),
        ("opus haiku", "7d by model model:*opus* model:claude-haiku-4-5"),
        ("prod vs haiku", "7d by key workspace:prod model:claude-haiku-4-5"),
        ("prod, prod-eu", "7d by workspace workspace:prod workspace:prod-eu"),
        ("key:ci-*", "7d by key key:ci-*"),
        ("ci-*", "7d by key key:ci-*"),
        ("ci-deploy", "7d by model key:ci-deploy"),
        ("shared", "7d by key key:shared"),
        ("key:checkout", "7d by model key:checkout"),
        ("-batch", "7d by workspace -tier:batch"),
        ("web search by day", "7d by day type:'Web search'"),
        ("default", "7d by model workspace:default"),
        ("Twins", "7d by model workspace:Twins"),
        ("europe", "7d by workspace org:'Acme Europe'"),
        ("prod of acme", "7d by model workspace:prod org:'Acme Europe'"),
        ("team:checkout", "7d by workspace team:checkout"),
        ("team check", "7d by workspace team:checkout"),
        ("payments", "7d by workspace team:payments"),
        ("team:pay, payments", "7d by team team:pay team:payments"),
        ("-team:pay by key", "7d by key -team:pay"),
    ],
)
def test_a_word_means_what_is_called_so(text: str, understood: str) -> None:
    found = resolved(text)
    assert str(found.question) == understood
    assert resolved(understood) == found


def test_things_of_one_name_are_meant_together() -> None:
    (meant,) = resolved("shared").meant
    assert [each.id for each in meant.things] == ["apikey_3", "apikey_4"]


def test_a_family_of_models_is_all_of_them() -> None:
    (meant,) = resolved("opus").meant
    assert [each.id for each in meant.things] == ["claude-opus-5-5", "claude-opus-4-1"]


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("checkout", ["7d by workspace key:checkout", "7d by workspace workspace:checkout"]),
        ("data", ["7d by workspace workspace:'Data science'", "7d by workspace workspace:data-pipelines"]),
        ("-data 30d by key", ["30d by key -workspace:'Data science'", "30d by key -workspace:data-pipelines"]),
        ("key:ci", ["7d by workspace key:ci-deploy", "7d by workspace key:ci-test"]),
        (
            "prod data vs oct",
            [
                "7d by workspace prod workspace:'Data science' vs 2026-10",
                "7d by workspace prod workspace:data-pipelines vs 2026-10",
            ],
        ),
        ("TWINS", ["7d by workspace workspace:twins", "7d by workspace workspace:Twins"]),
        ("c*t*", ["7d by workspace workspace:c*t*", "7d by workspace key:c*t*"]),
    ],
)
def test_a_word_that_could_be_several_things_comes_back_with_them(text: str, questions: list[str]) -> None:
    with pytest.raises(Ambiguous) as asked:
        resolved(text)
    offered = [candidate.question for candidate in asked.value.candidates]
    assert sorted(offered) == sorted(questions)
    assert all(candidate.label in str(asked.value) for candidate in asked.value.candidates)


def test_of_many_candidates_the_likeliest_are_offered() -> None:
    with pytest.raises(Ambiguous, match="and 2 more; write more of it") as asked:
        resolved("squad", Catalogue(tuple(thing("workspace", f"squad-{number}") for number in range(7))))
    assert len(asked.value.candidates) == 5


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("yesterdy", "yesterdy", 'did you mean "yesterday"?'),
        ("lst month", "lst", "nothing here is called so; there is"),
        ("prdo", "prdo", "there is workspace:prod"),
        ("scince", "scince", "there is workspace:'Data science'"),
        ("model:prod", "prod", "no model here is called so; there is model:"),
        ("key:x-*", "x-*", "no key here is like that; there is key:"),
        ("<!channel>", "<!channel>", "nothing here is called so"),
        ("not acme", "Acme Europe", "ask for one organisation"),
        ("x" * 500, "x" * 40 + "…", "nothing here is called so"),
    ],
)
def test_an_unknown_word_comes_back_with_what_there_is(text: str, word: str, hint: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        resolved(text)
    assert refused.value.word == word
    assert hint in refused.value.hint


def test_what_is_not_in_the_catalogue_is_never_named() -> None:
    own = Catalogue(tuple(each for each in THINGS if each.name == "prod"))
    for text in ("prod-eu", "workspace:Data", "checkout", "key:ci", "ci-*", "opus", "zzz"):
        with pytest.raises(NotUnderstood) as refused:
            resolved(text, own)
        assert not [each.name for each in THINGS if each.name != "prod" and each.name in refused.value.hint]


NAMES = st.text(" ab'\",:-*A", min_size=1, max_size=5).filter(str.strip)


@given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True), data=st.data())
def test_a_question_with_its_names_known_means_the_same_again(names: list[str], data: st.DataObject) -> None:
    kinds = st.sampled_from(["workspace", "key", "model"])
    things = tuple(thing(data.draw(kinds), name, f"id_{place}") for place, name in enumerate(names))
    one = data.draw(st.sampled_from(things))
    catalogue = Catalogue(things)
    found = resolved(f"{one.kind}:{one.id}", catalogue)
    again = resolve(parse_question(str(found.question), today=TODAY), catalogue)
    assert again == found
