"""How long evidence is kept: retain.py HUFU [postgres]

A rule lets go of what is due and of nothing else, and leaves its trace; a legal hold stops it; a removal that is killed
anywhere is finished by the next run; a flipped bit is found and named. 20 kills; 50 with HUFU_FULL=1."""
import json
import os
import random
import subprocess
import sys
import time

from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
KILLS = 50 if os.environ.get("HUFU_FULL") == "1" else 20
AT_ONCE = {"HUFU_RETENTION_LEAK": "0s", "HUFU_RETENTION_EVIDENCE": "0s"}
MAIL = """Received: from a.example by mail.carmaker.example; Sun, 11 Dec 2022 09:30:00 +0800
From: nobody@example.org
Subject: {0}
Date: Sun, 11 Dec 2022 09:00:00 +0800

Pay 5 BTC. {0}
"""
seed = int(os.environ.get("HUFU_SEED", time.time_ns() % 1000000))
dice = random.Random(seed)
stage = Stage(sys.argv[1], "retain")


def opened(name, text=None):
    return stage.said("case", "open", stage.write(name, text or MAIL.format(name)))["id"]


def closed(name, text=None):
    number = opened(name, text)
    stage.hufu("case", "close", number, "--why", "over")
    return number


def retain(*words, **env):
    return stage.said("case", "retain", *words, **env)


def evidence(number):
    return stage.said("case", "show", number)["evidence"]


def object_path(sha256, suffix=""):
    return stage.work / "store" / "vault" / sha256[:2] / (sha256[2:] + suffix)


def faults(*words, code=0):
    return json.loads(stage.hufu("case", "check", *words, "--json", code=code).stdout)["faults"]


def nothing_without_a_rule():
    number = closed("kept.eml")
    assert not retain()["removed"] and not evidence(number)[0]["deleted"]
    # Not long enough ago: told when, and nothing goes.
    told = retain(HUFU_RETENTION_EVIDENCE="90d")
    assert not told["removed"] and told["next"], told
    # A rule for leaks is none for mails.
    assert not retain(HUFU_RETENTION_LEAK="0s")["removed"]
    # Only a look.
    looked = retain("--dry-run", **AT_ONCE)
    assert [r["cases"] for r in looked["removed"]] == [[number]], looked
    assert not evidence(number)[0]["deleted"] and object_path(evidence(number)[0]["sha256"]).exists()
    return number


def a_hold(number):
    stage.hufu("case", "hold", number, "--why", "court 2026/17")
    assert stage.said("case", "show", number)["hold"]["why"] == "court 2026/17"
    assert "held already" in stage.refused("case", "hold", number, "--why", "again")
    told = retain(**AT_ONCE)
    assert not told["removed"] and told["held"] == 1, told
    stage.hufu("case", "hold", number, "--release", "--why", "judged")
    assert "not held" in stage.refused("case", "hold", number, "--release", "--why", "again")
    assert stage.said("case", "show", number)["hold"] is None


def going(number):
    sha256 = evidence(number)[0]["sha256"]
    removed = retain(**AT_ONCE)["removed"]
    assert [(r["sha256"], r["cases"]) for r in removed] == [(sha256, [number])], removed
    assert not object_path(sha256).exists() and object_path(sha256, ".gone").exists()
    piece = evidence(number)[0]
    assert piece["deleted"] and piece["deleted_at"] and piece["rule"] == "retention.evidence: 0s after the case closed"
    entry = stage.said("case", "timeline", number)[-1]
    assert entry["what"] == "retention" and entry["body"]["sha256"] == sha256, entry
    assert "removed" in stage.hufu("case", "show", number).stdout
    assert not faults() and not retain(**AT_ONCE)["removed"]
    # The same bytes again, with another case: they are there, and the old trace stays.
    again = opened("kept.eml")
    assert again != number and not evidence(again)[0]["deleted"] and object_path(sha256).exists() and not faults()
    assert stage.said("case", "timeline", number)[-1]["what"] == "retention"


def two_cases():
    """The last case decides, and each is told."""
    first, second = closed("both.eml"), opened("both.eml")
    assert not retain(**AT_ONCE)["removed"]
    stage.hufu("case", "close", second, "--why", "over")
    stage.hufu("case", "hold", first, "--why", "claims")
    assert not retain(**AT_ONCE)["removed"]
    stage.hufu("case", "hold", first, "--release", "--why", "settled")
    assert [r["cases"] for r in retain(**AT_ONCE)["removed"]] == [[first, second]]
    for number in (first, second):
        assert stage.said("case", "timeline", number)[-1]["what"] == "retention"


def orphans():
    """Bytes that a crash left without a row go after a day, not before."""
    number = closed("orphan.eml")
    sha256 = evidence(number)[0]["sha256"]
    stranger = "ab" + "0" * 62
    other = object_path(stranger)
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(object_path(sha256).read_bytes())
    assert not retain()["orphans"] and other.exists()
    os.utime(other, (time.time() - 100000,) * 2)
    assert retain("--dry-run")["orphans"] == [stranger] and other.exists()
    assert retain()["orphans"] == [stranger] and not other.exists()
    assert object_path(sha256).exists() and not faults()


def a_flipped_bit():
    number = opened("flip.eml")
    sha256 = evidence(number)[0]["sha256"]
    path = object_path(sha256)
    sound = path.read_bytes()
    for _ in range(20):
        bytes_now = bytearray(sound)
        bytes_now[dice.randrange(len(sound))] ^= 1 << dice.randrange(8)
        path.write_bytes(bytes_now)
        found = faults(number, code=1)
        assert [(f["case"], f["what"]) for f in found] == [(number, sha256)], found
    path.unlink()
    assert faults(code=1)[0]["what"] == sha256
    path.write_bytes(sound)
    assert not faults()


def kills():
    """Killed anywhere: a row that says the bytes are there is right, and the next run finishes."""
    began = time.monotonic()
    numbers = [closed("first.eml")]
    retain(**AT_ONCE)
    longest = 1.3 * (time.monotonic() - began) / 3
    for i in range(KILLS):
        numbers.append(closed(f"kill{i}.eml"))
        child = subprocess.Popen([stage.program, "case", "retain"], env=dict(stage.env, **AT_ONCE),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(dice.random() * longest)
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        piece = evidence(numbers[-1])[0]
        assert piece["deleted"] or object_path(piece["sha256"]).exists(), piece
        assert not piece["deleted"] or stage.said("case", "timeline", numbers[-1])[-1]["what"] == "retention"
    retain(**AT_ONCE)
    for number in numbers:
        piece = evidence(number)[0]
        assert piece["deleted"] and not object_path(piece["sha256"]).exists(), piece
        assert [e["what"] for e in stage.said("case", "timeline", number)].count("retention") == 1
    assert not faults()


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        number = nothing_without_a_rule()
        a_hold(number)
        going(number)
        two_cases()
        orphans()
        a_flipped_bit()
        kills()
        assert "--why" in stage.refused("case", "hold", number)
        assert "span of time" in stage.refused("case", "retain", HUFU_RETENTION_LEAK="forever")
    except BaseException:
        print(f"HUFU_SEED={seed}", file=sys.stderr)
        raise
    finally:
        if server:
            server.stop()
        stage.done()


main()
