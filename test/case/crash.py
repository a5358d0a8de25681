"""kill -9 at random moments of case commands: crash.py HUFU [postgres]

What a command acknowledged, by its exit or by the number it printed, is there afterwards; every timeline holds; and
work goes on. 200 moments; 60 on PostgreSQL unless HUFU_FULL=1."""
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter

from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
FULL = os.environ.get("HUFU_FULL") == "1"
KILLS = 60 if POSTGRES and not FULL else 200
seed = int(os.environ.get("HUFU_SEED", time.time_ns() % 1000000))
dice = random.Random(seed)
stage = Stage(sys.argv[1], "crash")


class Book:
    """What was acknowledged."""

    def __init__(self):
        note = stage.write("note.txt", "somebody called\n")
        self.note = note
        self.cases = [stage.said("case", "open", note)["id"]]
        self.facts, self.decisions, self.members, self.tasks = {}, [], [], []
        self.given = set()
        self.step = 0
        self.task_ids = [t["id"] for t in stage.said("case", "show", self.cases[0])["tasks"]]

    def next(self):
        """A command, and how to note down that it was acknowledged."""
        self.step += 1
        step, case = self.step, self.cases[0]
        kind = dice.choice(("open", "fact", "fact", "decide", "task", "member"))
        if kind == "open":
            return ("open", self.note, "--json"), None
        if kind == "fact":
            source = f"source {dice.randrange(8)}"
            self.given.add(str(step))
            return ("fact", case, f"people={step}", "--source", source), lambda: self.facts.update({source: step})
        if kind == "decide":
            return ("decide", case, f"what {step}", "--why", f"why {step}"), lambda: self.decisions.append(f"what {step}")
        if kind == "member":
            return ("member", case, f"member {step}", "--role", "lead"), lambda: self.members.append(f"member {step}")
        task, state = dice.choice(self.task_ids), dice.choice(("done", "dropped"))
        return ("task", case, task, state), lambda: self.tasks.append((task, state))

    def check(self):
        ids = [c["id"] for c in stage.said("case", "list")]
        assert len(ids) == len(set(ids)) and not set(self.cases) - set(ids), (self.cases, ids)
        case = stage.said("case", "show", self.cases[0])
        entries = stage.said("case", "timeline", self.cases[0])
        assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
        # Source by source the newest value is the acknowledged one, or a later one whose command was killed.
        now = {f["source"]: int(f["value"]) for f in case["facts"] if f["name"] == "people" and not f["superseded"]}
        for source, value in self.facts.items():
            assert now.get(source, -1) >= value, (source, value, now)
        assert not {f["value"] for f in case["facts"] if f["name"] == "people"} - self.given
        assert not set(self.decisions) - {d["what"] for d in case["decisions"]}, "a decision is gone"
        assert not set(self.members) - {m["name"] for m in case["members"]}, "a member is gone"
        told = Counter((e["body"]["task"], e["body"]["state"]) for e in entries if e["what"] == "task")
        assert not Counter(self.tasks) - told, "a task's change is gone"
        self.agrees(case, entries)

    @staticmethod
    def agrees(case, entries):
        """What the tables hold, the timeline tells, and the other way round."""
        told = [f["value"] for e in entries if e["what"] == "fact" for f in e["body"]["facts"]]
        assert told == [f["value"] for f in case["facts"] if f["name"] == "people"], "timeline and facts differ"
        assert [e["body"]["what"] for e in entries if e["what"] == "decision"] == [d["what"] for d in case["decisions"]]
        last = {e["body"]["task"]: e["body"]["state"] for e in entries if e["what"] == "task"}
        assert last == {t["id"]: t["state"] for t in case["tasks"] if t["state"] != "open"}, "timeline and tasks differ"


def one(book, longest):
    """Runs one command and kills it somewhere on its way; True when it came to its end first."""
    words, acknowledge = book.next()
    out = stage.work / "out"
    with open(out, "wb") as to:
        child = stage.start("case", *words, out=to)
        try:
            child.wait(dice.random() * longest[words[0]])
        except subprocess.TimeoutExpired:
            child.kill()
        ended = child.wait() == 0
    said = out.read_text()
    if said.endswith("\n") and words[0] == "open":
        book.cases.append(json.loads(said)["id"])
    if ended and acknowledge:
        acknowledge()
    return ended


def measure(book):
    """How long each command takes here and now, so that kills fall all over it."""
    longest = {}
    for words in (("open", book.note), ("fact", book.cases[0], "people=0", "--source", "measured"),
                  ("decide", book.cases[0], "measured", "--why", "measured"), ("task", book.cases[0], book.task_ids[0], "done"),
                  ("member", book.cases[0], "measured", "--role", "lead")):
        began = time.monotonic()
        stage.hufu("case", *words)
        longest[words[0]] = 1.2 * (time.monotonic() - began)
    book.given.add("0")
    return longest


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        book = Book()
        longest = measure(book)
        killed = ended = 0
        while killed < KILLS:
            ended += one(book, longest)
            killed = book.step - ended
            assert book.step < 20 * KILLS, "the commands end before they can be killed"
            if book.step % 50 == 0:
                book.check()
        book.check()
        for number in book.cases:
            stage.said("case", "timeline", number)
        last = stage.said("case", "open", book.note)["id"]
        stage.hufu("case", "fact", last, "people=7")
        stage.hufu("case", "close", last, "--why", "the end")
        print(f"{killed} commands killed, {ended} came to their end, {len(book.cases)} cases"
              f"{'; HUFU_FULL=1 kills 200' if KILLS < 200 else ''}")
    except BaseException:
        print(f"HUFU_SEED={seed}", file=sys.stderr)
        raise
    finally:
        if server:
            server.stop()
        stage.done()


main()
print("1 passed, 0 failed")
