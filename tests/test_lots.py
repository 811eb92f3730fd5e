"""Lots as amounts: stated comes out as stated, in every world; units never mix; racks and lines become chips."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import run

import capacity
from capacity.errors import InputError
from capacity.load import Specs, read_lot, scenario_from
from capacity.model.sampling import normals
from capacity.records.amount import choice_place
from capacity.resolve import Scenario

SOURCES = {"me": {"title": "my notes", "kind": "user"}, "you": {"title": "your notes", "kind": "user"}}


def scenario(*lots: dict[str, Any], **more: Any) -> Scenario:
    """A scenario of lots, each a chip with its amount and what else it states."""
    whole = {f"lot-{n}": {"stage": "installed", "date": "2026-01-28", **lot} for n, lot in enumerate(lots)}
    return scenario_from({"id": "mine", "name": "Mine", "as_of": "2026-01-28", "sources": SOURCES, "lots": whole,
                          "counted": list(whole), **more})  # fmt: skip


def amount(source: str = "me", **stated: Any) -> dict[str, Any]:
    return {"source": source, "grade": "C", **stated}


# What each result can be stated in, and what it is once stated, in SI.
STATED = [
    ("power.facility.nameplate", "1.2 GW of facility power", 1.2e9),
    ("power.it.nameplate", "1.2 GW of IT load", 1.2e9),
    ("power.contracted.nameplate", "300 MW contracted", 3e8),
    ("power.it.average", "80 MW average IT power", 8e7),
    ("power.facility.peak", "80 MW peak facility power", 8e7),
    ("h100_equivalents.8bit", "600,000 H100 equivalents", 6e5),
    ("peak_flops.fp8.dense", "5 EFLOPS FP8", 5e18),
    ("peak_flops.fp8.sparse", "5 EFLOPS FP8 sparse", 5e18),
]


@pytest.mark.parametrize(("address", "says", "value"), STATED)
@pytest.mark.parametrize("owners", [(), ("alibaba", "tencent")])
def test_stated_comes_out_as_stated(address: str, says: str, value: float, owners: tuple[str, ...]) -> None:
    """In every world, with one owner or a split that is drawn, the result is the number that was said."""
    named = {"owners": {o: {"name": o, "profile": "china-platform"} for o in owners}} if owners else {}
    mine = scenario({"chip": "h200-sxm", "amount": amount(says=says), "owners": list(owners)}, **named)
    draws = capacity.estimate(mine, 500, show=["chips", address]).draws(address)
    assert mine.file.lots["lot-0"].count.of == address
    np.testing.assert_allclose(draws, value, rtol=1e-12)


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["capex.chips", "capex.it", "capex.total", "memory", "tpp", "power.server.nameplate",
                     "h100_equivalents.bandwidth", "power.facility.average"]),
    st.sampled_from(["h200-sxm", "h20", "b200"]), st.floats(1e3, 1e18), st.floats(1.05, 30),
)  # fmt: skip
def test_any_interval_of_any_result_comes_out(of: str, chip: str, low: float, wide: float) -> None:
    """The interval that is stated of a result is that of the result, world by world, and its chips are above nought."""
    stated = amount(low=low, high=low * wide, of=of)
    mine = scenario({"chip": chip, "amount": stated})
    answer = capacity.estimate(mine, 200, show=["chips", *([of] if of != "capex.it" else ["capex"])])
    drawn = answer.worlds.values(mine.count("lot-0"))
    parts = ("capex.chips", "capex.servers") if of == "capex.it" else (of,)
    np.testing.assert_allclose(sum(answer.draws(part) for part in parts), drawn, rtol=1e-9)
    assert (answer.draws("chips") > 0).all()


def test_two_chips_of_a_site_each_come_out() -> None:
    """Amounts of different units stand beside each other; each lot's result is its own."""
    mine = scenario(
        {"chip": "h200-sxm", "amount": amount(says="1 GW", of="facility")},
        {"chip": "h20", "amount": amount(says="2 EFLOPS FP8")},
        {"chip": "h100-sxm", "count": amount(value=1000)},
    )
    answer = capacity.estimate(mine, 100, by="lot", show=["chips", "power.facility.nameplate", "peak_flops.fp8"])
    np.testing.assert_allclose(answer.draws("power.facility.nameplate@lot-0"), 1e9, rtol=1e-12)
    np.testing.assert_allclose(answer.draws("peak_flops.fp8.dense@lot-1"), 2e18, rtol=1e-12)
    np.testing.assert_allclose(answer.draws("chips@lot-2"), 1000)


def test_each_buyer_has_the_amount() -> None:
    """100 MW for each of two owners are 200 MW, 100 for either, whatever their PUE."""
    mine = scenario(
        {"chip": "h200-sxm", "amount": amount(says="100 MW each", of="facility"), "owners": ["a", "b"]},
        owners={"a": {"name": "A"}, "b": {"name": "B", "profile": "china-platform"}},
    )
    answer = capacity.estimate(mine, 100, show=["chips", "power.facility.nameplate"])
    for owner, watts in (("a", 1e8), ("b", 1e8), ("", 2e8)):
        np.testing.assert_allclose(answer.draws(f"power.facility.nameplate@{owner}"), watts, rtol=1e-12)


