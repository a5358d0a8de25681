"""Backup and restore of cases: backup.py HUFU [postgres]

Made while others write; killed anywhere the former backup stays good; an altered one is refused and named; a store comes
back the same, also in the other database, and on a new machine. 15 kills each; 50 with HUFU_FULL=1."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
KILLS = 50 if os.environ.get("HUFU_FULL") == "1" else 15
seed = int(os.environ.get("HUFU_SEED", time.time_ns() % 1000000))
dice = random.Random(seed)
stage = Stage(sys.argv[1], "backup")
copies = stage.work / "backup"
MAIL = "Received: from a.example by b.example; Sun, 11 Dec 2022 09:30:00 +0800\nSubject: {0}\n\nPay 5 BTC. {0}\n"


def opened(name, more=""):
    return stage.said("case", "open", stage.write(name, MAIL.format(name) + more))["id"]


def everything(**env):
    """All that a store knows of its cases."""
    numbers = sorted(c["id"] for c in stage.said("case", "list", **env))
    shown = {n: stage.said("case", "show", n, **env) for n in numbers}
    for case in shown.values():
        for duty in case["duties"] + case["duties_further"]:
            duty.pop("status")  # the clock moves on
    return [(shown[n], stage.said("case", "timeline", n, **env)) for n in numbers]


class Other:
    """A store of the same identity and key, without a case: what a new machine has after hufu key restore."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(dir=stage.work))
        (self.dir / "store").mkdir(mode=0o700)
        shutil.copy(copies / "store.json", self.dir / "store" / "store.json")
        self.env = {"HUFU_STORE": str(self.dir / "store"), "HUFU_DB": "sqlite"}

    def restore(self, source=None, **env):
        return stage.said("case", "restore", source or copies, **dict(self.env, **env))

    def refused(self, source, *words):
        line = stage.refused("case", "restore", source, **self.env)
        assert all(word in line for word in words), (words, line)
        assert not stage.said("case", "list", **self.env), "something was restored all the same"

    def done(self):
        shutil.rmtree(self.dir)


def there_and_back():
    before = everything()
    other = Other()
    told = other.restore()
    assert told["cases"] == len(before) and not told["ignored"], told
    assert everything(**other.env) == before
    assert not stage.said("case", "check", **other.env)["faults"]
    assert "cases already" in stage.refused("case", "restore", copies, **other.env)
    if POSTGRES:  # and back into the other database
        back = stage.work / "back"
        stage.said("case", "backup", back, **other.env)
        stage.hufu("case", "check", **other.env)
        shutil.rmtree(back)
    other.done()


def grows():
    """The second one copies what is new; what a rule let go of leaves it."""
    first = stage.said("case", "backup", copies)
    number = opened("later.eml", "x" * 100000)
    second = stage.said("case", "backup", copies)
    assert second["files"] == first["files"] + 1 and second["copied"] == 2, (first, second)
    stage.hufu("case", "close", number, "--why", "over")
    stage.hufu("case", "retain", HUFU_RETENTION_EVIDENCE="0s")
    third = stage.said("case", "backup", copies)
    assert third["removed"] == 1, third
    there_and_back()
    for path in [copies, *copies.rglob("*")]:
        assert not path.stat().st_mode & 0o077, f"{path} may be read by others"
    key = Path(stage.env["HUFU_KEY_FILE"]).read_bytes()
    assert not any(key in p.read_bytes() for p in copies.rglob("*") if p.is_file()), "the key is in it"


def while_others_write():
    """Each backup is of one instant: all of a change or nothing, and bytes for every row."""
    number = opened("busy.eml")
    writers = [subprocess.Popen(["sh", "-c", f"for i in $(seq 12); do '{stage.program}' case fact {number} people=$i "
                                 f"people_sensitive=$i --source w{w}; echo $i{w} >{stage.work}/n{w}; "
                                 f"'{stage.program}' case open {stage.work}/n{w}; done"],
                                env=stage.env, stdout=subprocess.DEVNULL) for w in range(2)]
    made = 0
    while any(w.poll() is None for w in writers):
        stage.hufu("case", "backup", copies)
        other = Other()
        other.restore()
        assert not stage.said("case", "check", **other.env)["faults"]
        for source in ("w0", "w1"):
            now = [f["value"] for f in stage.said("case", "show", number, **other.env)["facts"]
                   if f["source"] == source and not f["superseded"]]
            assert len(set(now)) <= 1, f"half a change: {now}"
        other.done()
        made += 1
    assert made > 1 and all(w.wait() == 0 for w in writers)


