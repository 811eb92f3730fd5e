"""Units: the one crossing from a sheet's unit into SI, and the one printer back out."""

from __future__ import annotations

import math
from collections.abc import Iterable

# The ending of a field's name in YAML → how many SI units it is, the SI unit, and the unit of the field.
_SHEET = {
    "_tflops": (1e12, "FLOP/s", "TFLOP/s"), "_tb_s": (1e12, "B/s", "TB/s"), "_gb_s": (1e9, "B/s", "GB/s"),
    "_gb": (1e9, "B", "GB"), "_mib": (2.0**20, "B", "MiB"), "_mm2": (1e-6, "m2", "mm2"), "_kw": (1e3, "W", "kW"),
    "_mw": (1e6, "W", "MW"), "_w": (1.0, "W", "W"),
}  # fmt: skip

HOUR = 3600.0
KWH = 1000 * HOUR
MW = 1e6
YEAR = 365.25 * 24 * HOUR

_PREFIXES = (
    (1e21, "Z"),
    (1e18, "E"),
    (1e15, "P"),
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
)
# SI unit → (at least, printed unit), the largest first: units that take no SI prefix.
_NAMED = {
    "USD": ((1e9, "bn USD"), (1e6, "m USD"), (1.0, "USD")),
    "m3": ((1e6, "m m3"), (1.0, "m3")),
    **{gas: ((1e9, f"Mt {gas[3:]}"), (1e6, f"kt {gas[3:]}"), (1e3, f"t {gas[3:]}"), (1.0, gas))
       for gas in ("kg CO2", "kg CO2e")},
}  # fmt: skip
MASSES = {"kg": 1.0, "t": 1e3, "kt": 1e6, "Mt": 1e9}  # of what is not said
_PREFIXED = ("FLOP/s", "FLOP", "B", "B/s", "W", "Wh")


def sheet_unit(name: str) -> tuple[float, str]:
    """The factor into SI and the SI unit of a field, read off the ending of its name.

    >>> sheet_unit("tdp_w"), sheet_unit("memory_bandwidth_tb_s")
    ((1.0, 'W'), (1000000000000.0, 'B/s'))
    >>> sheet_unit("count")
    (1.0, '')
    """
    for ending, (factor, unit, _) in _SHEET.items():
        if name.endswith(ending):
            return factor, unit
    return 1.0, ""


def field_unit(factor: float, unit: str) -> str:
    """The unit of a field that is `factor` times an SI unit.

    >>> field_unit(1e12, "FLOP/s"), field_unit(1.0, "USD")
    ('TFLOP/s', 'USD')
    """
    return next((name for f, u, name in _SHEET.values() if (f, u) == (factor, unit)), unit)


def scale(largest: float, unit: str) -> tuple[float, str]:
    """The factor and the printed unit in which `largest` reads well.

    >>> scale(3.958e20, "FLOP/s")
    (1e+18, 'EFLOP/s')
    >>> scale(3.6e12, "J")
    (3600000000000.0, 'GWh')
    >>> scale(3.2e9, "USD"), scale(2.5e9, "kg CO2")
    ((1000000000.0, 'bn USD'), (1000000000.0, 'Mt CO2'))
    """
    if unit == "J":
        factor, printed = scale(largest / HOUR, "Wh")
        return factor * HOUR, printed
    if unit == "TOPS·bit" and abs(largest) >= 1e9:
        return 1e9, "bn TOPS·bit"
    if unit in _NAMED:
        return next((step for step in _NAMED[unit] if abs(largest) >= step[0]), _NAMED[unit][-1])
    if unit == "FLOP" and abs(largest) >= 1e24:
        exponent = math.floor(math.log10(abs(largest)))
        return 10.0**exponent, f"× 10^{exponent} FLOP"
    if unit in _PREFIXED:
        for factor, prefix in _PREFIXES:
            if abs(largest) >= factor:
                return factor, prefix + unit
        return 1.0, unit
    return 1.0, unit


MOST = 100_000  # of a unit that a cell should print


