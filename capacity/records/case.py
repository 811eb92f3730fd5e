"""One measured figure of a real system: what a prediction is scored against."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from capacity.source import Number, Record

Workload = Literal["hpl", "training", "site", "claim"]
Metric = Literal["peak_flops", "achieved_flops", "achieved_fraction", "power"]
Half = Literal["fit", "score"]
METRICS: tuple[Metric, ...] = get_args(Metric)
NEEDED = ("case", "chip", "workload", "metric", "basis", "value")

_PREFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
_UNIT = {"peak_flops": "FLOP/s", "achieved_flops": "FLOP/s", "power": "W", "achieved_fraction": "1"}
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0", "")

Positive = Annotated[Number, Field(gt=0, lt=1e40)]


def half_of(name: str) -> Half:
    """The side of the split of a name, in any letter case: `fit` where the first hex digit of its SHA-256 is even."""
    import hashlib

    return "fit" if int(hashlib.sha256(name.strip().lower().encode()).hexdigest()[0], 16) % 2 == 0 else "score"


def _yes(text: object) -> object:
    """Words for true and false; what is neither is left for the record to refuse."""
    word = str(text).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else text


class Case(Record):
    """A figure that was measured or announced, in SI, of a system whose chip and count are public."""

    case: str
    name: str = ""
    chip: Annotated[str, Field(min_length=1)]
    chips: Positive | None = None
    workload: Workload
    metric: Metric
    basis: str
    sparse: Annotated[bool, BeforeValidator(_yes)] = False
    value: Positive
    date: str = ""
    trimmed: Annotated[bool, BeforeValidator(_yes)] = False
    confidence: str = ""
    source: str = ""
    url: str = ""

    @property
    def system(self) -> str:
        """What stands for the system in the split: its name in lower case, else the case's own id."""
        return (self.name.strip() or self.case.strip()).lower()

    @property
    def half(self) -> Half:
        """The side of the split: `fit` where the first hex digit of SHA-256 of the system's name is even.

        >>> Case(case="a", name="Frontier", chip="mi250x", workload="hpl", metric="power", basis="it", value=1.0).half
        'fit'
        """
        return half_of(self.system)


class BadRow(Record):
    """A row of a file of cases that cannot be scored, and why."""

    line: int
    case: str
    reason: str


def si_factor(metric: str, unit: str) -> float | None:
    """How many SI units the unit of a case is; None where it does not measure the metric.

    >>> si_factor("power", "MW"), si_factor("achieved_fraction", "%"), si_factor("power", "FLOP/s")
    (1000000.0, 0.01, None)
    """
    base, given = _UNIT[metric], unit.strip()
    if given in ("", base):
        return 1.0
    if base == "1":
        return 0.01 if given == "%" else None
    return _PREFIX.get(given.removesuffix(base)) if given.endswith(base) else None
