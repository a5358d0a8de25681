"""kill -9 at 50 random moments of a tick: tickcrash.py HUFU [postgres]

Mail and webhook count what reaches them. Whatever a row says afterwards is true: told, and it arrived once; in doubt,
and it arrived once or not at all; nothing arrived twice, and no step is without a row."""
import os
import random
import sys
import time
from collections import Counter

from post import Hook, Mail, parsed
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
KILLS = 50
seed = int(os.environ.get("HUFU_SEED", time.time_ns() % 1000000))
dice = random.Random(seed)
stage = Stage(sys.argv[1], "tickcrash")
SECRET = b"another secret"


class Slow(Mail):
    """Takes a moment for each answer, so that kills fall between them."""

    def serve(self, peer):
        peer.setsockopt(6, 1, 1)
        super().serve(peer)

    @property
    def how(self):
        time.sleep(0.002)
        return "accept"

    @how.setter
    def how(self, how):
        pass


def arrived(mail, hook):
    ids = [parsed(whole)["Message-ID"].strip("<>").split("@")[0] for _, whole in mail.got]
    return Counter(ids + [delivery for delivery, _ in hook.got])


def new_case():
    case = stage.said("case", "open", stage.work / "note.txt")["id"]
    stage.hufu("case", "fact", case, "people=50", "sector=other")
    return case


def check(case, counts):
    """Returns how many are in doubt."""
    rows = stage.said("case", "told", case)
    steps = {(row["rule"], row["channel"]) for row in rows}
    assert {("CN-PIPL-57a", "mail"), ("CN-PIPL-57a", "webhook")} <= steps, steps
    for row in rows:
        count = counts[row["message"]]
        assert row["state"] in ("told", "doubt"), row
        assert count == 1 if row["state"] == "told" else count <= 1, (count, row)
    said = [e["body"] for e in stage.said("case", "timeline", case) if e["what"] == "escalation"]
    for state in ("told", "doubt"):
        assert sorted(b["n"] for b in said if b["state"] == state) == sorted(r["n"] for r in rows if r["state"] == state)
    return sum(row["state"] == "doubt" for row in rows)


def main():
    server = None
    mail, hook = Slow(), Hook(SECRET)
    stage.write("secret", SECRET).chmod(0o600)
    stage.env.update(HUFU_MAIL_SERVER=f"smtp://127.0.0.1:{mail.port}", HUFU_MAIL_FROM="hufu@carmaker.example",
                     HUFU_ESCALATION_MAIL="li@carmaker.example", HUFU_ESCALATION_WEBHOOK=hook.url,
                     HUFU_ESCALATION_WEBHOOK_SECRET_FILE=str(stage.work / "secret"), HUFU_ESCALATION_SYSLOG="false")
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        stage.write("note.txt", "somebody called\n")
        case = new_case()
        began = time.monotonic()
        stage.hufu("case", "tick")
        longest = 1.1 * (time.monotonic() - began)
        killed, cases = 0, [case]
        while killed < KILLS:
            cases.append(new_case())
            child = stage.start("case", "tick")
            time.sleep(dice.random() * longest)
            child.kill()
            killed += child.wait() == -9
        stage.run("case", "tick")
        left = stage.run("case", "tick")
        assert left.returncode in (0, 1), left
        counts = arrived(mail, hook)
        assert max(counts.values()) == 1, "somebody was told twice"
        doubts = [check(case, counts) for case in cases]
        assert (left.returncode == 1) == (sum(doubts) > 0), "a doubt is said"
        assert sum(doubts) <= killed and sum(counts.values()) > 2 * len(cases)
        print(f"{killed} kills, {sum(counts.values())} arrived once, {sum(doubts)} in doubt (HUFU_SEED={seed})")
    finally:
        print(f"HUFU_SEED={seed}")
        if server:
            server.stop()
        stage.done()


main()