def test_megawatts_of_what_is_not_said() -> None:
    """Of the worlds 60 % take them for IT, 28 % for facility, 12 % for contracted power, and a note says so."""
    mine = scenario({"chip": "h200-sxm", "amount": amount(says="10 GW")})
    results = [f"power.{b}.nameplate" for b in ("it", "facility", "contracted")]
    answer = capacity.estimate(mine, 4000, show=["chips", *results])
    met = [np.isclose(answer.draws(result), 1e10, rtol=1e-9) for result in results]
    assert (met[0] | met[1] | met[2]).all()
    shares = [float(m.mean()) for m in met]  # sampling error of a share at 4,000 worlds: 0.008
    assert shares == pytest.approx([0.60, 0.28, 0.12], abs=0.03)
    assert any(
        '"10 GW" of what is not said: taken as 60 % IT, 28 % facility, 12 % contracted' in n for n in answer.notes()
    )


def test_sources_are_independent_and_one_source_means_one_thing() -> None:
    """Lots of one source share the choice; those of another have their own."""
    lots = [{"chip": "h200-sxm", "amount": amount(s, says="1 GW")} for s in ("me", "me", "you")]
    mine = scenario(*lots)
    streams = [choice_place(mine.file.lots[f"lot-{n}"].count) for n in range(3)]
    assert streams[0] == streams[1] != streams[2]
    answer = capacity.estimate(mine, 2000, by="lot", show=["chips", "power.it.nameplate"])
    it = [np.isclose(answer.draws(f"power.it.nameplate@lot-{n}"), 1e9, rtol=1e-9) for n in range(3)]
    assert (it[0] == it[1]).all()
    both = float((it[0] & it[2]).mean())  # independent: 0.6 squared
    assert both == pytest.approx(0.36, abs=0.02)


def test_no_world_is_redrawn_by_the_other_spelling() -> None:
    """`amount` of chips is `count`: its place, its stream and its draws."""
    one = scenario({"chip": "h20", "count": amount(says="over 400,000")})
    two = scenario({"chip": "h20", "amount": amount(says="over 400,000")})
    assert one.count("lot-0").place == two.count("lot-0").place == "lots.lot-0.count"
    np.testing.assert_array_equal(*(capacity.estimate(s, 100).draws("chips") for s in (one, two)))
    watts = scenario({"chip": "h20", "amount": amount(low=1, high=2, unit="GW", of="facility")})
    item = watts.count("lot-0")
    assert (item.place, item.stream, item.unit) == ("lots.lot-0.amount", "lots.lot-0.count", "W")
    z = normals(0, "lots.lot-0.count", 0, 100)
    drawn = capacity.estimate(watts, 100, show=["chips", "power"]).draws("power.facility.nameplate")
    assert np.corrcoef(z, np.log(drawn))[0, 1] == pytest.approx(1)


# By hand: racks of 72, pods of 384, servers of 8, packages of two dies.
@pytest.mark.parametrize(
    ("chip", "says", "chips"),
    [
        ("gb300", "64 racks", 4608),
        ("gb300", "64 NVL72 racks", 4608),
        ("gb300", "64 GB300 NVL72", 4608),
        ("ascend-910c", "550套", 211_200),
        ("ascend-910c", "550套 CloudMatrix 384", 211_200),
        ("ascend-910c", "550 CloudMatrix 384", 211_200),
        ("ascend-910c", "16 racks of CloudMatrix 384", 384),
        ("h200-sxm", "500 servers", 4000),
        ("h200-sxm", "500台", 4000),
        ("h200-sxm", "500 DGX H200", 4000),
        ("h200-sxm", "500 DGX H200 GPUs", 500),
        ("ascend-910c", "2.9 million dies", 1_450_000),
        ("h200-sxm", "400,000 H200 chips", 400_000),
    ],
)
@pytest.mark.parametrize("key", ["count", "amount"])
def test_what_holds_chips_counts_them(chip: str, says: str, chips: int, key: str) -> None:
    """Words that count systems multiply by the lot's system, under either name of the amount."""
    mine = scenario({"chip": chip, key: amount(says=says)})
    assert mine.file.lots["lot-0"].count.value == chips
    assert mine.having({f"lots.lot-0.{key}": says}).file.lots["lot-0"].count.value == chips