def shared(sizes: Iterable[float], unit: str) -> float:
    """The size, one of those given, whose unit serves all: the smallest in which the largest stays short.

    >>> shared([1.62e21, 0.14e21], "FLOP/s"), scale(0.14e21, "FLOP/s")[1]  # 1,620 and 140 EFLOP/s
    (1.4e+20, 'EFLOP/s')
    >>> shared([740e6, 400.0], "W")  # not 740,000,000 W beside 400 W: MW
    740000000.0
    """
    known = sorted(size for size in sizes if size > 0)
    return next((size for size in known if known[-1] / scale(size, unit)[0] < MOST), 0.0)


def printed_units(unit: str) -> dict[str, float]:
    """Every way to write a unit, with the factor into SI: what `scale` prints, read back.

    >>> printed_units("W")["MW"], printed_units("J")["TWh"], printed_units("USD")["bn USD"]
    (1000000.0, 3600000000000000.0, 1000000000.0)
    """
    if unit == "J":
        return {"J": 1.0, **{name: factor * HOUR for name, factor in printed_units("Wh").items()}}
    if unit in _NAMED:
        return {name: factor for factor, name in _NAMED[unit]}
    if unit == "TOPS·bit":
        return {unit: 1.0, "bn TOPS·bit": 1e9}
    return {prefix + unit: factor for factor, prefix in _PREFIXES} if unit in _PREFIXED else {unit: 1.0}


def justified(value: float, low: float, high: float, error: float) -> int:
    """Decimals (negative: tens, hundreds …) that an interval and a simulation error leave standing.

    Two digits of the half-width are kept, none finer than the simulation error; an exact
    number keeps four digits.

    >>> justified(424318, 402000, 533000, 300)
    -3
    >>> justified(395.8, 395.8, 395.8, 0)
    1
    """
    half = (high - low) / 2
    if half <= 0 or not math.isfinite(half):
        return 3 - math.floor(math.log10(abs(value))) if value else 0
    digits = 1 - math.floor(math.log10(half))
    return min(digits, -math.floor(math.log10(error))) if error > 0 else digits


LONG = 6  # decimals that a number may begin with before it is told in powers of ten


def number(value: float, decimals: int) -> str:
    """A number rounded to `decimals`, with thousands commas and no digits that are not meant.

    >>> number(424318, -3), number(395.8, 1), number(0.12345, 2), number(1e30, 0), number(1.5e-30, 31)
    ('424,000', '395.8', '0.12', '1e+30', '1.5e-30')
    """
    rounded = round(value, decimals) + 0.0  # no -0
    if not rounded and decimals > LONG:
        return "0"
    if abs(rounded) >= 1e15 or 0 < abs(rounded) < 10**-LONG:  # nobody counts so many digits, no table has room for them
        figures = max(0, math.floor(math.log10(abs(rounded))) + decimals)
        head, _, power = f"{rounded:.{min(figures, 15)}e}".partition("e")
        return f"{head.rstrip('0').rstrip('.') if '.' in head else head}e{power}"
    return f"{rounded:,.{max(decimals, 0)}f}"


def written_unit(text: str) -> tuple[float, str] | None:
    """The factor into SI and the SI unit of a unit as people write it; None where it is none that we know.

    >>> written_unit("MW"), written_unit("EFLOPS"), written_unit("TWh"), written_unit("GPUs")
    ((1000000.0, 'W'), (1e+18, 'FLOP/s'), (3600000000000000.0, 'J'), None)
    >>> written_unit("bn USD"), written_unit("Mt CO2"), written_unit("Mt")
    ((1000000000.0, 'USD'), (1000000000.0, 'kg CO2'), (1000000000.0, 'kg'))
    """
    if text in ("", "x", "×", "times", "chips", "servers", "TOPS·bit"):
        return 1.0, ""
    if text == "%":
        return 0.01, ""
    plain = text.replace("FLOPS", "FLOP/s")
    if text in MASSES:
        return MASSES[text], "kg"
    for unit in (*_PREFIXED, *_NAMED):
        if (factor := printed_units(unit).get(plain)) is not None:
            return (factor * HOUR, "J") if unit == "Wh" else (factor, unit)
    return None
