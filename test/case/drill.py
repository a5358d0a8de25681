"""The drill: drill.py HUFU CARMAKER [postgres]

Every answer is right, on a twin of every dataset and on the real seals; the case is marked everywhere; no value of the
company's stands anywhere but in the vault; what a killed drill leaves goes with the next one."""
import csv
import json
import os
import random
import subprocess
import sys
import time

from stage import Server, Stage

POSTGRES = sys.argv[3:] == ["postgres"]
seed = int(os.environ.get("HUFU_SEED", time.time_ns() % 1000000))
dice = random.Random(seed)
stage = Stage(sys.argv[1], "drill")
store = stage.work / "store"
ANSWERS = ["demand", "listing", "verdict", "dataset", "people", "duties", "plan", "bundle"]


def drill(*words):
    done = stage.hufu("case", "open", "--drill", *words, "--json")
    assert not done.stderr, done.stderr  # no terminal: no company
    return json.loads(done.stdout)


def all_right(report, dataset, rehearsal):
    assert report["drill"] and report["dataset"] == dataset and report["rehearsal"] == rehearsal, report
    assert [a["answer"] for a in report["answers"]] == ANSWERS
    wrong = [a for a in report["answers"] if not a["right"]]
    assert not wrong, (dataset, wrong)
    seconds = [a["seconds"] for a in report["answers"]]
    assert seconds == sorted(seconds) and all(s["opens"] for s in report["seals"])
    assert not [p for p in store.iterdir() if p.name.startswith("drill-")], "the private directory is still there"


def nothing_sealed():
    assert "nothing is sealed yet" in stage.refused("case", "open", "--drill")
    assert "at least one FILE" in stage.refused("case", "open")


def seal_all():
    subprocess.run([sys.argv[2], stage.work / "company", "--customers", "800"], check=True, stdout=subprocess.DEVNULL)
    snapshots = stage.work / "company" / "snapshots"
    names = sorted(p.name for p in snapshots.iterdir())
    for name in names:
        for file in sorted((snapshots / name).iterdir())[-3:]:
            stage.hufu("seal", name, file, "--as-of", file.stem)
    return snapshots, names


def marked(number):
    """Everywhere."""
    case = stage.said("case", "show", number)
    assert case["drill"] and "DRILL" in case["title"] and case["drill_report"]["id"] == number
    for words in (("show",), ("plan",)):
        assert "[DRILL]" in stage.hufu("case", *words, number).stdout
        assert "【演练】" in stage.hufu("case", *words, number, "--lang", "zh").stdout
    assert "[drill]" in stage.hufu("case", "list").stdout
    entries = stage.said("case", "timeline", number)
    assert entries[0]["body"]["drill"] and entries[-1]["what"] == "drill"
    # Nothing of it is sent.
    told = json.loads(stage.run("case", "tick", "--json", HUFU_ESCALATION_MAIL="a@drill.invalid").stdout)
    assert "a@drill.invalid" not in json.dumps(told), told
    return case, entries


def no_value_stands(snapshots, number):
    """Mobile and ID numbers of the company, in whatever the store keeps in clear and whatever was printed."""
    file = sorted((snapshots / "owners").iterdir())[-1]
    with open(file, encoding="utf-8") as rows:
        people = list(csv.DictReader(rows))
    values = {row[column] for row in people for column in ("mobile", "resident_id")}
    told = "".join(stage.hufu("case", word, number, "--json").stdout for word in ("show", "timeline"))
    assert len(values) > 800 and not [v for v in values if v in told]
    for path in store.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(v.encode() in content for v in values), f"{path.name} holds a value"


def rehearsals(names):
    for name in names:
        all_right(drill("--dataset", name), name, True)
    report = drill()
    assert report["dataset"] in names
    audit = (store / "audit").read_text()
    assert '"what":"match"' not in audit, "a rehearsal is no look-up"
    return report["id"]


def real(snapshots, names):
    for name in names:
        source = sorted((snapshots / name).iterdir())[-1]
        report = drill("--from", f"{name}={source}")
        all_right(report, name, False)
    assert '"what":"drill"' in (store / "audit").read_text()
    return report["id"]


def killed(snapshots):
    """At any moment; nothing plain is left behind by the next one."""
    source = sorted((snapshots / "owners").iterdir())[-1]
    for i in range(12):
        words = ("--from", f"owners={source}") if i % 2 else ("--dataset", "owners")
        child = stage.start("case", "open", "--drill", *words)
        try:
            child.wait(dice.random() * 0.6)
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        for place in store.glob("drill-*"):
            assert place.stat().st_mode & 0o777 == 0o700
            for path in place.iterdir():
                # The sample lies in memory: what is left of it is a link to nothing.
                assert path.suffix != ".zip" or (path.is_symlink() and not path.exists()), path
    two = [stage.start("case", "open", "--drill", "--dataset", name) for name in ("owners", "staff")]
    assert all(p.wait() == 0 for p in two), "two at once"
    all_right(drill("--dataset", "owners"), "owners", True)
    for case in stage.said("case", "list"):
        stage.said("case", "timeline", case["id"])


def amiss(snapshots):
    assert "is no sealed dataset" in stage.refused("case", "open", "--drill", "--dataset", "nobody")
    assert "DATASET=SOURCE" in stage.refused("case", "open", "--drill", "--from", "owners")
    other = sorted((snapshots / "dealers").iterdir())[-1]
    assert "columns" in stage.refused("case", "open", "--drill", "--from", f"owners={stage.write('x.csv', 'a,b' + chr(10) + '1,2' + chr(10))}")
    assert "not both" in stage.refused("case", "open", "--drill", "--dataset", "owners", "--from", f"owners={other}")
    # A seal that does not open is said.
    seal = store / "seals" / "staff.seal"
    sound = seal.read_bytes()
    seal.write_bytes(b"x" + sound[1:])
    assert stage.run("case", "open", "--drill", "--dataset", "owners").returncode == 2
    seal.write_bytes(sound)
    # With files it is an exercise made by hand.
    number = stage.said("case", "open", stage.write("note.txt", "somebody called\n"), "--drill")["id"]
    case = stage.said("case", "show", number)
    assert case["drill"] and case["drill_report"] is None


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        nothing_sealed()
        snapshots, names = seal_all()
        number = rehearsals(names)
        marked(number)
        no_value_stands(snapshots, real(snapshots, names))
        killed(snapshots)
        amiss(snapshots)
    except BaseException:
        print(f"HUFU_SEED={seed}", file=sys.stderr)
        raise
    finally:
        if server:
            server.stop()
        stage.done()


main()