@pytest.mark.parametrize(
    ("chip", "stated", "why"),
    [
        ("h100-sxm", {"says": "64 racks"}, "a server of 8, and in no rack"),
        ("gb300", {"says": "5,000 wafers"}, "counts wafers, which are no chips"),
        ("gb300", {"says": "10家公司"}, "which are no chips"),
        ("gb200", {"says": "600,000 H200"}, "names H200, and the lot is of gb200"),
        ("gb300", {"says": "2 EFLOPS"}, "of which precision is not said"),
        ("h200-sxm", {"says": "5 GW", "of": "capex.total"}, "W are no measure of capex.total"),
        ("h200-sxm", {"says": "$5 billion", "of": "facility"}, "USD are no measure of power.facility.nameplate"),
        ("h200-sxm", {"value": 5, "unit": "parsec"}, "unknown unit 'parsec'"),
        ("h200-sxm", {"says": "1,000 racks a week"}, "so much a week"),
        ("h200-sxm", {"says": "100 MW average peak facility power"}, "average"),
    ],
)
def test_what_cannot_become_chips_is_refused(chip: str, stated: dict[str, Any], why: str) -> None:
    """One line says what is wrong and what would make it right."""
    for key in ("amount", "count"):
        with pytest.raises(InputError, match=why) as error:
            scenario({"chip": chip, key: amount(**stated)})
        assert [fault.place for fault in error.value.faults] == [f"lots.lot-0.{key}"]


def test_an_amount_is_stated_once() -> None:
    """Count and amount side by side are refused."""
    with pytest.raises(InputError, match="an amount both in count and amount"):
        scenario({"chip": "h20", "count": amount(value=5), "amount": amount(value=5)})


@pytest.mark.parametrize(
    ("chip", "stated", "why"),
    [
        ("b30a", {"says": "$40 billion"}, "no price is known of b30a"),
        ("mi455x", {"says": "1 GW"}, "the sheet of mi455x gives no tdp_w"),
        ("h20", {"value": 5.0, "of": "peak_flops.fp4.dense"}, "the sheet of h20 gives no dense_tflops.fp4"),
        ("h20", {"value": 5.0, "of": "pue_annual"}, "unknown result 'pue_annual'"),
    ],
)
def test_a_way_to_chips_that_lacks_a_figure_is_refused(chip: str, stated: dict[str, Any], why: str) -> None:
    """Nothing is guessed where a price, a TDP or a rate is not known, one line a lot."""
    mine = scenario({"chip": chip, "amount": amount(**stated)})
    with pytest.raises(InputError, match=why) as error:
        capacity.estimate(mine, 64, show="chips")
    assert len(error.value.faults) == 1


def test_setting_an_amount_keeps_its_basis() -> None:
    """What is set in other words is an amount of the same result; a bare number beside watts is refused."""
    mine = scenario({"chip": "gb300", "amount": amount(says="1 GW", of="facility")})
    more = mine.having({"lots.lot-0.amount": "2 GW"})
    assert more.file.lots["lot-0"].count.of == "power.facility.nameplate"
    assert more.document["lots"]["lot-0"]["amount"]["says"] == "2 GW"
    assert scenario_from(more.document).file.lots["lot-0"].count.ends == (2e9, 2e9)
    chips = mine.having({"lots.lot-0.count": "64 racks"})
    assert chips.file.lots["lot-0"].count.value == 4608
    assert "amount" not in chips.document["lots"]["lot-0"]
    with pytest.raises(InputError, match="2 of what is not said"):
        mine.having({"lots.lot-0.amount": "2"})


def test_money_of_another_currency_comes_out_in_it() -> None:
    """30 billion yuan are 30 billion over the yuan a dollar costs, by the exchange rate of that world."""
    mine = scenario({"chip": "h200-sxm", "amount": amount(says="300亿元", of="capex.total")})
    answer = capacity.estimate(mine, 200, show="capex")
    rate = answer.worlds.values(mine.assumption("usd_per_cny", None))
    np.testing.assert_allclose(answer.draws("capex.total"), 3e10 * rate, rtol=1e-12)


LINES = [
    ("18,000 gb300 ordered 2025-05-13 for Humain", ("18,000", "gb300", None, "ordered", "2025-05-13", ("Humain",))),
    ("550 CloudMatrix 384 delivered 2026-02-07 for Huawei Cloud and Alibaba",
     ("550", "ascend-910c", "cloudmatrix-384", "delivered", "2026-02-07", ("Huawei Cloud", "Alibaba"))),
    ("10 GW of GB300 ordered for OpenAI", ("10 GW", "gb300", None, "ordered", None, ("OpenAI",))),
    ("64 GB300 NVL72 racks", ("64 GB300 NVL72 racks", "gb300", "gb300-nvl72", None, None, ())),
    ("50,000 H200 NVL installed", ("50,000", "h200-nvl", None, "installed", None, ())),
    ("over 400,000 H200 chips approved 2026-01-28 for ByteDance, Tencent",
     ("over 400,000 H200 chips", "h200-sxm", None, "approved", "2026-01-28", ("ByteDance", "Tencent"))),
    ("150,000 H100", ("150,000", "h100-sxm", None, None, None, ())),
    ("550,000 GB200 and GB300 for xAI", ("550,000", "gb200/gb300", None, None, None, ("xAI",))),
    ("550,000 GB200/GB300", ("550,000", "gb200/gb300", None, None, None, ())),
    ("100,000 Blackwell Ultra chips", ("100,000", "b300/gb300", None, None, None, ())),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), LINES)
