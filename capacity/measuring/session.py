"""One measurement from start to record: phases that share the time asked for by weight."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

import capacity
from capacity.equations.measuring import copied_bytes
from capacity.errors import fail
from capacity.measurement import Device as DeviceRecord
from capacity.measurement import Figure, Measurement, Power
from capacity.measuring.devices import BYTES, Device, Run
from capacity.measuring.power import Meter, summarize_power
from capacity.measuring.shapes import TABLES, Product, Table
from capacity.summary import describe

# How the time is divided: a search for the best shape is short, what a reader quotes is long.
SEARCH, BEST, ZEROS, MIX, BUFFER, LARGEST_BUFFER, IDLE, WAKE = 1.0, 5.0, 3.0, 5.0, 1.0, 3.0, 4.0, 2.0
WAKE_S = 0.3  # threads of a BLAS spread over the cores within this time
REPEATS = 40  # aimed at in each phase
FEWEST = 3  # repeats of a figure
WARM_UP = 0.15  # of a phase's time
DIGITS = 6
Progress = Callable[[str, float], None]


def figure_of(rates: Sequence[float], **facts: Any) -> Figure:
    """The figure of repeated rates: their median between their 5 % and 95 % points, to six digits.

    >>> found = figure_of([1e9] * 3, what="memory_read", size_bytes=8, data="zeros", unit="B/s", method="a test")
    >>> found.value, found.repeats
    (1000000000.0, 3)
    """
    _, low, middle, high, _ = describe(np.array(rates, dtype=float))
    low, middle, high = (float(f"{x:.{DIGITS}g}") for x in (low, middle, high))
    return Figure(low=low, value=middle, high=high, repeats=len(rates), **facts)


@dataclass
class Session:
    """A device under measurement: the clock, what was found so far, what had to be left out."""

    device: Device
    table: Table
    meter: Meter | None
    seconds: float
    progress: Progress
    weight_left: float
    started: float = field(default_factory=time.monotonic)
    figures: list[Figure] = field(default_factory=list)
    power: dict[str, Power] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    expected: dict[str, float] = field(default_factory=dict)  # best rate seen, by precision or direction

    laying: float = math.inf  # seconds per byte that it took to make operands, at best

    def share(self, weight: float) -> float:
        """The part of the time left that a phase of this weight may take; what others left over is shared out."""
        left = max(0.0, self.started + self.seconds - time.monotonic())
        found = left * min(1.0, weight / self.weight_left)
        self.weight_left = max(self.weight_left - weight, weight)
        return found

    def idle(self) -> None:
        """Board power with nothing to do."""
        if self.meter is None:
            return
        share, begun, joules = self.share(IDLE), time.monotonic(), self.meter.joules()
        self.progress("idle", self._done())
        time.sleep(share)
        self._note_power("idle", begun, joules)

    def wake(self) -> None:
        """Load libraries, start threads and raise clocks before anything is timed."""
        share = self.share(WAKE)
        self.progress("warm-up", self._done())
        run = self.device.products(self.table.products[:1], self.device.precisions[0], "random")
        self._warm_up(run, max(share, WAKE_S) / WARM_UP)

    def products(self, what: str, products: Sequence[Product], precision: str, data: str, weight: float) -> None:
        """One figure of matrix products, if time and memory allow."""
        method = self.device.methods()
        words = method.get(precision, method["product"])
        if what == "training_mix":
            words += f"; {self.table.mix_name}: forward, input and weight gradients, {len(products)} products a pass"
        if what == "best_matrix_product":
            words += "; the shape with the highest median of short runs, measured anew"
        size = sum(product.elements for product in products) * BYTES[precision]
        self._phase(
            f"{what}.{precision}.{data}" + ("" if what != "matrix_product" else f".{products[0].name}"),
            weight, sum(product.flop for product in products), size, precision,
            lambda: self.device.products(products, precision, data),
            what=what, precision=precision, data=data, unit="FLOP/s", method=words,
            shape=None if what == "training_mix" else (products[0].m, products[0].n, products[0].k),
        )  # fmt: skip

    def memory(self, what: str, size: int, data: str, weight: float) -> None:
        """One figure of memory bandwidth, if time and memory allow."""
        copy = what == "memory_copy"
        make = self.device.copy if copy else self.device.read
        self._phase(
            f"{what}.{data}.{size}", weight, copied_bytes(size) if copy else size, 2 * size, what,
            lambda: make(size, data),
            what=what, size_bytes=size, data=data, unit="B/s", method=self.device.methods()[what],
        )  # fmt: skip

    def _phase(
        self, name: str, weight: float, work: float, size: float, kind: str, prepare: Callable[[], Run], **facts: Any
    ) -> None:
        share = self.share(weight)
        self.progress(name, self._done())
        refused = self._refusal(share, work, size, kind)
        if refused:
            self.notes.append(f"{name}: left out, {refused}")
            return
        try:
            start = time.monotonic()
            run = prepare()
            self.laying = min(self.laying, (time.monotonic() - start) / size)
            once = self._warm_up(run, share)
            begun, joules = time.monotonic(), self.meter.joules() if self.meter else None
            rates = self._repeats(run, work, once, start + share)
        except self.device.failures as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[0]
            self.notes.append(f"{name}: left out, {self.device.library} refuses: {said}")
            return
        phase = name if self._note_power(name, begun, joules) else None
        self.figures.append(figure_of(rates, phase=phase, **facts))
        self.expected[kind] = max(self.expected.get(kind, 0.0), self.figures[-1].high)

    def _refusal(self, share: float, work: float, size: float, kind: str) -> str | None:
        """Why a phase cannot be taken: no time for it, or no memory."""
        if size * 1.3 > self.device.free_bytes():
            return f"it needs {size / 1e9:.2g} GB"
        if share <= 0:
            return "the time was up"
        once = work / self.expected[kind] if kind in self.expected else 0.0
        laying = 0.0 if math.isinf(self.laying) else self.laying * size
        needed = laying + (FEWEST + 1) * once
        return f"it takes {needed:.2g} s and its share was {share:.2g} s" if needed > share else None

    def _warm_up(self, run: Run, share: float) -> float:
        """Passes until clocks and libraries have settled; how long the last one took [s]."""
        until = time.monotonic() + WARM_UP * share
        self.device.seconds(run, 1)  # the first pass also loads kernels and starts threads
        once = self.device.seconds(run, 1)
        while time.monotonic() < until:
            once = self.device.seconds(run, 1)
        return once

    def _repeats(self, run: Run, work: float, once: float, until: float) -> list[float]:
        """The rate of each repeat until the phase's time is up: three at least, unless they take far too long."""
        left = max(0.0, until - time.monotonic())
        passes = max(1, round(max(self.table.settle_s, left / REPEATS) / max(once, 1e-6)))
        late, took = until + left, 0.0
        rates: list[float] = []
        while time.monotonic() + took < until or (len(rates) < FEWEST and (not rates or time.monotonic() < late)):
            took = self.device.seconds(run, passes)
            rates.append(work * passes / took)
        return rates

    def _note_power(self, name: str, begun: float, joules: float | None) -> bool:
        if self.meter is None:
            return False
        after = self.meter.joules()
        spent = after - joules if after is not None and joules is not None else None
        found = summarize_power(self.meter.readings, begun, time.monotonic(), spent)
        if found:
            self.power[name] = found
        return found is not None

    def _done(self) -> float:
        return min(1.0, (time.monotonic() - self.started) / self.seconds)

    def best(self, precision: str) -> Product | None:
        """The shape with the highest median of those tried at a precision."""
        tried = [f for f in self.figures if f.what == "matrix_product" and f.precision == precision]
        if not tried:
            return None
        best = max(tried, key=lambda f: f.value)
        return next(p for p in self.table.products if (p.m, p.n, p.k) == best.shape)


