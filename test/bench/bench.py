"""What ./dev bench tells can be relied on: bench.py BUILD

A small run of everything but other people's tools; then the watcher of time and memory on programs whose needs are known."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
# Every line of the table that is to be reached, and whether it is a least.
WANTED = {"text-sum": True, "text-hyperscan": True, "leak-bytes": True, "leak-identifiers": True, "duckdb": True,
          "duckdb-one": True, "duckdb-files": True, "duckdb-files-one": True, "postgres": True, "sqlite": True, "grep": True,
          "seal-plain": True, "seal": True, "next": True, "next-bytes": False, "seal-bytes": False, "token-bytes": False,
          "startup": False, "match-memory": False, "seal-memory": False, "cores-seal": True, "cores-match": True,
          "cores-text": True, "growth-rows": False, "growth-bytes": False}
PEERS = {"text-hyperscan", "duckdb", "duckdb-one", "duckdb-files", "duckdb-files-one", "postgres", "sqlite", "grep", "seal-memory"}


def bench(work, *words):
    env = dict(os.environ, HUFU_BENCH_BIN=str(BUILD), HUFU_BENCH_DIR=str(work / "bench"), HUFU_BENCH_LARGE=str(work / "large"))
    return subprocess.run([ROOT / "bench" / words[0], *words[1:]], env=env, capture_output=True, encoding="utf-8", timeout=300)


def table(work):
    """Every line is there, what was measured is judged by its own figure, and nothing else is called met."""
    done = bench(work, "run", "--rows", "3000", "--rounds", "2", "--text", "1", "--large=400,1200", "--json", "--svg", str(work))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rows"] == 3000 and told["rounds"] == 2 and told["text_bytes"] >= 1 << 20
    assert told["leak_linked"] == told["leak_genuine"] > 200 and 0.7 < told["leak_genuine"] / told["leak_records"] < 0.9
    assert 140 < told["table_bytes"] / told["rows"] < 180
    assert {line["name"]: line["bound"] == "least" for line in told["targets"]} == WANTED
    for line in told["targets"]:
        if line["name"] in PEERS:
            assert line["state"] == "not measured" and line["measured"] is None and not line["beside"], line
            continue
        good = line["measured"] >= line["target"] if line["bound"] == "least" else line["measured"] <= line["target"]
        assert line["state"] == ("met" if good else "missed"), line
    for name in ("speed.svg", "growth.svg"):
        xml.etree.ElementTree.parse(work / name)


def again(work):
    """The table comes once more out of the files; the data are not invented anew."""
    told = bench(work, "report")
    assert told.returncode == 0 and told.stdout.count("not measured") == len(PEERS) + 1, told.stdout + told.stderr
    before = (work / "bench/day1.csv").stat().st_mtime_ns
    assert "inventing" not in bench(work, "run", "--rows", "3000", "--rounds", "1", "--text", "1").stderr
    assert (work / "bench/day1.csv").stat().st_mtime_ns == before


def lies(work):
    """A store that does not link what is true ends the bench with a word."""
    (work / "bench/truth").write_text("300 299\n")
    done = bench(work, "parts/match")
    assert done.returncode == 2 and "bench: match linked" in done.stderr, done


def refuses(work):
    for words in (["--rows", "99999999"], ["--rounds", "0"], ["--text", "x"], ["--large=a"], ["--no"]):
        done = bench(work, "run", *words)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and not done.stdout, done
    (work / "else/bench").mkdir(parents=True)
    (work / "else/bench/kept").write_text("mine")
    done = bench(work / "else", "run", "--rows", "1000")
    assert done.returncode == 2 and "was not made by the bench" in done.stderr, done
    assert (work / "else/bench/kept").read_text() == "mine"


def watches(work):
    def spent(*words):
        result = work / "result"
        result.unlink(missing_ok=True)
        done = subprocess.run([BUILD / "hufu-bench-spent", *(str(word) for word in words[:2]), result, *words[2:]],
                              capture_output=True, encoding="utf-8")
        return done, [float(word) for word in result.read_text().split()]

    _, (seconds, cpu, *_rest) = spent("-c", 1, "sleep", "0.3")
    assert 0.3 <= seconds < 3 and cpu < 0.2
    done, _ = spent("-c", 1, "nproc")
    assert done.stdout.strip() == "1"
    done, _ = spent("-c", 2, sys.executable, "-c", "import sys; sys.exit(7)")
    assert done.returncode == 7
    # A child's memory counts beside its parent's; a mapped file does not count as its own.
    hold = "import time; held = b'x' * (80 << 20); time.sleep(0.4)"
    both = f"import subprocess, sys; held = b'x' * (60 << 20); subprocess.run([sys.executable, '-c', {hold!r}])"
    _, (*_rest, largest, own, everything) = spent("-c", 2, sys.executable, "-c", both)
    assert largest < 130 << 10 and 140 << 10 <= own < 200 << 10 and everything >= own, (largest, own, everything)
    (work / "file").write_bytes(b"y" * (64 << 20))
    mapped = ("import mmap, time; file = open('%s'); m = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ); sum(m[::4096]); "
              "time.sleep(0.4)")
    done, (*_rest, own, everything) = spent("-c", 2, sys.executable, "-c", mapped % (work / "file"))
    assert done.returncode == 0 and own < 50 << 10 and everything >= (64 << 10) + own, (own, everything)


def first(work):
    leak = work / "leak"
    leak.write_text("x")

    def reading(*words):
        return subprocess.run([BUILD / "hufu-bench-first", leak, *words], capture_output=True, encoding="utf-8")
    done = reading("sh", "-c", f"sleep 0.2; cat {leak}; sleep 2")
    assert 200 <= float(done.stdout) < 1500, done
    assert reading("true").returncode == 2


with tempfile.TemporaryDirectory(prefix="hufu-bench-") as place:
    for check in (table, again, lies, refuses, watches, first):
        check(pathlib.Path(place))
