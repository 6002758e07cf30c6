"""The benchmark of the alerts: what it holds them against is what it says. What it found is not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.alerts import CONTRACT, Score
from tests.bench.demand import Incident, Twins, is_material, organization
from tests.bench.detectors import BASELINES, Engine
from tests.bench.real_series import real_organizations

if TYPE_CHECKING:
    from pathlib import Path

STEADY = {("wrkspc_00", "model-0"): [100.0] * 60, ("wrkspc_01", "model-0"): [50.0] * 60}
SPIKE = Incident(what="spike", series=("wrkspc_00", "model-0"), start=50, added=(400.0,))
TWINS = Twins(clean=STEADY, incidents=(SPIKE,), judged=range(42, 60))


def test_the_same_seed_gives_the_same_organization() -> None:
    assert organization("mid", 1) == organization("mid", 1)
    assert organization("mid", 1) != organization("mid", 2)


def test_the_twins_differ_by_the_incidents_alone() -> None:
    twins = organization("calm", 3)
    broken = twins.broken()
    touched = {incident.series for incident in twins.incidents}
    assert {series for series in broken if broken[series] != twins.clean[series]} == touched
    added = sum(map(sum, broken.values())) - sum(map(sum, twins.clean.values()))
    assert added == pytest.approx(sum(sum(incident.added) for incident in twins.incidents))


def test_each_incident_is_material() -> None:
    twins = organization("bursty", 5)
    assert twins.incidents
    assert all(is_material(incident, twins.clean) for incident in twins.incidents)


def test_the_engine_finds_a_spike_and_says_nothing_of_the_clean_twin(tmp_path: Path) -> None:
    score = Score()
    score.add(TWINS, Engine(CONTRACT, tmp_path))
    assert (score.false, score.delays, score.messages) == (0, [0], 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", BASELINES)
def test_each_baseline_finds_it_too(name: str) -> None:
    score = Score()
    score.add(TWINS, BASELINES[name])
    assert (score.false, score.delays) == (0, [0])


def test_without_a_folder_of_real_series_there_are_no_organizations(tmp_path: Path) -> None:
    assert list(real_organizations(tmp_path, 1)) == []