def total_weight(device: Device, table: Table, metered: bool) -> float:
    """The weights of all phases, added."""
    each = SEARCH * len(table.products) + BEST + ZEROS + MIX
    memory = 2 * (BUFFER * (len(table.buffers) - 1) + LARGEST_BUFFER + ZEROS)
    return each * len(device.precisions) + memory + WAKE + (IDLE if metered else 0.0)


def take(session: Session) -> None:
    """All phases in order: idle, products by precision, memory by size."""
    table = session.table
    session.idle()
    session.wake()
    for precision in session.device.precisions:
        for product in table.products:
            session.products("matrix_product", [product], precision, "random", SEARCH)
        best = session.best(precision) or table.products[0]
        session.products("best_matrix_product", [best], precision, "random", BEST)
        session.products("best_matrix_product", [best], precision, "zeros", ZEROS)
        session.products("training_mix", table.mix, precision, "random", MIX)
    for what in ("memory_copy", "memory_read"):
        for size in table.buffers:
            session.memory(what, size, "random", LARGEST_BUFFER if size == table.buffers[-1] else BUFFER)
        session.memory(what, table.buffers[-1], "zeros", ZEROS)


def measure_device(
    device: Device, seconds: float, meter: Meter | None = None, chip: str | None = None,
    doubts: Sequence[str] = (), progress: Progress = lambda phase, done: None,
) -> Measurement:  # fmt: skip
    """Measure a device for about so many seconds; `doubts` begin the record's notes.

    Raises `InputError` where not one figure could be taken.
    """
    table = TABLES[device.kind]
    session = Session(device, table, meter, seconds, progress, total_weight(device, table, meter is not None))
    session.notes.extend(doubts)
    try:
        if meter:
            meter.start()
        take(session)
        facts = {**device.facts(), **(meter.facts() if meter else {})}
    finally:
        if meter:
            meter.stop()
    if not session.figures:
        raise fail("measure", f"nothing could be measured: {'; '.join(session.notes)[:200]}")
    versions = {"capacity": capacity.__version__, "python": platform.python_version(), **device.versions()}
    session.notes.append("The spread is that of repeats on one device in one session, not that between devices.")
    return Measurement(
        device=DeviceRecord(**facts), chip=chip, date=date.today(), grade="A",
        seconds=round(time.monotonic() - session.started, 3), versions=versions,
        figures=tuple(session.figures), power=session.power, notes=tuple(session.notes),
    )  # fmt: skip
