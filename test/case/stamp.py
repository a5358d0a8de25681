"""Time stamps of timelines: stamp.py HUFU [postgres]

An authority of the test's own stamps, refuses, keeps silent, and lies. Whatever it does, a case is never half stamped,
and the next try works."""
import json
import random
import sqlite3
import subprocess
import sys
import threading
import time

from authority import Authority
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "stamp")
stage.env["HUFU_ESCALATION_SYSLOG"] = "false"  # ticks tell nobody here
hufu, said, refused = stage.hufu, stage.said, stage.refused
rng = random.Random(11)
server = None


def opened(*words):
    return said("case", "open", stage.write("note.txt", "somebody called\n"), *words)["id"]


def timeline(number):
    return said("case", "timeline", number)


def stamps(number):
    return [s["seq"] for s in said("case", "show", number)["stamps"]]


def change(statement):
    """What somebody does who can write to the database."""
    if POSTGRES:
        subprocess.run([f"{server.bin}/psql", "-q", "-h", "127.0.0.1", "-p", str(server.port), "-U", "hufu", "-d", "cases",
                        "-v", "ON_ERROR_STOP=1", "-c", statement], check=True, stdout=subprocess.DEVNULL)
    else:
        with sqlite3.connect(stage.work / "store/case.db") as db:
            db.execute(statement)


def not_set(number):
    assert "stamp.url: is not set" in refused("case", "stamp", number)
    assert "stamp.ca_file: is not set" in refused("case", "stamp", HUFU_STAMP_URL="http://127.0.0.1:9/")
    assert said("case", "tick")["stamps"] == []
    assert "none: nothing outside shows" in hufu("case", "show", number).stdout
    made = said("case", "bundle", number, stage.work / "unset.tar.zst")
    assert made["unstamped"] is None
    assert said("verify", stage.work / "unset.tar.zst")["stamped_from"] is None
    assert len(timeline(number)) == 2


def stamped(number, asks, authority):
    before = time.time()
    told = said("case", "stamp", number, **asks)
    assert [(s["id"], s["seq"], s["by"]) for s in told] == [(number, 2, "CN=" + authority.name)], told
    assert said("case", "stamp", number, **asks) == [], "a stamp calls for another"
    assert "nothing to stamp" in hufu("case", "stamp", **asks).stdout
    entries = timeline(number)
    last = entries[-1]
    assert [e["what"] for e in entries] == ["open", "bundle", "stamp"]
    assert last["body"]["seq"] == 2 and last["body"]["hash"] == entries[1]["hash"], last
    assert [e["stamped_from"] for e in entries] == [told[0]["at"], told[0]["at"], None], entries
    assert [e["stamp"] and e["stamp"]["serial"] for e in entries] == [None, told[0]["serial"], None]
    assert abs(time.mktime(time.strptime(told[0]["at"][:19], "%Y-%m-%dT%H:%M:%S")) - 8 * 3600 - before) < 86400
    hufu("case", "fact", number, "people=5")
    assert stamps(number) == [2]
    assert [s["seq"] for s in said("case", "stamp", **asks)] == [4]
    assert stamps(number) == [2, 4]
    shown, lines = hufu("case", "show", number).stdout, hufu("case", "timeline", number).stdout.splitlines()
    assert f"from {told[0]['at']} on, entries 1 to 2: CN=" in shown and "entries 1 to 4" in shown, shown
    marks = [i for i, line in enumerate(lines) if "protects all above" in line]
    assert marks == [2, 5] and lines[1].split()[0] == "2" and lines[4].split()[0] == "4", lines
    assert "外部时间戳" in hufu("case", "show", number, "--lang", "zh").stdout
    hufu("case", "close", number, "--why", "over")
    assert [s["seq"] for s in said("case", "stamp", number, **asks)] == [6], "a closed case can be stamped"


def all_cases(asks):
    numbers = [opened(), opened()]
    drill = opened("--drill")
    waiting = said("case", "stamp", "--dry-run", **asks)
    assert [s["id"] for s in waiting] == numbers and not stamps(numbers[0]), waiting
    assert "to be stamped" in hufu("case", "tick", "--dry-run", **asks).stdout
    assert [s["id"] for s in said("case", "tick", **asks)["stamps"]] == numbers
    assert said("case", "tick", **asks)["stamps"] == [] and not stamps(drill)
    bundle = stage.work / "drill.tar.zst"
    assert said("case", "bundle", drill, bundle, **asks)["unstamped"] is None and not stamps(drill)
    assert [s["id"] for s in said("case", "stamp", drill, **asks)] == [drill]
    assert "is no case" in refused("case", "stamp", "1999-1", **asks)


def bundled(number, asks, authority):
    path = stage.work / "stamped.tar.zst"
    hufu("case", "fact", number, "people=6")
    made = said("case", "bundle", number, path, **asks)
    told = said("verify", path, "--signer", made["signer"], "--ca", authority.ca)
    assert made["unstamped"] is None and told["authority_proved"] is True and told["signer_proved"] is True, told
    assert told["stamped_entries"] == told["entries"] - 2, "the stamp's own entry and the bundle's come after it"
    text = hufu("verify", path, "--ca", authority.ca).stdout
    assert "an outside time stamp (CN=" in text and "the last 2 entries lie under none" in text, text
    told = said("verify", path)
    assert told["authority_proved"] is False and told["stamped_from"], told
    assert "authority unproved" in hufu("verify", path).stdout


