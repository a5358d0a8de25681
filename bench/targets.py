"""What is to be reached, and how it is worked out of the figures: one entry a line of the table.

`target` is a least where `least` is true, else a most; `measured` and `beside` take the figures. Where two tools are held
against each other both have as many cores."""
import dataclasses
import typing

from figures import ALL, OWN, less, share, worst_growth

IDENTIFIERS = 3  # of a leaked record: mobile, resident ID, e-mail


@dataclasses.dataclass
class Target:
    name: str
    work: str
    least: bool
    target: float
    unit: str
    measured: typing.Callable
    beside: typing.Callable = lambda f: []  # [(figure, unit), ...]


def least(*words):
    name, work, target, unit, *rest = words
    return Target(name, work, True, target, unit, *rest)


def most(*words):
    name, work, target, unit, *rest = words
    return Target(name, work, False, target, unit, *rest)


def against(name, peer, ours, work, target):
    """Seconds of a peer over ours."""
    return least(name, work, target, "x", lambda f: f.ratio(peer, ours),
                 lambda f: [(f.median(ours), "s"), (f.median(peer), "s there")])


def text_rate(f, part):
    return f.rate(f.size("clean.txt") / 1e9, part)


def records(f):
    return f.number("truth")


def per_row(f, part):
    return share(f.number(f"{part}.bytes"), f.settings["rows"])


def seal_rate(f, part):
    return f.rate(f.settings["rows"] / 1e6, part)


def derived(f, name):
    """Of a section, what the derived forms add."""
    return less(f.section("seal", name), f.section("seal-plain", name))


def own_mb(f, *parts):
    peaks = [f.median(part, OWN) for part in parts]
    return None if None in peaks else max(peaks) / 1024


def megabytes(f, part):
    return share(f.median(part, ALL), 1024)


def sealing(name, part, work, target):
    return least(name, work, target, "M rows/s", lambda f: seal_rate(f, part),
                 lambda f: [(f.median(part), "s"), (f.rate(f.size("day1.csv") / 1e9, part), "GB/s")])


def cores(name, one, two, work):
    return least(name, work, 1.7, "x", lambda f: f.ratio(one, two),
                 lambda f: [(f.median(one), "s on one"), (f.median(two), "s on two")])


def growing(name, what, unit, scale, work):
    return most(name, work, 1.5, "x", lambda f: worst_growth(f.series(what)),
                lambda f: [(seconds / size * scale, unit) for size, seconds in f.series(what)])


TARGETS = [
    least("text-sum", "match, clean text, one core, against sum", 0.45, "x", lambda f: f.ratio("sum-text", "text-one"),
          lambda f: [(text_rate(f, "text-one"), "GB/s"), (text_rate(f, "sum-text"), "GB/s there")]),
    least("text-hyperscan", "match, clean text, one core, against Hyperscan", 12, "x", lambda f: f.ratio("hyperscan", "text-one"),
          lambda f: [(text_rate(f, "text-one"), "GB/s"), (text_rate(f, "hyperscan"), "GB/s there")]),
    least("leak-bytes", "match, leak, whole verdict, one core", 0.25, "GB/s",
          lambda f: f.rate(f.size("leak.csv") / 1e9, "match-one"), lambda f: [(f.median("match-one"), "s")]),
    least("leak-identifiers", "match, leak, one core, identifiers", 8, "M/s", lambda f: f.rate(records(f) * IDENTIFIERS / 1e6, "match-one"),
          lambda f: [(f.rate(records(f) / 1e6, "match-one"), "M records/s")]),
    against("duckdb", "duckdb", "match", "match, against DuckDB, its table loaded", 4),
    against("duckdb-one", "duckdb-one", "match-one", "match, against DuckDB, its table loaded, one core", 4),
    against("duckdb-files", "duckdb-files", "seal-plain+match", "seal and match, against DuckDB, two CSV", 1.1),
    against("duckdb-files-one", "duckdb-files-one", "seal-one+match-one", "seal and match, against DuckDB, two CSV, one core", 1.1),
    against("postgres", "postgres", "match", "match, against PostgreSQL with indexes", 25),
    against("sqlite", "sqlite", "match-one", "match, against SQLite with indexes, one core", 25),
    against("grep", "grep", "match-one", "match, against grep -F -f, one core", 80),
    sealing("seal-plain", "seal-plain", "seal, first snapshot, plain", 3),
    sealing("seal", "seal", "seal, first snapshot, default forms", 2),
    least("next", "seal, next snapshot, 2.5 % changed, against the first", 1, "x", lambda f: f.ratio("seal", "next"),
          lambda f: [(f.median("next"), "s"), (f.median("seal"), "s there")]),
    most("next-bytes", "seal, next snapshot, the store grows by", 8, "%",
         lambda f: 100 * share(less(f.number("next.bytes"), f.number("seal.bytes")), f.number("seal.bytes")),
         lambda f: [(share(f.number("next.bytes"), 1e6), "MB")]),
    most("seal-bytes", "size of a seal, plain", 75, "bytes/row", lambda f: per_row(f, "seal-plain"),
         lambda f: [(per_row(f, "seal"), "bytes/row with default forms")]),
    most("token-bytes", "size of a derived look-up token", 9.5, "bytes",
         lambda f: share(derived(f, "lookup"), derived(f, "tokens")), lambda f: [(share(derived(f, "tokens"), 1e6), "M tokens")]),
    most("startup", "match with the largest store, first byte of the leak", 50, "ms", lambda f: f.middle("startup.ms"),
         lambda f: [(share(f.number("startup.rows"), 1e6), "M rows (50 M are meant)")]),
    most("match-memory", "memory of a match beside mapped files", 300, "MB", lambda f: own_mb(f, "match", "text"),
         lambda f: [(own_mb(f, "match"), "MB leak"), (own_mb(f, "text"), "MB text")]),
    most("seal-memory", "memory of a seal, against DuckDB loading the file", 0.6, "x",
         lambda f: f.ratio("seal", "duckdb-load", ALL),
         lambda f: [(megabytes(f, "seal"), "MB"), (megabytes(f, "duckdb-load"), "MB there")]),
    cores("cores-seal", "seal-one", "seal-plain", "seal on two cores, against one"),
    cores("cores-match", "match-one", "match", "match, leak, on two cores, against one"),
    cores("cores-text", "text-one", "text", "match, clean text, on two cores, against one"),
    growing("growth-rows", "seal", "us/row", 1e6, "seal, larger tables: time a row, against the smallest"),
    growing("growth-bytes", "match", "ns/byte", 1e9, "match, larger leaks: time a byte, against the smallest"),
]
