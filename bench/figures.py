"""The figures of one run of the bench, out of the files that its parts left; None is what was not measured.

NAME.spent has a line a round: seconds, CPU seconds, kB of the largest process, kB of the tree's own, kB of the tree with
mapped files (bench/spent.c)."""
import json
import statistics

SECONDS, CPU, LARGEST, OWN, ALL = range(5)


class Figures:
    def __init__(self, work):
        self.work = work
        self.settings = json.loads((work / "settings").read_text())

    def lines(self, name):
        path = self.work / name
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def rounds(self, parts, field=SECONDS):
        """A figure a round; of several parts, one run after the other, their sum."""
        each = [[float(line[field]) for line in self.lines(f"{part}.spent")] for part in parts.split("+")]
        return [sum(figures) for figures in zip(*each)]

    def median(self, parts, field=SECONDS):
        rounds = self.rounds(parts, field)
        return statistics.median(rounds) if rounds else None

    def ratio(self, over, under, field=SECONDS):
        """The median of the rounds' ratios, each of two runs of the same round."""
        pairs = [(a, b) for a, b in zip(self.rounds(over, field), self.rounds(under, field)) if b]
        return statistics.median(a / b for a, b in pairs) if pairs else None

    def rate(self, amount, parts):
        """Of an amount that each round went through."""
        rounds = [seconds for seconds in self.rounds(parts) if seconds]
        return statistics.median(amount / seconds for seconds in rounds) if rounds and amount else None

    def number(self, name, field=0):
        lines = self.lines(name)
        return float(lines[0][field]) if lines else None

    def middle(self, name):
        """The median of a file of numbers."""
        lines = self.lines(name)
        return statistics.median(float(line[0]) for line in lines) if lines else None

    def size(self, name):
        path = self.work / name
        return path.stat().st_size if path.exists() else None

    def section(self, part, name):
        """What hufu-bench-sections says of a seal."""
        lines = self.lines(f"{part}.sections")
        return sum(int(line[1]) for line in lines if line[0] == name) if lines else None

    def series(self, what):
        """[(size, seconds)] of bench/large: of `seal` by rows, of `match` by bytes of the leak."""
        found = {}
        for path in self.work.glob(f"large-{what}-*.spent"):
            name = path.stem
            size = int(name.rpartition("-")[2]) if what == "seal" else self.number(f"{name}.bytes")
            found[size] = self.median(name)
        return sorted(found.items())


def less(value, by):
    return None if value is None or by is None else value - by


def share(value, of):
    return None if value is None or not of else value / of


def worst_growth(series):
    """How many times as much as at the smallest size a unit costs where it costs most."""
    each = [seconds / size for size, seconds in series]
    return max(each) / each[0] if len(each) > 1 else None