def bad_luck(authority, other):
    """One line, nothing changed, the next try works."""
    number = opened()
    before = timeline(number)
    ways = {"/refuse": "refused", "/garbage": "no time stamp", "/other": "over something else", "/nonce": "another request",
            "/page": "something else than a time stamp", "/moved": "something else", "/long": "longer than"}
    cases = [(authority.settings(path), words) for path, words in ways.items()]
    cases += [(dict(authority.settings(), HUFU_STAMP_CA_FILE=str(other.ca)), "not among the trusted"),
              (dict(authority.settings(), HUFU_STAMP_URL="http://127.0.0.1:9/"), "cannot be reached"),
              (dict(authority.settings(), HUFU_STAMP_URL="ftp://127.0.0.1/"), "neither http nor https"),
              (dict(authority.settings(), HUFU_STAMP_CA_FILE=str(stage.work / "none")), "no such file"),
              (dict(authority.settings(), HUFU_STAMP_CA_FILE=str(stage.work / "note.txt")), "holds no certificates")]
    for asks, words in cases:
        line = refused("case", "stamp", number, **asks)
        assert words in line, (asks, words, line)
        assert timeline(number) == before and not stamps(number), line
        tick = stage.run("case", "tick", "--json", **asks)
        assert tick.returncode == 2 and words in tick.stderr and "escalation" in tick.stdout, tick
        path = stage.work / f"{rng.random()}.tar.zst"
        made = hufu("case", "bundle", number, path, "--json", **asks)
        assert made.stderr.count("\n") == 1 and "made without a new time stamp" in made.stderr and words in made.stderr, made
        assert words in json.loads(made.stdout)["unstamped"] and said("verify", path)["holds"]
        before = timeline(number)
    assert [s["seq"] for s in said("case", "stamp", number, **authority.settings())] == [len(before)]


def silent(authority):
    """An authority that does not answer holds nobody up."""
    number, asks = opened(), authority.settings("/hang")
    began = time.monotonic()
    hufu("case", "fact", number, "people=1", **asks)
    assert time.monotonic() - began < 3, "a command waited for the authority"
    path = stage.work / "silent.tar.zst"
    made = hufu("case", "bundle", number, path, **asks)
    assert "does not answer in time" in made.stderr and time.monotonic() - began < 12, made
    assert said("verify", path)["stamped_from"] is None


def together(asks):
    """Several stamp one case, others go on writing in it: each entry has one stamp at most, each stamp its entry."""
    number, trouble = opened(), []

    def run(*words):
        for _ in range(5):
            done = stage.run("case", *words, **asks)
            if done.returncode:
                trouble.append(done.stderr)

    people = [threading.Thread(target=run, args=("stamp", number)) for _ in range(3)]
    people += [threading.Thread(target=run, args=("fact", number, "people=3", "--source", f"person {i}")) for i in range(2)]
    [p.start() for p in people]
    [p.join() for p in people]
    assert not trouble, trouble[0]
    hufu("case", "stamp", number, **asks)
    entries = timeline(number)
    told = [e["body"]["seq"] for e in entries if e["what"] == "stamp"]
    assert len(told) == len(set(told)) and sorted(told) == stamps(number), told
    assert all(e["stamped_from"] for e in entries if e["what"] != "stamp")


def killed(asks):
    number = opened()
    for _ in range(20):
        hufu("case", "fact", number, "people=2", "--source", "a person")
        process = stage.start("case", "stamp", number)
        time.sleep(rng.random() * 0.12)
        process.kill()
        process.wait()
        entries = timeline(number)  # which holds the stamps against it
        assert len([e for e in entries if e["what"] == "stamp"]) == len(stamps(number))
    hufu("case", "stamp", number, **asks)
    assert all(e["stamped_from"] for e in timeline(number) if e["what"] != "stamp")


def altered(asks):
    """Whoever can write to the database moves no stamp, and keeps no other case from its own."""
    first = None  # whose trouble is told
    for statement, words in (("update stamps set at = at - 86400 where seq = 1 and case_id = %d", "says otherwise"),
                             ("update stamps set \"by\" = 'CN=x' where seq = 1 and case_id = %d", "says otherwise"),
                             ("delete from stamps where seq = 1 and case_id = %d", "is missing"),
                             ("update stamps set seq = 2 where seq = 1 and case_id = %d", "over something else"),
                             ("update stamps set token = (select token from stamps order by case_id limit 1) where seq = 1 "
                              "and case_id = %d", "over something else")):
        number = opened()
        hufu("case", "stamp", number, **asks)
        change(statement % int(number.split("-")[1]))
        assert words in refused("case", "timeline", number), statement
        hufu("case", "fact", number, "people=7")
        assert words in refused("case", "bundle", number, stage.work / "never.tar.zst")
        assert not (stage.work / "never.tar.zst").exists()
        found = json.loads(stage.run("case", "check", number, "--json").stdout)["faults"]
        assert len(found) == 1 and words in found[0]["why"], found
        another = opened()
        both = stage.run("case", "stamp", "--json", **asks)
        first = first or number
        assert both.returncode == 2 and both.stderr.startswith(f"hufu: {first}, ") and both.stderr.count("\n") == 1, both
        assert another in [s["id"] for s in json.loads(both.stdout)], both


def main():
    global server
    authority = other = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        authority, other = Authority(stage.work / "authority").start(), Authority(stage.work / "other", "another")
        asks = authority.settings()
        hufu("init")
        number = opened()
        not_set(number)
        stamped(number, asks, authority)
        all_cases(asks)
        bundled(opened(), asks, authority)
        bad_luck(authority, other)
        silent(authority)
        together(asks)
        stage.env.update(asks)
        killed(asks)
        altered(asks)
    finally:
        if authority:
            authority.stop()
        if server:
            server.stop()
        stage.done()


main()
print("1 passed, 0 failed")