def test_a_lot_in_a_line(text: str, parts: tuple[Any, ...]) -> None:
    """The amount, chip, system, stage, day and owners of a line, in any order that a reporter uses."""
    lot = read_lot(text, Specs())
    assert (lot.amount, "/".join(lot.chips), lot.system, lot.stage, lot.date, lot.owners) == parts


def test_the_parts_of_a_line_beside() -> None:
    """Where it stands and when it is due."""
    lot = read_lot("10,000 h200 at colossus-1 in service 2025-01-01", Specs())
    assert (lot.site, lot.stage) == ("colossus-1", "in service")
    assert read_lot("10,000 h200 ordered 2025-01-01 for Oracle due 2026-12-31", Specs()).due == "2026-12-31"


@pytest.mark.parametrize(
    ("text", "why"),
    [("foo bar", "does not begin with an amount"), ("10,000 foo", "cannot read 'foo'"),
     ("10,000", "names no chip"), ("10,000 h200 h20", "names h200-sxm and h20"), ("5,000 wafers of h200", "wafers"),
     ("10,000 h200 ordered approved", "two of a kind"), ("400.000 h200", "400,000 or 400")],
)  # fmt: skip
def test_a_line_that_is_not_understood(text: str, why: str) -> None:
    """What is not understood is named, never skipped."""
    with pytest.raises(InputError, match=why):
        read_lot(text, Specs())


def test_colossus_1_by_its_three_chips() -> None:
    """150,000 H100, 50,000 H200 and 30,000 GB200 are 200,000 x 1,979 + 30,000 x 5,000 TFLOP/s = 545.8 EFLOP/s FP8,
    as Epoch AI has it; its 424 to 442 MW lie in our interval."""
    done = run("estimate", "--lot", "150,000 H100", "--lot", "50,000 H200", "--lot", "30,000 GB200", "--format",
               "json", "--draws", "2000", "--by", "total")  # fmt: skip
    lines = {(line["quantity"], line.get("precision"), line.get("sparsity"), line.get("boundary"), line.get("rating")):
             line for line in json.loads(done.stdout)["lines"]}  # fmt: skip
    assert lines["peak_flops", "fp8", "dense", None, None]["p50"] == pytest.approx(545.8e18, rel=1e-4)
    watts = lines["power", None, None, "facility", "nameplate"]
    assert watts["p5"] < 424e6 < 442e6 < watts["p95"]
    assert "H100 is taken as h100-sxm, its usual variant" in done.stderr


def test_ten_gigawatts_on_the_command_line() -> None:
    """The watts come out as 10 GW where the facility is meant, and a line says for what GW was taken."""
    done = run("estimate", "--chip", "gb300", "--amount", "10 GW", "--draws", "500")
    assert '"10 GW" of what is not said' in done.stdout.replace("\n  ", " ")
    done = run(
        "estimate", "--chip", "gb300", "--amount", "10 GW", "--of", "facility", "--draws", "500", "--show", "power"
    )
    assert "facility power, nameplate" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("facility power, nameplate"))
    assert row.split() == ["facility", "power,", "nameplate", "10", "GW"]


def test_bad_amounts_on_the_command_line() -> None:
    """One line each, which names the option."""
    for words, why in (
        (["--chip", "h100", "--amount", "5,000 wafers"], "--amount lots.stated.count: "),
        (["--chip", "h100", "--amount", "64 racks"], "in no rack that we know"),
        (["--lot", "5 foo"], "--lot: cannot read 'foo'"),
        (["--of", "facility"], "--of: goes with --chip and --amount"),
    ):
        done = run("estimate", *words)
        assert done.returncode == 1
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_sixteen_bits_serve_unlike_sheets() -> None:
    """1,000 H200 at 989.5 TFLOP/s BF16 and 1,000 V100 at 125 FP16 are 1,114.5 PFLOP/s; BF16 alone stays strict."""
    mine = scenario(
        {"chip": "h200-sxm", "count": amount(value=1000)}, {"chip": "v100-sxm2", "count": amount(value=1000)}
    )
    answer = capacity.estimate(mine, 64, show="peak_flops")
    np.testing.assert_allclose(answer.draws("peak_flops.16bit.dense"), 1.1145e18, rtol=1e-12)
    with pytest.raises(InputError, match="v100-sxm2"):
        answer.draws("peak_flops.bf16.dense")
    read = scenario({"chip": "v100-sxm2", "amount": amount(says="3,479 P 16-bit")})
    np.testing.assert_allclose(capacity.estimate(read, 64).draws("chips"), 3479 / 0.125)


