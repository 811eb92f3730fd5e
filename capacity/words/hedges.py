"""Counts as reporters write them: "over 400,000", "several hundred thousand", "40多万" → numbers with bounds.

The words and ratios are data (`specs/hedges.yaml`, the schema is `HedgeTable`); here is only the grammar:

    reading = [each] [hedge] number [hedge] [unit words] [each] ["for" reading of the buyers]
            | ["between"] number "to" number …          | vague-word magnitudes …
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from capacity.source import Grade
from capacity.words.dates import read_days
from capacity.words.numbers import ALLOWED, HedgeError, Number, NumberReader, digits
from capacity.words.said import Reading
from capacity.words.tokens import Token, is_raised, tokens_of
from capacity.words.vocabulary import Evidence, HedgeRule, Vocabulary

LONGEST = 200
MONEY = ("USD", "EUR", "GBP", "CNY")


def read(text: str, vocabulary: Vocabulary, today: date | None = None) -> Reading:
    """What a reporter's words for a count say; `HedgeError` where they are not understood, never a guess.

    `today` is the day on which they were said, from which "by the end of next year" counts.

    >>> from capacity.load import load_vocabulary
    >>> reading = read("over 400,000", load_vocabulary())
    >>> reading.low, reading.high, reading.floor
    (400800.0, 507200.0, 400000.0)
    """
    if len(text) > LONGEST:
        raise HedgeError(f"the text is longer than {LONGEST} characters (allowed: {ALLOWED})")
    tokens = tokens_of(text.rstrip().rstrip(".。"))
    if any(is_raised(token) for token in tokens):
        raise HedgeError(f'cannot read "{text}": it holds a raised or circled digit (allowed: {ALLOWED})')
    return replace(HedgeReader(text, tokens, vocabulary, today).reading(), text=text)


def read_prefix(text: str, vocabulary: Vocabulary) -> tuple[Reading, str] | None:
    """The count that a text begins with, and the rest of the text; None where it begins with no count.

    The longest reading counts. Unit words are left in the rest, unless a hedge word follows them ("20万颗左右").
    Raises `HedgeError` where a count begins and is not clear: "400.000 chips", "from 5 to 3".

    >>> from capacity.load import load_vocabulary
    >>> reading, rest = read_prefix("roughly six times as many", load_vocabulary())
    >>> reading.rule, reading.number, rest
    ('roughly', 6.0, ' times as many')
    >>> read_prefix("the chips arrived", load_vocabulary()) is None
    True
    """
    reader = HedgeReader(text, tokens_of(text[: 2 * LONGEST]), vocabulary, whole=False)
    try:
        reading = reader.reading()
    except HedgeError:
        if reader.began:
            raise
        return None
    if not reader.done and is_raised(reader.tokens[reader.at]):
        reader.fail("a raised or circled digit is no part of a count")
    end = reader.tokens[reader.at - 1].end
    return replace(reading, text=text[:end].strip()), text[end:]


class HedgeReader(NumberReader):
    """The grammar of counts over the tokens of one text, a method for each part of it.

    `whole`: all of the text is the count; else it may go on. `buyers`: the text says of how many buyers.
    """

    keeps_tail = False  # whether the tail belongs to what a text begins with
    unit_written = ""  # the unit behind the number, where the grammar has one

    def __init__(
        self, text: str, tokens: list[Token], vocabulary: Vocabulary, today: date | None = None, *,
        whole: bool = True, buyers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(text, tokens, vocabulary.lexicon)
        self.vocabulary, self.table, self.today = vocabulary, vocabulary.hedges, today
        self.whole, self.inner = whole, buyers
        self.due: date | None = None
        self.each = False
        self.cluster = False
        self.buyers: Reading | None = None
        self.units = ""

    # -- the whole

    def reading(self) -> Reading:
        """All of the text, or a `HedgeError`."""
        if self.take(self.words.each):
            self.each = True
        self.skip_article()
        return self.between() or self.vague() or self.zero() or self.hedged()

    def hedged(self) -> Reading:
        """A number with or without a hedge, or two with a dash between them."""
        before = self.take(self.words.before)
        exact = before is None and bool(self.take(self.words.exact))
        self.opening()
        number = self.number()
        if number is None:
            vague = before and (bool(self.peek(self.words.vague)) or bool(self.peek(self.words.plurals)))
            self.fail("a hedge and a vague count do not combine" if vague else self.unit_here())
        right = None if number.step else self.right_end(False)
        if right is None and not number.step and not before and (wide := self.vague_end(number)):
            return wide
        if right is not None:
            if before and not self.table.rules[before].two_sided:
                self.fail("a bound goes with one number, not with a range")
            return self.ends(number, right)
        if before and (opposite := self.opposite(before)):
            return self.both_sides(number, opposite)
        after = self.take(self.words.after)
        mark = self.at
        self.tail()
        later = None if after else self.take(self.words.after)
        if later or self.whole or self.keeps_tail:
            after = after or later
        else:
            self.at, self.units = mark, ""
        self.finish()
        if (before and after and before != after) or (exact and after):
            self.fail("two hedges contradict or repeat each other")
        return self.amount(before or after, number)

    def opening(self) -> None:
        """What may stand before the figures; nothing in a plain count."""

    def joined(self) -> None:
        """What may stand between the left end of a range and its joiner; nothing in a plain count."""

    def opposite(self, before: str) -> str | None:
        """The bound of the other side after the first: "more than 1 million but fewer than 2 million"."""
        before_tail = dict(self.__dict__)
        self.tail()
        if self.take(self.words.opposite):
            after = self.take(self.words.before)
            first, second = self.table.rules[before], self.table.rules[after] if after else None
            if second and {bool(first.floor), bool(first.ceiling)} == {bool(second.floor), bool(second.ceiling)} == {
                True, False
            } and first.floor != second.floor:  # fmt: skip
                return after
        self.__dict__.update(before_tail)
        return None

    def both_sides(self, first: Number, rule: str) -> Reading:
        """A number that lies between two hard ends."""
        self.opening()
        second = self.number()
        if second is None:
            self.fail("a bound needs a number")
        floor, ceiling = sorted((first.value, second.value))
        if floor == ceiling or (floor == first.value) == bool(self.table.rules[rule].floor):
            self.fail("the bounds leave nothing between them")
        self.finish()
        part, width = self.table.both_sides, ceiling - floor
        low, high = floor + part.low * width, floor + part.high * width
        return self.make("both_sides", part, low, high, floor, ceiling, "between two hard ends")

    def between(self) -> Reading | None:
        """Two ends after "between" or "from"."""
        if not self.take(self.words.between):
            return None
        self.opening()
        left = self.number(joined=True)
        right = self.right_end(True) if left is not None else None
        if left is None or right is None:
            self.fail("a range has two ends")
        return self.ends(left, right)

    def vague(self) -> Reading | None:
        """A count without a number: "several hundred thousand", "hundreds of thousands", 数十万."""
        name = self.take(self.words.vague)
        if name is None and self.peek(self.words.plurals) is None:
            return None
        product, more = 1, True
        while more:
            magnitude = self.take(self.words.magnitudes)
            product *= magnitude or 1
            mark = self.at
            if magnitude and self.tokens[self.at : self.at + 1] and self.tokens[self.at].text == "of":
                self.at += 1
            more = self.peek(self.words.magnitudes) is not None
            if not more:
                self.at = mark
        if product > 10**18:
            self.fail("the magnitude is too large")
        self.finish()
        rule = self.table.vague[name or "plural"]
        low, high = rule.low * product, rule.high * product
        why = "no number is said, so this is a judgement"
        return self.make(name or "plural", rule, low, high, None, None, why)

    def zero(self) -> Reading | None:
        """Nothing at all: "none", or a bare 0."""
        found = self.take(self.words.zero)
        token = None if self.done else self.tokens[self.at]
        if found is None and (token is None or digits(token.text) not in ((0, 0), (0, 1))):
            return None
        self.at += found is None
        self.finish("nothing at all takes no hedge, range or magnitude")
        return self.exact(0.0)

    # -- parts

    def right_end(self, between: bool) -> Number | None:
        """The second number of a range, if one follows."""
        mark = self.at
        self.joined()
        joiner = self.peek(self.words.to)
        if joiner is None or (not between and self.peek(self.words.and_)):
            self.at = mark
            return None
        self.at += joiner[1]
        self.opening()
        number = self.number() if not self.done and not self.peek(self.words.tail) else None
        if number is None or number.step:
            self.at = mark
            return None
        return number

    def vague_end(self, left: Number) -> Reading | None:
        """A range from a number to a count without one: "10,000 to several hundred thousand"."""
        mark, joiner = self.at, self.peek(self.words.to)
        if joiner is None:
            return None
        self.at += joiner[1]
        right = self.vague()
        if right is None or not left.value < (right.low or 0):
            self.at = mark
            return None
        why = f"from the number said to the most that its words may mean, {_show(right.high)}"
        return self.make("range", self.table.range, left.value, right.high, None, None, why)

    def ends(self, left: Number, right: Number) -> Reading:
        """A range: its ends are the 5 % and 95 % points; "40-80k" shares its magnitude word."""
        low, high = left.value, right.value
        if not left.big and right.factor != 1:
            shared, rest = divmod(right.factor or 0, left.factor or 1)
            if left.factor and shared and not rest and left.coefficient < right.coefficient:
                low = left.whole * shared / 10**left.places
            elif right.big and (low < 1000 or left.factor != 1):
                self.fail("say the magnitude of both ends")
        if not low < high:
            self.fail("the range must run from less to more")
        self.finish()
        return self.make("range", self.table.range, low, high, None, None, "both ends said")

    def tail(self) -> None:
        """Unit words, chip names and "each", which change no number; then the buyers."""
        last, start = "", self.at
        while not self.done:
            dash = not last and self.tokens[self.at].text == "-" and self.at + 1 < len(self.tokens)
            self.at += dash
            last_word = (
                self.take(self.words.tail) or (self.take(self.words.buyer_words) if self.inner else "") or self.name()
            )
            if not last_word:
                self.at -= dash
                break
            last = last_word
            self.each = self.each or last == "each"
            self.cluster = self.cluster or last == "nominal"
        if last == "describer" and self.whole:
            self.fail()
        if self.at > start:
            self.units += self.text[self.tokens[start].start : self.tokens[self.at - 1].end]

    def name(self) -> str:
        """A chip name such as h200, taken as a unit word."""
        if self.tokens[self.at].kind != "name":
            return ""
        self.at += 1
        return "unit"

    def finish(self, why: str = "") -> None:
        """The end, or the buyers of an amount said per buyer."""
        if self.whole or self.keeps_tail:
            self.tail()
        if not self.whole:
            return
        if self.each and not self.inner and not self.done and self.take(self.words.buyers):
            rest = self.tokens[self.at :]
            if not rest:
                self.fail()
            self.buyers = HedgeReader(self.text, rest, self.vocabulary, buyers=True).reading()
            if self.buyers.each or not (self.buyers.value or self.buyers.high):
                self.fail("the number of buyers is not clear")
            self.at = len(self.tokens)
        self.take_due()
        if not self.done:
            self.fail(why or self.unit_here())

    def take_due(self) -> None:
        """A date at the end: by when it will be."""
        if self.done or self.due is not None:
            return
        start = self.tokens[self.at].start
        days = read_days(self.text[start:], self.today, self.vocabulary.dates, ahead=True)
        if days is not None and not days[0].since:
            self.due = days[0].last
            end = len(self.text) - len(days[1])
            while not self.done and self.tokens[self.at].start < end:
                self.at += 1

    def unit_here(self) -> str:
        """Why a unit that stands here ends the count."""
        unit = self.peek(self.words.units)
        if unit is not None:
            kind = self.vocabulary.units.units[unit[0]].kind
            return "this is an amount of money, not a count" if kind in MONEY else f"a count is of chips, not of {kind}"
        refused = self.peek(self.words.refused)
        return self.vocabulary.units.refused[refused[0]].help if refused else ""

    # -- meaning

    def amount(self, name: str | None, number: Number) -> Reading:
        """The number under its hedge."""
        value = number.value
        if number.step:
            hedge = self.table.rules[name] if name else None
            if hedge and not hedge.two_sided:
                self.fail("two hedges contradict or repeat each other")
            step, odd = number.step / 10**number.places, self.table.odd
            low, high = value + odd.low * step, value + odd.high * step
            why = "more by less than one step of the last figure said"
            return self.make("odd", odd, low, high, value, value + step, why)
        if self.cluster and value <= 1:
            self.fail(self.vocabulary.units.refused["clusters"].help)
        if name is None:
            return self.scaled("nominal", self.table.nominal, number) if self.cluster else self.exact(value)
        rule = self.table.rules[name]
        if rule.per_buyer and self.each:
            name, rule = rule.per_buyer, self.table.rules[rule.per_buyer]
        return self.scaled(name, rule, number)

    def scaled(self, name: str, rule: HedgeRule, number: Number) -> Reading:
        """The ratios of a rule times the number, narrowed by its figures."""
        value, table = number.value, self.table
        low, median, high, grade = rule.low, rule.median, rule.high, rule.grade
        if value < 10 and name in table.below_ten.rules:
            wider = table.below_ten
            low, median, high, grade = wider.low, wider.median, wider.high, max(grade, wider.grade)
        elif value < table.measured_from:
            grade = max(grade, table.measured_else)
        why = "the figures of the number do not narrow it"
        if rule.rounding:
            width = max((f for f in table.figures if f.figures <= number.figures), key=lambda f: f.figures)
            low, high = 1 + (low - 1) * width.factor, 1 + (high - 1) * width.factor
            median = None if median is None else 1 + (median - 1) * width.factor
            grade = max(grade, width.grade)
            why = f"said with {number.figures} significant figure{'s' if number.figures > 1 else ''}"
        floor, ceiling = (value if end else None for end in (rule.floor, rule.ceiling))
        middle = None if median is None else value * median
        return self.make(name, rule, value * low, value * high, floor, ceiling, why, grade, number=value, median=middle)

    def exact(self, value: float) -> Reading:
        """A bare number, taken at its word."""
        why = "a number without a hedge is taken as exact"
        return self.make("bare", self.table.bare, None, None, None, None, why, value=value, number=value)

    def make(
        self, name: str, rule: Evidence, low: float | None, high: float | None, floor: float | None,
        ceiling: float | None, why: str, grade: Grade | None = None, value: float | None = None,
        number: float | None = None, median: float | None = None,
    ) -> Reading:  # fmt: skip
        """The reading with its sentence."""
        unit = self.unit_written
        said = f"{_show(value)}{unit}" if value is not None else f"{_show(low)} to {_show(high)}{unit} (5 to 95 %)"
        hard = f", never below {_show(floor)}" if floor is not None else ""
        hard += f", never above {_show(ceiling)}" if ceiling is not None else ""
        whose = " per buyer" if self.each else ""
        sentence = f"Read as {said}{whose}{hard}: {why}."
        text = self.text[self.tokens[0].start :]
        return Reading(text, value, low, high, floor, ceiling, self.each, self.buyers, name, sentence,
                       grade or rule.grade, rule.source, number, self.units, self.due, median)  # fmt: skip


def _show(value: float | None) -> str:
    """A number for a sentence: thousands grouped, four figures below a thousand.

    >>> _show(506400.0), _show(6.69)
    ('506,400', '6.69')
    """
    value = value or 0.0
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
