"""Export rules: known classifications, three-valued answers, and the record's own checks."""

import json
from pathlib import Path

import numpy as np
import pytest

from capacity.document.answer import write
from capacity.equations import control
from capacity.errors import InputError
from capacity.load import Specs, load_chip, load_rule, load_rules, open_specs, validate_file
from capacity.questions.rules import Measure, classify, judge, measures, remark, verdicts
from capacity.questions.show import show
from capacity.records.chip import Chip
from capacity.records.rule import Condition

OUTSIDE = "outside the zone: where a licence is needed, presumption of denial"

# From the rules themselves, the vendors' filings on A800, H800 and H20, and the annex on H200 and MI325X.
KNOWN = [
    ("a100-sxm-80", "us-2022-10", "3A090"),
    ("h100-sxm", "us-2022-10", "3A090"),
    ("a800-sxm", "us-2022-10", "not caught"),
    ("h800-sxm", "us-2022-10", "not caught"),
    ("a800-sxm", "us-2023-10", "3A090.a"),
    ("h800-sxm", "us-2023-10", "3A090.a"),
    ("h100-sxm", "us-2023-10", "3A090.a"),
    ("l40s", "us-2023-10", "3A090.a"),
    ("rtx-4090", "us-2023-10", "3A090.a"),
    ("rtx-4090d", "us-2023-10", "not caught"),
    ("h20", "us-2023-10", "not caught"),
    ("l20", "us-2023-10", "not caught"),
    ("h20", "us-2025-04-letters", "licence by letter"),
    ("l20", "us-2025-04-letters", "not caught"),
    ("h200-sxm", "us-2026-01-review", "case by case"),
    ("mi325x", "us-2026-01-review", "case by case"),
    ("b200", "us-2026-01-review", OUTSIDE),
    ("b300", "us-2026-01-review", OUTSIDE),
    ("h200-sxm", "us-2026-01-tariff", "lower band"),
    ("mi325x", "us-2026-01-tariff", "upper band"),
    ("h20", "us-2026-01-tariff", "in no band"),
    ("mi300x", "us-2026-01-tariff", "in no band"),
]


@pytest.mark.parametrize(("chip", "rule", "label"), KNOWN)
def test_known_classifications(chip: str, rule: str, label: str) -> None:
    """Chips whose class is public come out in it, with a reason."""
    [verdict] = [v for v in verdicts(load_chip(chip)) if v.rule.id == rule]
    assert (verdict.label, verdict.known) == (label, True)
    assert verdict.why


@pytest.mark.parametrize(
    ("chip", "tpp", "density"),
    [("h20", 2368, 2.91), ("a100-sxm-80", 4992, 6.04), ("h200-sxm", 15832, 19.4), ("mi325x", 20919, None),
     ("b200", 36000, None)],
)  # fmt: skip
def test_metrics_are_those_published(chip: str, tpp: float, density: float | None) -> None:
    """TPP and performance density come out as published, to the last digit printed."""
    found = measures(load_chip(chip))
    assert round(found["tpp"].low) == round(found["tpp"].high) == tpp
    if density is None:
        assert found["performance_density"].lacks == "die area"
    else:
        assert f"{found['performance_density'].low:.3g}" == f"{density:.3g}"


def test_a_rule_counts_from_its_day_to_its_end() -> None:
    """H800 is free under the first rule and caught by the second; the letters reach H20 in April 2025."""
    h800, h20 = load_chip("h800-sxm"), load_chip("h20")
    assert [v.rule.id for v in classify(h800, "2022-10-20")] == []
    assert [(v.rule.id, v.caught) for v in classify(h800, "2023-11-16")] == [("us-2022-10", False)]
    assert [(v.rule.id, v.caught) for v in classify(h800, "2023-11-17")] == [("us-2023-10", True)]
    assert not any(v.caught for v in classify(h20, "2025-04-08"))
    assert [v.rule.id for v in classify(h20, "2025-04-09") if v.caught] == ["us-2025-04-letters"]


def test_bis_example_reaches_the_threshold() -> None:
    """600 TOPS at 8 bits and 300 TFLOP/s at 16 bits are each 4,800, as the rule's own note says."""
    none = np.array(np.nan)
    eight = control.tpp(np.array(1.0), none, none, none, none, np.array(600e12), none, none)
    sixteen = control.tpp(np.array(1.0), none, none, np.array(300e12), none, none, none, none)
    assert float(eight) == float(sixteen) == 4800
    known = {**measures(load_chip("h20")), "tpp": Measure(4800, 4800)}
    assert judge(load_rule("us-2023-10"), known).label == "3A090.a"


def test_a_missing_figure_is_said_to_be_missing() -> None:
    """Without a die area, a TPP between the lines has no class; without any rate, none at all."""
    [mi308x] = [v for v in verdicts(load_chip("mi308x")) if v.rule.id == "us-2023-10"]
    assert (mi308x.known, mi308x.caught, mi308x.why) == (False, None, ("no die area",))
    assert mi308x.label == "cannot be said: 3A090.a or 3A090.b or not caught"
    [biren] = [v for v in verdicts(load_chip("biren-br106")) if v.rule.id == "us-2022-10"]
    assert biren.why == ("no dense rate", "no link rate")