@pytest.mark.parametrize(
    ("place", "value", "low", "high"),
    [
        ("lots.lot-0.count", "50%", 500, 500),
        ("lots.lot-0.count", "x1.5", 1500, 1500),
        ("assumptions.mfu", "50%", 0.5, 0.5),
        ("assumptions.mfu", "x0.5", 0.1, 0.3),  # the default is 0.2 to 0.6
        ("chips.h200-sxm.tdp_w", "x0.5", 350, 350),
    ],
)
def test_a_share_of_what_stands_there(place: str, value: str, low: float, high: float) -> None:
    """N % scales an amount and is a share where a share stands; xN scales anything."""
    mine = scenario({"chip": "h200-sxm", "count": amount(value=1000)})
    stands = mine.having({place: value}).stated_at(place)
    assert stands is not None
    assert stands.ends == pytest.approx((low, high))
    assert stands.note is None or stands.note.startswith(value)


def test_a_percentage_of_another_number_is_refused() -> None:
    """50 % of a PUE may be anything; nothing at all cannot be scaled, and nothing is left by nought."""
    mine = scenario({"chip": "h200-sxm", "amount": amount(says="over 1 GW", of="facility")})
    for place, value, why in (
        ("assumptions.pue_peak", "50%", "no amount"),
        ("assumptions.nonsense", "x2", "nothing stands"),
        ("lots.lot-0.amount", "0%", "leaves nothing"),
    ):
        with pytest.raises(InputError, match=why):
            mine.having({place: value})
    half = mine.having({"lots.lot-0.amount": "50%"})
    before, after = (capacity.estimate(s, 100, show="power").draws("power.facility.nameplate") for s in (mine, half))
    np.testing.assert_allclose(after, before / 2, rtol=1e-12)
    again = scenario_from(half.document)
    np.testing.assert_allclose(capacity.estimate(again, 100, show="power").draws("power.facility.nameplate"), after)


def test_only_a_share_arrives() -> None:
    """Half of what has not shipped, in every view; what has shipped is whole, and what arrives, arrives surely."""
    mine = scenario(
        {"chip": "h20", "count": amount(value=1000), "stage": "approved"},
        {"chip": "h200-sxm", "count": amount(value=1000), "stage": "installed", "date": "2026-01-28"},
        {"chip": "b200", "count": amount(value=1000), "stage": "ordered", "supply": amount(value=400)},
    )
    half = mine.having({"arrive": "50%"})
    far = "2049-12-31"  # so that all that comes has come
    answer = capacity.estimate(half, 500, by="chip", at=far)
    for chip, chips in (("h20", 500), ("h200-sxm", 1000), ("b200", 200)):  # the cap of 400 before the half
        np.testing.assert_allclose(answer.draws(f"chips@{chip}"), chips)
    np.testing.assert_allclose(answer.draws("chips.delivered@h20", at=far, view="in_service"), 500)
    assert half.document["arrive"] == 0.5
    assert scenario_from(half.document).file.arrive == 0.5
    with pytest.raises(InputError, match="no share that arrives"):
        mine.having({"arrive": "150%"})
    done = run("estimate", "--arrive", "50%", "--draws", "500", "--quiet")
    assert "View: if 50 % of each lot that has not shipped arrives" in " ".join(done.stdout.split())
    assert "View: if 50 % of each lot that has not shipped arrives" in done.stdout


def test_solving_is_the_same_computation_and_can_be_saved() -> None:
    """The chips that a target takes are those of a lot that is an amount of it, world by world."""
    mine = scenario({"chip": "h200-sxm", "count": amount(value=1000)})
    answer = capacity.solve(mine, "power.facility=400..500 MW", "lots.lot-0.amount", draws=500)
    saved = scenario_from(answer.saved())
    assert saved.file.lots["lot-0"].count.of == "power.facility.nameplate"
    np.testing.assert_allclose(capacity.estimate(saved, 500).draws("chips"), answer.chips, rtol=1e-12)
    two = scenario(*({"chip": "h200-sxm", "count": amount(value=1000)} for _ in range(2)))
    with pytest.raises(InputError, match="other lots have a part"):
        capacity.solve(two, "power.facility=400 MW", "lots.lot-0.count", draws=64).saved()


def test_a_target_of_power_alone_is_open() -> None:
    """Megawatts of what is not said are IT in 60 %, facility in 28 %, contracted in 12 %, as in a lot."""
    mine = scenario({"chip": "h200-sxm", "count": amount(value=1000)})
    answer = capacity.solve(mine, "power=500 MW", "lots.lot-0.count", draws=4000)
    for boundary, share in (("it", 0.60), ("facility", 0.28), ("contracted", 0.12)):
        given = capacity.solve(mine, f"power.{boundary}=500 MW", "lots.lot-0.count", draws=4000)
        assert float(np.isclose(answer.chips, given.chips).mean()) == pytest.approx(share, abs=0.03)


def test_drivers_have_a_row_a_choice() -> None:
    """What megawatts mean is one driver, whose swing goes from IT to contracted power."""
    mine = scenario({"chip": "h200-sxm", "amount": amount(says="1 GW")})
    rows = [row for row in capacity.drivers(mine, "chips", draws=256).records() if row["driver"].startswith("unstated")]
    [row] = rows
    assert row["driver"] == "unstated.power.me"
    assert (
        row["low"] >= row["middle"] > row["high"]
    )  # the middle is IT, in 60 %: 1 GW of IT are more chips than 1 GW of contracted power


