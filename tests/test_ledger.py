"""The ledger: what was predicted, by which version, and what came of it."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import capacity
from capacity.load import built_in_specs, load_ledgers, load_scenario, read_document
from capacity.questions.ledger import ledger as predictions
from capacity.questions.ledger import predicted, score
from capacity.records.ledger import POINTS, Ledger, Prediction

HOME = Path(__file__).parent.parent


def made_up(outcome: float | None, known: str = "2026-06-01", made: str = "2026-01-01") -> Ledger:
    """A ledger of one question with the points 10, 20, 30, 40, 50."""
    told = {"value": outcome, "source": "x", "grade": "A"}
    more = {} if outcome is None else {"outcome": told, "known": known}
    one = {
        "question": "how many", "scenario": "colossus-1", "address": "chips", "unit": "chips", "at": "2026-05-01",
        "resolves": "2026-06-01", "sha256": "0" * 64, "points": [10.0, 20.0, 30.0, 40.0, 50.0], **more,
    }  # fmt: skip
    return Ledger.model_validate(
        {"version": "0.1.0", "made": made, "draws": 100, "seed": 0, "predictions": {"one": one}}
    )


def test_every_prediction_names_a_shipped_scenario_and_its_fingerprint() -> None:
    """A prediction can be traced: its scenario is there, its unit is the result's, it is dated before it resolves."""
    ledgers = load_ledgers()
    assert ledgers
    for ledger in ledgers:
        for name, prediction in ledger.predictions.items():
            scenario = load_scenario(prediction.scenario)
            at = [prediction.at] if prediction.at else []
            answer = capacity.estimate(scenario, draws=64, by="total", show=prediction.address, at=at)
            at_day = prediction.at.isoformat() if prediction.at else None
            told = {(line.address, line.at, line.unit) for line in answer.lines()}
            assert (prediction.address, at_day, prediction.unit) in told, name
            assert scenario.file.as_of <= ledger.made
            assert len(set(prediction.sha256)) > 1, name
            assert ledger.made < prediction.resolves or prediction.outcome is not None


def test_a_prediction_can_be_computed_again() -> None:
    """Where scenario and defaults are those of the fingerprint, this version gives the same points, or another
    version's within the simulation error of 131,072 worlds."""
    ledger = load_ledgers()[-1]
    same = [p for p in ledger.predictions.values() if load_scenario(p.scenario).sha256 == p.sha256]
    if not same:
        pytest.skip("scenarios or defaults have changed since the ledger was written")
    for prediction in same:
        again = predicted(load_scenario(prediction.scenario), prediction, ledger.draws, ledger.seed)
        of_this_version = ledger.version == capacity.__version__
        np.testing.assert_allclose(again, prediction.points, rtol=1e-9 if of_this_version else 0.02)


@pytest.mark.parametrize(
    ("outcome", "between", "inside_50", "inside_90", "interval"),
    [
        (25, (25, 50), True, True, 40),  # the width of 10 to 50
        (45, (75, 95), False, True, 40),
        (5, (0, 5), False, False, 140),  # 40 + 2 / 0.1 x (10 - 5)
        (51, (95, 100), False, False, 60),  # 40 + 20 x 1
    ],
)
def test_scores_by_hand(
    outcome: float, between: tuple[int, int], inside_50: bool, inside_90: bool, interval: float
) -> None:
    """An outcome's place, hits and interval score are those worked out by hand from the five points."""
    [found] = score([made_up(outcome)], {})
    assert (found.between, found.inside_50, found.inside_90) == (between, inside_50, inside_90)
    assert found.interval == pytest.approx(interval)
    assert not found.hindsight
    assert found.changed


def test_open_questions_have_no_score() -> None:
    """Without an outcome there is nothing to score."""
    [found] = score([made_up(None)], {"colossus-1": "0" * 64})
    assert found.outcome is None
    assert found.inside_90 is None
    assert not found.changed


def test_what_was_known_before_is_called_hindsight() -> None:
    """A prediction made after its outcome was known is not counted as one."""
    [found] = score([made_up(25, known="2025-12-01")], {})
    assert found.hindsight
    text = " ".join(predictions().text("table", 100).split())
    assert "the outcome was known when this was computed" in text
    assert "no outcome is known yet" in text


def test_json_holds_every_prediction() -> None:
    """The JSON has the question, the points, the fingerprint and the date of each prediction."""
    data = json.loads(predictions().text("json"))
    assert data["schema"] == "capacity.ledger/1"
    assert data["points"] == list(POINTS)
    assert len(data["predictions"]) == sum(len(ledger.predictions) for ledger in load_ledgers())
    for one in data["predictions"]:
        assert one["points"] == sorted(one["points"])
        assert date.fromisoformat(one["made"])
        assert one["question"]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"points": (5.0, 4.0, 3.0, 2.0, 1.0)}, "do not rise"), ({"known": "2026-06-01"}, "go together")],
)
def test_a_prediction_that_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    """Points that fall, and a day without an outcome, are errors."""
    good = made_up(None).predictions["one"].model_dump()
    with pytest.raises(ValueError, match=message):
        Prediction.model_validate({**good, **change})


if __name__ == "__main__":  # python tests/test_ledger.py: compute the newest file of the ledger again
    import yaml

    path = sorted((built_in_specs() / "ledger").glob("*.yaml"))[-1]
    data = read_document(path).data
    ledger = load_ledgers()[-1]
    for name, prediction in ledger.predictions.items():
        scenario = load_scenario(prediction.scenario)
        data["predictions"][name]["sha256"] = scenario.sha256
        data["predictions"][name]["points"] = list(predicted(scenario, prediction, ledger.draws, ledger.seed))
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120))
