"""kill -9 at random moments of a sending: noticecrash.py HUFU [postgres]

20 kills, 200 with HUFU_FULL=1. The server counts what reaches it: whoever is told was told once, whoever is in doubt
once or not at all, nobody twice, nobody is missing; and a kill leaves at most one in doubt, or, with several
connections, as many as there are. Every fourth kill is of four."""
import os
import random
import sys
import time
from collections import Counter

from people import HEADER, csv, customers, open_case, settings
from post import Mail, parsed
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
KILLS = 200 if os.environ.get("HUFU_FULL") else 20
PEOPLE = 120 * KILLS
seed = int(os.environ.get("HUFU_SEED", time.time_ns() % 1000000))
dice = random.Random(seed)
stage = Stage(sys.argv[1], "noticecrash")


class Slow(Mail):
    """Takes a moment for each answer, so that kills fall between them."""

    @property
    def how(self):
        time.sleep(0.001)
        return "accept"

    @how.setter
    def how(self, how):
        pass


def counts(case):
    return stage.said("case", "notice", case)["versions"][0]["counts"]


def killed_once(case, source, longest, connections):
    """Whether the kill met a sending under way, and how many it left in doubt."""
    before = counts(case).get("doubt", 0) + counts(case).get("sending", 0)
    stage.env["HUFU_NOTIFY_CONNECTIONS"] = str(connections)
    child = stage.start("case", "notice", case, "send", "--from", source)
    time.sleep(dice.random() * longest)
    child.kill()
    killed = child.wait() == -9
    after = counts(case).get("doubt", 0) + counts(case).get("sending", 0)
    stage.env["HUFU_NOTIFY_CONNECTIONS"] = "1"
    assert after - before <= connections, f"one kill of {connections}, {after - before} in doubt"
    return killed


def settled(case, mail):
    """Looks in the server's log, as a person would, and says what became of each doubt."""
    arrived = {parsed(whole)["Message-ID"].strip("<>").split("@")[0] for _, whole in mail.got}
    doubts = [entry for entry in stage.said("case", "notice", case)["open"] if entry["state"] == "doubt"]
    for entry in doubts:
        stage.hufu("case", "notice", case, "settle", entry["n"], "sent" if entry["message"] in arrived else "again")
    return len(doubts)


def main():
    server, mail = None, Slow()
    settings(stage, mail)
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        rows = customers(PEOPLE)
        table = stage.write("customers.csv", csv(rows))
        stage.hufu("seal", "customers", table, "--as-of", "2022-10-31", "--person", "customer_id")
        case = open_case(stage, stage.write("leak.csv", csv([row[:3] for row in rows], HEADER[:3])))
        stage.hufu("case", "notice", case, "write")
        stage.hufu("case", "notice", case, "release", "--released-by", "王法务")
        killed, most, runs = 0, 0, 0
        while killed < KILLS and counts(case).get("planned"):
            connections = 4 if runs % 4 == 3 else 1
            now = killed_once(case, f"customers={table}", 0.5, connections)
            killed, most, runs = killed + now, most + now * connections, runs + 1
        assert killed >= KILLS * 3 // 4, (killed, runs)
        while counts(case).get("planned", 0) + counts(case).get("sending", 0):  # in portions: a slow server takes its time
            stage.run("case", "notice", case, "send", "--from", f"customers={table}", "--rows", "2000")
        arrived = Counter(to for to, _ in mail.got)
        assert max(arrived.values()) == 1, "somebody was told twice"
        told = counts(case)
        assert sum(told.values()) == PEOPLE and set(told) <= {"accepted", "doubt"}, told
        assert told.get("doubt", 0) <= most
        assert told["accepted"] <= len(arrived) <= PEOPLE, "whoever counts as told was told"
        doubts = settled(case, mail)
        assert doubts == told.get("doubt", 0)
        stage.hufu("case", "notice", case, "send", "--from", f"customers={table}")
        arrived = Counter(to for to, _ in mail.got)
        assert set(arrived.values()) == {1} and len(arrived) == PEOPLE and counts(case) == {"accepted": PEOPLE}
        print(f"{killed} kills, {PEOPLE} told once each, {doubts} were in doubt")
    finally:
        print(f"HUFU_SEED={seed}")
        if server:
            server.stop()
        stage.done()


main()