def test_several_chips_in_a_lot() -> None:
    """Quoted parts are met, the rest is split in every world; the sum is what was said, of each owner what is his."""
    stated = {"chips": ["gb200", "gb300", "b200"], "mix": {"gb200": amount(value=0.5)}, "count": amount(value=100_000)}
    mine = scenario({**stated, "owners": ["a", "b"]}, owners={"a": {"name": "A"}, "b": {"name": "B"}})
    answer = capacity.estimate(mine, 300, by=("chip", "owner"), show="chips")
    np.testing.assert_allclose(answer.draws("chips"), 100_000, rtol=1e-12)
    np.testing.assert_allclose(answer.draws("chips@gb200"), 50_000, rtol=1e-12)
    rest = answer.draws("chips@gb300")
    assert rest.std() > 1000
    np.testing.assert_allclose(rest + answer.draws("chips@b200"), 50_000, rtol=1e-12)
    alone = capacity.estimate(scenario({"chip": "gb200", "count": stated["count"], "owners": ["a", "b"]},
                                       owners={"a": {"name": "A"}, "b": {"name": "B"}}), 300)  # fmt: skip
    np.testing.assert_allclose(answer.draws("chips@a"), alone.draws("chips@a"), rtol=1e-12)  # no owner is redrawn
    assert {cell.system for cell in mine.cells} == {"gb200-nvl72", "gb300-nvl72", "hgx-b200"}


def test_an_amount_of_several_chips_comes_out() -> None:
    """1 GW of two kinds whose split is drawn is 1 GW; each buyer's cap holds over both kinds."""
    mine = scenario({"chips": ["gb200", "gb300"], "amount": amount(says="1 GW", of="facility")})
    answer = capacity.estimate(mine, 300, by="chip", show=["chips", "power.facility"])
    np.testing.assert_allclose(answer.draws("power.facility.nameplate"), 1e9, rtol=1e-12)
    owners = {"a": {"name": "A"}}
    each = {"chips": ["gb200", "gb300"], "owners": ["a"], "cap_per_owner": amount(value=600)}
    capped = scenario({**each, "count": amount(says="1,000 each")}, owners=owners)
    np.testing.assert_allclose(capacity.estimate(capped, 100).draws("chips"), 600, rtol=1e-12)
    racks = scenario({"chips": ["gb200", "gb300"], "count": amount(says="10 racks")})
    np.testing.assert_allclose(capacity.estimate(racks, 100).draws("chips"), 720, rtol=1e-12)


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ({"chips": ["gb200", "gb300"], "mix": {"gb200": 0.5, "gb300": 0.4}}, r"the mix comes to 0\.9 \(1\)"),
        ({"chips": ["gb200", "gb300"], "mix": {"gb200": 0.8, "gb300": 0.4}}, r"the mix comes to 1\.2 \(1\)"),
        ({"chips": ["gb200", "gb300"], "mix": {"h20": 0.4}}, "a part of h20, which is not in chips"),
        ({"chip": "gb200", "mix": {"gb200": 1.0}}, "a part of gb200, which is not in chips"),
        ({"chips": ["gb200", "gb200"]}, "a chip is listed twice"),
        ({"chip": "h20", "chips": ["gb200", "gb300"]}, "both chip and chips"),
        ({"chips": ["gb200", "nonsense"]}, "unknown chip 'nonsense'"),
        ({"chips": ["gb200", "h200-sxm"], "count": amount(says="10 systems")}, "of unlike size"),
    ],
)
def test_a_mix_that_cannot_be(stated: dict[str, Any], why: str) -> None:
    """A mix is of the lot's chips and comes to 1."""
    mix = {chip: amount(value=part) for chip, part in stated.get("mix", {}).items()}
    with pytest.raises(InputError, match=why):
        scenario({"count": amount(value=1000), **stated, **({"mix": mix} if mix else {})})


def test_a_total_of_some_chips_says_of_how_many() -> None:
    """100,000 H200 have an FP8 rate and 10,000 Ascend 910C none: the total is of 10 in 11 chips, never silently."""
    mine = scenario(
        {"chip": "h200-sxm", "count": amount(value=100_000)}, {"chip": "ascend-910c", "count": amount(value=10_000)}
    )
    answer = capacity.estimate(mine, 64, by="chip", show=["chips", "peak_flops.fp8.dense", "peak_flops.bf16.dense"])
    lines = {(line.address, line.member): line for line in answer.lines(partial=True)}
    total = lines["peak_flops.fp8.dense", ""]
    assert total.p50 == pytest.approx(100_000 * 1979e12)
    assert total.coverage == pytest.approx(10 / 11)
    assert total.lacking == ("the sheet of ascend-910c gives no dense_tflops.fp8",)
    assert lines["peak_flops.bf16.dense", ""].coverage == 1
    assert ("peak_flops.fp8.dense", "ascend-910c") not in lines
    assert "peak_flops.fp8.dense" not in {line.address for line in answer.lines() if line.group == "total"}
    with pytest.raises(InputError, match="ascend-910c"):
        answer.draws("peak_flops.fp8.dense")
    np.testing.assert_allclose(answer.draws("peak_flops.fp8.dense", partial=True), 1.979e20)
    np.testing.assert_allclose(answer.draws("peak_flops.fp8.dense@h200-sxm"), 1.979e20)
    with pytest.raises(InputError):
        capacity.solve(mine, "peak_flops.fp8.dense=1 ZFLOP/s", "lots.lot-0.count", draws=64)
    done = run("estimate", "--lot", "100,000 H200", "--lot", "10,000 Ascend 910C", "--draws", "64", "--by", "total")
    assert "peak, FP8 dense, of 90.9 % of the chips" in done.stdout