def killed(words, longest, **env):
    child = subprocess.Popen([stage.program, *map(str, words)], env=dict(stage.env, **env), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        child.wait(dice.random() * longest)
    except subprocess.TimeoutExpired:
        child.kill()
    return child.wait() != 0


def kills():
    began = time.monotonic()
    stage.hufu("case", "backup", copies)
    longest = 1.3 * (time.monotonic() - began)
    for i in range(KILLS):
        if i % 5 == 0:
            opened(f"killed{i}.eml", "y" * 200000)
        killed(("case", "backup", copies), longest)
        if i % 5 == 4:
            other = Other()
            other.restore()  # the former one, or this one
            assert not stage.said("case", "check", **other.env)["faults"]
            other.done()
    stage.hufu("case", "backup", copies)
    assert len([p for p in copies.iterdir() if "database" in p.name]) == 1, "what killed backups left is still there"
    want = everything()
    other = Other()
    began = time.monotonic()
    other.restore()
    longest = 1.3 * (time.monotonic() - began)
    other.done()
    other = Other()
    for i in range(KILLS):
        if not killed(("case", "restore", copies), longest, **other.env):
            assert everything(**other.env) == want
            other.done()
            other = Other()
        assert len(stage.said("case", "list", **other.env)) in (0, len(want)), "half restored"
        if stage.said("case", "list", **other.env):
            other.done()
            other = Other()
    other.restore()
    assert everything(**other.env) == want
    other.done()


def altered():
    """Any byte of it, a file less, a file more."""
    stage.hufu("case", "backup", copies)
    other = Other()
    spoiled = stage.work / "spoiled"
    files = sorted(p.relative_to(copies) for p in copies.rglob("*") if p.is_file() and p.name != "lock")
    for number in range(30):
        name = dice.choice([files[0], dice.choice(files), next(f for f in files if f.name.startswith("database"))])
        shutil.copytree(copies, spoiled)
        path = spoiled / name
        content = bytearray(path.read_bytes())
        how = number % 3
        if how == 0:
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        elif how == 1:
            del content[dice.randrange(len(content)):]
        else:
            content += b"x"
        path.write_bytes(content)
        other.refused(spoiled, name.name[:20])
        path.unlink()
        if name.name == "MANIFEST":
            other.refused(spoiled, "holds no backup")
        else:
            other.refused(spoiled, "is missing", name.name[:20])
        shutil.rmtree(spoiled)
    # The list of another store's backup, in whole.
    stranger = Stage(sys.argv[1], "stranger")
    stranger.hufu("init")
    stranger.hufu("case", "open", stranger.write("a.txt", "a"))
    stranger.hufu("case", "backup", stranger.work / "b")
    other.refused(stranger.work / "b", "another store")
    assert "another store" in stage.refused("case", "backup", stranger.work / "b")
    stranger.done()
    # A file more is left alone, and said.
    shutil.copytree(copies, spoiled)
    (spoiled / "vault" / "more").write_text("x")
    assert other.restore(spoiled)["ignored"] == 1
    shutil.rmtree(spoiled)
    other.done()
    (stage.work / "mine").mkdir()
    (stage.work / "mine" / "letter.txt").write_text("x")
    assert "not empty" in stage.refused("case", "backup", stage.work / "mine")


def full_disk():
    disk = stage.work / "small"
    disk.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk]).returncode:
        return print("full disk: not tried, this needs root")
    try:
        opened("large.eml", "z" * 400000)
        line = stage.refused("case", "backup", disk / "b")
        assert "full" in line or "space" in line, line
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        stage.hufu("case", "backup", disk / "b")
    finally:
        subprocess.run(["umount", disk], check=True)
    return None


def a_new_machine():
    """What doc/backup.md says, from nothing but the backup and the key's own backup."""
    key = stage.work / "key.backup"
    words = stage.write("passphrase", "correct horse battery staple\n")
    words.chmod(0o600)
    stage.env["HUFU_PASSPHRASE_FILE"] = str(words)
    stage.hufu("key", "backup", key)
    want = everything()
    env = {"HUFU_STORE": str(stage.work / "new" / "store"), "HUFU_KEY_FILE": str(stage.work / "new" / "key"),
           "HUFU_DB": "sqlite"}
    (stage.work / "new" / "store").mkdir(parents=True, mode=0o700)
    shutil.copy(copies / "store.json", stage.work / "new" / "store")
    stage.hufu("key", "restore", key, **env)
    stage.hufu("case", "restore", copies, **env)
    assert everything(**env) == want


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        opened("first.eml")
        stage.hufu("case", "fact", opened("second.eml"), "people=1200000", "sector=automotive")
        grows()
        while_others_write()
        kills()
        altered()
        full_disk()
        stage.hufu("case", "backup", copies)
        a_new_machine()
    except BaseException:
        print(f"HUFU_SEED={seed}", file=sys.stderr)
        raise
    finally:
        if server:
            server.stop()
        stage.done()


main()
