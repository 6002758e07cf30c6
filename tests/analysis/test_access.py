"""Who may see what."""

from __future__ import annotations

from bot.analysis.access import SEES_EVERYTHING, SEES_NOTHING, Asker, Grant, InSight, Rules, Sight, Viewer, find_sight
from tests.builders import CHECKOUT, CI_KEY, SEARCH, names

NAMES = names(workspaces={CHECKOUT: "Checkout", SEARCH: "Search"}, api_keys={CI_KEY: "ci-build", "apikey_2": "prod"})
IN_CHANNEL = Asker(user="U1", channels=frozenset({"C1"}), in_own_channel=True)
CHECKOUT_ONLY = Grant(workspaces=("Checkout",))


def viewer(sees: Grant = CHECKOUT_ONLY, **who: frozenset[str]) -> Viewer:
    """Somebody who sees the checkout."""
    return Viewer(sees, **who)


def test_without_rules_everybody_in_a_channel_with_the_bot_sees_everything() -> None:
    assert find_sight(Rules(), IN_CHANNEL) == SEES_EVERYTHING
    assert find_sight(Rules(), Asker(user="U1")) == SEES_NOTHING


def test_a_guest_sees_nothing_in_the_same_channel() -> None:
    guest = Asker(user="U1", is_guest=True, channels=frozenset({"C1"}), groups=frozenset({"S1"}), in_own_channel=True)
    rules = Rules(viewers=(viewer(channels=frozenset({"C1"}), groups=frozenset({"S1"})),))

    assert find_sight(Rules(), guest) == find_sight(rules, guest) == SEES_NOTHING


def test_a_guest_who_is_named_sees_what_was_granted() -> None:
    guest = Asker(user="U1", is_guest=True)

    assert find_sight(Rules(viewers=(viewer(users=frozenset({"U1"})),)), guest) == Sight((CHECKOUT_ONLY,))


def test_an_admin_sees_everything_by_name_or_by_group() -> None:
    rules = Rules(frozenset({"U1", "S1"}), (viewer(users=frozenset({"U9"})),))

    assert find_sight(rules, Asker(user="U1")) == SEES_EVERYTHING
    assert find_sight(rules, Asker(user="U2", groups=frozenset({"S1"}))) == SEES_EVERYTHING


def test_with_rules_whom_none_means_sees_nothing_wherever_they_are() -> None:
    assert find_sight(Rules(viewers=(viewer(users=frozenset({"U9"})),)), IN_CHANNEL) == SEES_NOTHING


def test_whoever_is_meant_by_several_sees_what_any_of_them_names() -> None:
    keys = Grant(keys=("ci-*",))
    rules = Rules(viewers=(viewer(users=frozenset({"U1"})), viewer(keys, channels=frozenset({"C1"}))))

    seen = find_sight(rules, IN_CHANNEL).within(NAMES)

    assert seen == InSight(frozenset({CHECKOUT}), frozenset({CI_KEY}))


def test_names_are_meant_in_any_case_and_ids_and_patterns_too() -> None:
    assert Grant(workspaces=("CHECKOUT",)).workspaces_in(NAMES) == {CHECKOUT}
    assert Grant(workspaces=(SEARCH,)).workspaces_in(NAMES) == {SEARCH}
    assert Grant(keys=("*-build", "nothing")).keys_in(NAMES) == {CI_KEY}


def test_nothing_that_exists_is_nothing_that_is_seen() -> None:
    assert Sight((Grant(workspaces=("gone",)),)).within(NAMES).lens.cuts == frozenset()


def test_a_sights_word_is_that_of_the_same_grants_in_any_order() -> None:
    some, others = Grant(workspaces=("a",)), Grant(keys=("a",))

    assert Sight((some, others)).mark == Sight((others, some)).mark
    assert len({Sight((some,)).mark, Sight((others,)).mark, SEES_NOTHING.mark, SEES_EVERYTHING.mark}) == 4
    assert SEES_EVERYTHING.mark == ""