COLOSSUS = [
    {"says": "100,000", **amount()},
    {"says": "181 MW", "of": "facility", **amount("you")},
    {"says": "$3.2 billion", "of": "capex.it", **amount("you")},
]


def test_reports_of_one_lot_are_combined_as_paths_does() -> None:
    """Count, megawatts and spend of Colossus 1: the mean of the logarithms, weighed by one over their variances."""
    site = {"chip": "h100-sxm", "stage": "in service", "date": "2025-01-28", "site": "colossus-1"}
    mine = scenario({**site, "reports": COLOSSUS})
    chips = capacity.estimate(mine, 8192).draws("chips")
    paths = capacity.paths("colossus-1", draws=8192)
    ours, theirs = np.percentile(chips, [5, 50, 95]), np.percentile(paths.combined, [5, 50, 95])
    np.testing.assert_allclose(ours, theirs, rtol=0.01)  # other draws of the same reports
    singles = [capacity.estimate(scenario({**site, "amount": report}), 8192).draws("chips") for report in COLOSSUS]
    assert float(np.log(chips).std()) < min(float(np.hypot(np.log(one).std(), 0.05)) for one in singles)


def test_reports_that_conflict_are_named() -> None:
    """100,000 chips and 400 MW are over two standard deviations apart; `combine` takes them all the same."""
    conflict = {"chip": "h100-sxm", "reports": [COLOSSUS[0], {**COLOSSUS[1], "says": "400 MW"}]}
    with pytest.raises(InputError, match=r'"100,000" comes to .* and "400 MW" to .* sd apart') as error:
        capacity.estimate(scenario(conflict), 64)
    assert error.value.faults[0].place == "lots.lot-0.reports"
    both = capacity.estimate(scenario({**conflict, "combine": True}), 500).draws("chips")
    assert 100_000 < float(np.median(both)) < 220_000


def test_one_of_several_reports_can_be_set() -> None:
    """Each report has a place of its own; setting the lot's count puts one number in the place of all."""
    mine = scenario({"chip": "h100-sxm", "reports": COLOSSUS})
    more = mine.having({"lots.lot-0.report-1.count": "90,000"})
    assert more.document["lots"]["lot-0"]["reports"][0]["value"] == 90_000
    again = scenario_from(more.document)
    np.testing.assert_array_equal(*(capacity.estimate(s, 100).draws("chips") for s in (more, again)))
    alone = mine.having({"lots.lot-0.count": "90,000"})
    np.testing.assert_allclose(capacity.estimate(alone, 100).draws("chips"), 90_000)
    assert "reports" not in alone.document["lots"]["lot-0"]
    with pytest.raises(InputError, match="an amount beside reports"):
        scenario({"chip": "h100-sxm", "reports": COLOSSUS, "count": amount(value=5)})
    with pytest.raises(InputError, match="counts wafers") as error:
        scenario({"chip": "h100-sxm", "reports": [COLOSSUS[0], amount(says="5 wafers")]})
    assert error.value.faults[0].place == "lots.lot-0.reports.1"


@pytest.mark.parametrize(
    ("line", "watts", "address", "value"),
    [
        # Stargate Abilene (FT, 23 May 2025): Epoch AI has 403,200 GB200, 2.016e21 FLOP/s in 8 bits and 1,180 MW; our
        # median lies below, as the racks are cooled by cold plates, and the site's figure is what it contracts.
        ("403,200 GB200 installed 2025-05-23 for Oracle", 1.180e9, "peak_flops.fp8.dense", 2.016e21),
        # Colossus 2 (Musk, 22 July 2025): 550,000 GB200 and GB300 of unknown split; Epoch AI 1,379 to 1,494 MW.
        ("550,000 GB200/GB300 installed 2025-07-22 for xAI", 1.379e9, "peak_flops.fp8.dense", 550_000 * 5e15),
    ],
)
def test_public_statements_beside_published_figures(line: str, watts: float, address: str, value: float) -> None:
    """FLOP/s are those published; the published megawatts lie between our facility power and contracted power."""
    done = run("estimate", "--lot", line, "--format", "json", "--draws", "2000", "--by", "total", "--quiet")
    lines = {row["address"]: row for row in capacity_lines(done.stdout)}
    assert lines[address]["p50"] == pytest.approx(value, rel=0.01)
    assert lines["power.facility.nameplate"]["p5"] < watts < lines["power.contracted.nameplate"]["p95"]