def test_an_interval_across_a_line_cannot_be_said_and_one_beside_it_can() -> None:
    """An interval decides only where both of its ends fall on one side."""
    rule = load_rule("us-2026-01-review")
    known = measures(load_chip("h200-sxm"))
    across = judge(rule, {**known, "tpp": Measure(20000, 22000)})
    assert (across.known, across.why) == (False, ("TPP 20,000 to 22,000 lies across 21,000",))
    assert judge(rule, {**known, "tpp": Measure(20000, 20999)}).label == "case by case"
    assert judge(rule, {**known, "tpp": Measure(21000, 22000)}).label == OUTSIDE
    # Out by one figure is out, whatever the other is.
    assert judge(rule, {**known, "tpp": Measure(20000, 22000), "dram_gb_s": Measure(6500, 6500)}).label == OUTSIDE


def test_a_chip_in_one_of_two_classes_is_caught_all_the_same() -> None:
    """Where only the class is in doubt, that it is caught is not."""
    known = {**measures(load_chip("h20")), "tpp": Measure(4700, 4900), "performance_density": Measure(4, 4)}
    found = judge(load_rule("us-2023-10"), known)
    assert found.label == "cannot be said: 3A090.a or 3A090.b"
    assert (found.known, found.caught) == (False, True)


def test_memory_on_a_chip_is_not_judged_by_the_memory_rule() -> None:
    """The memory rule says that it does not sort chips; given a density, it sorts stacks."""
    [verdict] = [v for v in verdicts(load_chip("h20")) if v.rule.id == "us-2024-12-hbm"]
    assert verdict.label == "does not apply to chips"
    rule, known = load_rule("us-2024-12-hbm"), measures(load_chip("h20"))
    for density, label in ((2.0, "not caught"), (2.5, "3A090.c, exception possible"), (3.3, "3A090.c")):
        assert judge(rule, {**known, "memory_bandwidth_density": Measure(density, density)}).label == label


def test_a_chinese_chip_gets_its_metric_class_and_a_remark() -> None:
    """The 910C is classed by its figures, with a remark that it is no US export."""
    chip = load_chip("ascend-910c")
    [verdict] = [v for v in verdicts(chip) if v.rule.id == "us-2023-10"]
    assert verdict.label == "3A090.a"
    assert "by figures alone" in remark(chip, verdict.rule)
    assert remark(load_chip("h20"), verdict.rule) == ""


def test_a_link_stated_one_way_counts_twice() -> None:
    """The rule counts both directions."""
    data = {
        "id": "x", "name": "X", "vendor": "X", "unit": "package", "link_direction": "one way",
        "link_gb_s": {"value": 300, "source": "s", "grade": "A"},
    }  # fmt: skip
    assert measures(Chip.model_validate(data))["io_gb_s"] == Measure(600, 600, "A")


def test_rules_are_in_order_and_say_whose_they_are() -> None:
    """Ten rules ship, by date, each with citation and a source with an address."""
    rules = load_rules()
    assert [r.id for r in rules] == [
        "us-2022-10", "us-2023-10", "us-2024-12-hbm", "us-2025-01-diffusion", "us-2025-01-foundry",
        "us-2025-04-letters", "us-2025-09-affiliates", "us-2026-01-review", "us-2026-01-tariff",
        "us-2026-05-headquarters",
    ]  # fmt: skip
    for rule in rules:
        assert rule.citation
        assert all(rule.sources[key].url for key in rule.source)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("op: \">=\", value: 4800", 'value: 4800', "a test needs metric, op and value"),
        ("metric: tpp", "metric: flops", "'flops'"),
        ('op: ">="', 'op: "=>"', "'=>'"),
        ("source: fr-2022", "source: fr-2021", "unknown source 'fr-2021' (did you mean fr-2022?)"),
        ("effective: 2022-10-21", "effective: 2022-02-30", "effective"),
        ("otherwise:", "otherwize:", "unknown key 'otherwize' (did you mean otherwise"),
    ],
)  # fmt: skip
def test_a_spoiled_rule_is_refused(old: str, new: str, expected: str, tmp_path: Path) -> None:
    """Each fault of a rule's file is found and placed."""
    from capacity.load import built_in_specs

    text = (built_in_specs() / "rules" / "us-2022-10.yaml").read_text()
    assert old in text
    path = tmp_path / "us-2022-10.yaml"
    path.write_text(text)
    assert validate_file(path, Specs()) == "rule"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        validate_file(path, Specs())
    assert expected in str(caught.value)


def test_a_condition_says_one_thing() -> None:
    """A condition with two ways at once, or none, is refused."""
    for data in ({}, {"designed_for": "consumer", "metric": "tpp", "op": ">", "value": 1}):
        with pytest.raises(ValueError, match="one thing"):
            Condition.model_validate(data)


def test_ones_own_rule_is_judged_too(tmp_path: Path) -> None:
    """A rule in one's own folder is listed and judged with the rest."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "eu-1.yaml").write_text(
        "id: eu-1\nname: One\ncitation: none\ncountry: EU\npublished: 2030-01-01\neffective: 2030-01-01\nreach: all\n"
        "classes: [{name: big, means: asked, when: {metric: tpp, op: '>', value: 2000}}]\notherwise: small\n"
        "source: me\ngrade: D\nsources: {me: {title: my own, kind: judgement}}\n"
    )
    specs = open_specs(tmp_path)
    assert [v.label for v in classify(load_chip("h20"), "2030-02-01", specs) if v.rule.id == "eu-1"] == ["big"]
    page = json.loads(write(show(["h20"], specs, rules=True), "json"))
    assert page["rules"][-1]["remark"].startswith("NVIDIA is no EU firm")