def capacity_lines(text: str) -> list[dict[str, Any]]:
    """The lines of an estimate in JSON, each with its address."""
    keys = ("quantity", "precision", "sparsity", "boundary", "rating", "basis", "part")
    rows = json.loads(text)["lines"]
    return [{**row, "address": ".".join(row[key] for key in keys if key in row)} for row in rows]


# --- what is typed for a place ------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["8..12 GW", "8 GW..12 GW", "8,000..12,000 MW"])
def test_an_interval_of_gigawatts_is_typed_with_its_unit(typed: str) -> None:
    mine = scenario({"chip": "gb300", "amount": amount(says="6 GW of IT load")})
    stated = mine.having({"lots.lot-0.amount": typed}).file.lots["lot-0"].count
    assert (stated.ends, stated.unit, stated.of) == ((8e9, 12e9), "W", "power.it.nameplate")


def test_a_number_as_json_prints_it_is_fed_back_and_a_bare_one_far_from_it_is_refused() -> None:
    mine = scenario({"chip": "gb300", "amount": amount(says="6 GW of IT load")})
    assert mine.having({"lots.lot-0.amount": 6.5e9}).file.lots["lot-0"].count.value == 6.5e9
    with pytest.raises(InputError, match="8 of what is not said"):
        mine.having({"lots.lot-0.amount": 8})


@pytest.mark.parametrize("place", ["unstated.power.me", "lots.lot-0.amount.of"])
def test_what_an_open_basis_means_is_set_where_it_is_printed(place: str) -> None:
    """1 GW of IT power is 1 GW of IT power in every world, once that is said."""
    mine = scenario({"chip": "h200-sxm", "amount": amount(says="1 GW")})
    assert "unstated.power.me" in set(mine.places.all())
    printed = json.loads(capacity.estimate(mine, 20).text("json"))["assumptions"]
    [choice] = [item for item in printed if "choices" in item]
    assert choice["place"] == "unstated.power.me"
    assert sum(choice["choices"].values()) == pytest.approx(1)
    settled = capacity.estimate(mine.having({place: "it"}), 20, show=["power.it.nameplate"])
    assert settled.draws("power.it.nameplate") == pytest.approx(np.full(20, 1e9))
    with pytest.raises(InputError, match="cannot be of"):
        mine.having({place: "moonlight"})


@pytest.mark.parametrize(
    ("place", "typed", "ends"),
    [
        ("chips.h200-sxm.tdp_w", "0.7 kW", (700, 700)),
        ("chips.h200-sxm.tdp_w", "0.6 kW..0.7 kW", (600, 700)),
        ("chips.h200-sxm.memory_gb", "0.141 TB", (141, 141)),
        ("prices.h200-sxm.world", "30000 USD", (30000, 30000)),
    ],
)
def test_a_place_with_a_unit_reads_it(place: str, typed: str, ends: tuple[float, float]) -> None:
    mine = scenario({"chip": "h200-sxm", "count": amount(value=5)})
    assert mine.having({place: typed}).file.set[place].ends == pytest.approx(ends)


@pytest.mark.parametrize(
    ("place", "typed", "message"),
    [
        ("chips.h200-sxm.tdp_w", "7 kg", "'7 kg' is in kg (W expected)"),
        ("chips.h200-sxm.tdp_w", "7 foo", "(W expected, 1.2, 1.1..1.3 or words)"),
        ("assumptions.mfu", "0.3 kW", "'0.3 kW' is in kW (no unit)"),
    ],
)
def test_another_unit_than_that_of_the_place_is_refused(place: str, typed: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        scenario({"chip": "h200-sxm", "count": amount(value=5)}).having({place: typed})
    assert message in str(error.value)
    assert "count such as" not in str(error.value)


def test_solve_names_the_place_of_the_lots_amount_and_more_chips_than_were_ever_made() -> None:
    """6 TW over about 2 kW a chip are three billion chips."""
    mine = scenario({"chip": "h200-sxm", "amount": amount(says="1 GW of IT load")})
    many = capacity.solve(mine, "power.it.nameplate=6000 GW", "lots.lot-0.amount", draws=64)
    assert many.head()["for"] == "lots.lot-0.amount"
    assert "never made" in many.text()
    few = capacity.solve(mine, "power.it.nameplate=6 GW", "lots.lot-0.amount", draws=64)
    assert "never made" not in few.text()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("30 million chips", ["Read as 30,000,000 chips", "value: 30 million chips"]),
        ("1.05 to 1.8 GW", ["Read as 1.05 to 1.8 GW", "high: 1.8 GW"]),
        ("$40 billion", ["Read as 40,000,000,000 USD", "value: 40 bn USD"]),
    ],
)
def test_words_are_shown_with_their_unit(words: str, parts: list[str]) -> None:
    printed = capacity.show(["words", words]).text()
    assert all(part in printed for part in parts)
