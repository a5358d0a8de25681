"""Escalation as those who are told see it: tick.py HUFU [postgres]

A mail server and a webhook of the test's own, which take, refuse, put off, hang and break off. Steps are reached by
facts (when we learned of it) and by settings; the clock is the machine's."""
import json
import pathlib
import shutil
import sqlite3
import sys
import time
from datetime import datetime, timedelta, timezone

from post import Hook, Mail, parsed
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "tick")
SECRET = b"a secret of the test\xe8\x99\x8e"
RULE = "CN-CACIR-4d"  # due within 4 hours of learning of it


def now(**ago):
    there = datetime.now(timezone(timedelta(hours=8))) - timedelta(**ago)  # the store's zone is Asia/Shanghai
    return there.isoformat(timespec="seconds")


class House:
    """The store's settings, and the servers behind them."""

    def __init__(self):
        self.mail, self.hook = Mail(), Hook(SECRET)
        stage.write("secret", SECRET + b"\n").chmod(0o600)
        self.settings()

    def settings(self, mail=("li@carmaker.example",), hook=True, near="24h,4h,1h", immediate="1h,4h,24h", **more):
        values = {"MAIL_SERVER": f"smtp://127.0.0.1:{self.mail.port}", "MAIL_FROM": "虎符 <hufu@carmaker.example>",
                  "MAIL_TIMEOUT": "2s", "ESCALATION_MAIL": ",".join(mail), "ESCALATION_SYSLOG": "false",
                  "ESCALATION_WEBHOOK": self.hook.url if hook else "", "ESCALATION_WEBHOOK_TIMEOUT": "2s",
                  "ESCALATION_WEBHOOK_SECRET_FILE": str(stage.work / "secret"), "ESCALATION_NEAR": near,
                  "ESCALATION_IMMEDIATE": immediate, **more}
        stage.env.update({"HUFU_" + name: value for name, value in values.items()})

    def fresh(self, **settings):
        """Servers that take everything and remember nothing yet."""
        self.settings(**settings)
        self.mail.how, self.hook.code = "accept", 204
        self.forget()

    def forget(self):
        self.mail.got, self.hook.got, self.mail.tried, self.hook.tried = [], [], 0, 0
        self.mail.connections, self.mail.commands = 0, []

    def mails(self):
        return [parsed(whole) for _, whole in self.mail.got]

    def subjects(self, case):
        """What was told by mail of a case: (rule or task, the English words of the step)."""
        words = [str(mail["Subject"]) for mail in self.mails()]
        return sorted((w.split(" ")[1], w.split(" / ")[1].split(",")[0]) for w in words if f"{case} " in w)


def tick(code=0, *words):
    return json.loads(stage.hufu("case", "tick", "--json", *words, code=code).stdout)["escalation"]


def new_case(*facts, drill=()):
    case = stage.said("case", "open", stage.work / "note.txt", *drill)["id"]
    tasks_off(case)
    if facts:
        stage.hufu("case", "fact", case, *facts)
    return case


def tasks_off(case):
    for task in stage.said("case", "show", case)["tasks"]:
        stage.hufu("case", "task", case, task["id"], "dropped")


def end(case):
    stage.hufu("case", "close", case, "--why", "the test goes on")


BREACH = ("people=4850000", "sector=other", "cii=false")


# ---- what is told, once ----

def told_once(house):
    house.fresh()
    case = new_case(*BREACH, "learned_at=" + now(minutes=30))
    planned = tick(0, "--dry-run")["planned"]
    assert planned and not house.mail.tried and not house.hook.tried, "a dry run tells nobody"
    assert not stage.said("case", "told", case), "and keeps nothing"
    told = tick()["told"]
    key = lambda row: (row["rule"], row["step"], row["channel"], row["to"])
    assert sorted(map(key, told)) == sorted(map(key, planned))
    assert len(house.mail.got) == len(house.hook.got) == len(told) / 2 and house.mail.connections == 1, "one connection"
    assert (RULE, "4 h before it is due") in house.subjects(case), house.subjects(case)
    mine = next(row for row in told if row["rule"] == RULE)
    assert mine["also"] == ["arisen", "near:86400"], mine
    house.forget()
    assert not tick()["told"] and not house.mail.tried and not house.hook.tried, "told once"
    stage.hufu("case", "duty", case, RULE, "done", "--note", "by telephone")
    entries = [e["body"] for e in stage.said("case", "timeline", case) if e["what"] == "escalation"]
    assert len(entries) == len(told) and all(e["state"] == "told" for e in entries), entries
    end(case)


def what_a_mail_says(house):
    house.fresh()
    case = stage.said("case", "open", stage.work / "note.txt", "--title", "\u001b[31mPAY UP\r\nBcc: x@example.org")["id"]
    tasks_off(case)
    # Each message says what is left when it leaves: half a minute from the next full one, so that two say the same.
    stage.hufu("case", "fact", case, *BREACH, "learned_at=" + now(minutes=10, seconds=30))
    tick()
    to, raw = next((t, w) for t, w in house.mail.got if RULE in str(parsed(w)["Subject"]))
    assert b"PAY UP" not in raw and all(len(line) <= 78 for line in raw.split(b"\r\n")) and raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"") and "<li@carmaker.example>" in to
    mail = parsed(raw)
    assert mail["From"].addresses[0].display_name == "虎符" and mail["From"].addresses[0].addr_spec == "hufu@carmaker.example"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].endswith("@carmaker.example>")
    assert abs((mail["Date"].datetime - datetime.now(timezone.utc)).total_seconds()) < 60
    text = mail.get_content().replace("\r\n", "\n")
    chinese, english = text.split("\n\n")
    duty = next(d for d in stage.said("case", "show", case)["duties"] if d["rule"] == RULE)
    for half, law in ((chinese, duty["law"]), (english, duty["law_en"])):
        assert all(word in half for word in (case, RULE, duty["due"], duty["article"], law)), half
    assert "剩 3 小时" in chinese and "3 h 49 min left" in english and "PAY UP" not in text and "4850000" not in text
    _, body = next(hook for hook in house.hook.got if hook[1]["rule"] == RULE)
    assert body["case"] == case and body["due"] == duty["due"] and 13000 < body["seconds_left"] < 13900, body
    assert body["step"] == "near:14400" and body["text"] == text and body["law"]["zh"] == duty["law"]
    # What a webhook's address holds is known to nobody but its settings.
    seen = stage.hufu("case", "told", case).stdout + json.dumps(stage.said("case", "timeline", case))
    assert "secret-token" not in seen and "127.0.0.1 #" in seen
    end(case)


def steps_move_on(house):
    house.fresh(hook=False)
    case = new_case(*BREACH, "learned_at=" + now(minutes=30))
    tick()
    house.forget()
    # Another time at which we learned of it moves the clock: the new time is told, at the step where it stands.
    stage.hufu("case", "fact", case, "learned_at=" + now(hours=3, minutes=30))
    tick()
    assert (RULE, "1 h before it is due") in house.subjects(case), house.subjects(case)
    house.forget()
    stage.hufu("case", "fact", case, "learned_at=" + now(hours=9))
    told = tick()["told"]
    assert (RULE, "is overdue") in house.subjects(case), house.subjects(case)
    assert next(r for r in told if r["rule"] == RULE)["also"] == ["moved", "near:86400", "near:14400", "near:3600"]
    house.forget()
    stage.hufu("case", "fact", case, "learned_at=" + now(minutes=-100000), "--basis", "confirmed")
    tick()
    assert (RULE, "its due time moved") in house.subjects(case), house.subjects(case)
    house.forget()
    assert not tick()["told"]
    # Fewer people by a confirmed fact: the duty is none, and whoever heard of it hears that. Then it is one again.
    stage.hufu("case", "fact", case, "people=900", "--basis", "confirmed", "--source", "the database")
    tick()
    assert (RULE, "fell away by new facts") in house.subjects(case), house.subjects(case)
    assert "作废" in next(m for m in house.mails() if RULE in m["Subject"]).get_content()
    house.forget()
    assert not tick()["told"]
    stage.hufu("case", "fact", case, "people=4850000", "--basis", "confirmed", "--source", "the database")
    tick()
    assert (RULE, "arose") in house.subjects(case), house.subjects(case)
    end(case)


def at_once(house):
    """What is due at once has no time: it comes back until somebody says that it is done."""
    house.fresh(hook=False, immediate="2s,3s")
    case = new_case("people=50", "sector=other", "cii=false", "learned_at=" + now(hours=1))
    tick()
    assert ("CN-PIPL-57a", "arose") in house.subjects(case), house.subjects(case)
    for least in (3, 6):
        house.forget()
        time.sleep(3.2)
        tick()
        again = [step for rule, step in house.subjects(case) if rule == "CN-PIPL-57a"]
        assert len(again) == 1 and again[0].startswith("not done ") and int(again[0].split(" ")[2]) >= least, again
    stage.hufu("case", "duty", case, "CN-PIPL-57a", "waived", "--note", "no harm can come of it")
    house.forget()
    time.sleep(3.2)
    tick()
    assert not [rule for rule, _ in house.subjects(case) if rule == "CN-PIPL-57a"], "a duty waived is not told"
    end(case)


def tasks(house):
    house.fresh(hook=False)
    mail = stage.write("old.eml", f"Received: from a by mail.carmaker.example; {datetime.now(timezone.utc):%a, %d %b %Y} "
                       "00:00:01 +0000\nSubject: x\n\nwe have your data, pay 2 BTC\n")
    case = stage.said("case", "open", mail)["id"]
    stage.hufu("case", "fact", case, "learned_at=" + now(days=3))
    late = [t["id"] for t in stage.said("case", "show", case)["tasks"]
            if t["due"] and datetime.fromisoformat(t["due"]) < datetime.now(timezone.utc)]
    tick()
    assert [t for t, step in house.subjects(case) if t.startswith("task:")] == sorted(f"task:{t}" for t in late)
    end(case)


def drill(house):
    house.fresh()
    case = new_case(*BREACH, "learned_at=" + now(minutes=30), drill=("--drill",))
    told = tick()["told"]
    assert told and all(row["drill"] and row["channel"] == "drill" and row["case"] == case for row in told)
    assert not house.mail.tried and not house.hook.tried, "a drill left the house"
    assert not tick()["told"]
    stage.hufu("case", "fact", case, "learned_at=" + now(hours=9))
    assert "[DRILL]" in stage.hufu("case", "tick").stdout
    end(case)


# ---- servers that do not take it ----

def refused(house):
    house.fresh(hook=False)
    for how, code, status in (("refuse", 550, "5.1.1"), ("refuse-data", 554, "5.6.0")):
        case = new_case("people=50", "learned_at=" + now(hours=1))
        house.mail.how = how
        rows = tick(1)["refused"]
        assert rows and all((row["code"], row["status"]) == (code, status) for row in rows), rows
        assert "of that name" not in json.dumps(rows), "a server's words name people"
        tried = house.mail.tried
        assert len(tick(1)["refused"]) == len(rows) and house.mail.tried == tried, "refused is not tried again"
        house.fresh(hook=False)
        stage.hufu("case", "told", case, rows[0]["n"], "again")
        assert [row["n"] for row in tick(1 if len(rows) > 1 else 0)["told"]] == [rows[0]["n"]]
        for row in rows[1:]:
            stage.hufu("case", "told", case, row["n"], "sent")
        assert not tick()["told"]
        end(case)


def later(house):
    house.fresh(hook=False)
    for how, code in (("later", 451), ("later-data", 452), ("drop", None), ("hang", None)):
        case = new_case("people=50", "learned_at=" + now(hours=1))
        house.mail.how = how
        began = time.monotonic()
        out = tick(1)
        rows = out["doubt"] if how == "drop" and out["doubt"] else out["waiting"]
        assert time.monotonic() - began < 6, f"{how}: one message may hang, not all"
        assert rows and code in (None, rows[0]["code"]), (how, out)
        assert all(row["next_at"] or row["state"] == "doubt" for row in rows), rows
        tried = house.mail.tried
        house.fresh(hook=False)
        assert not tick(1)["told"] and not house.mail.tried, f"{how}: a server is not asked again at once"
        for row in tick(1)["waiting"] + tick(1)["doubt"]:
            stage.hufu("case", "told", case, row["n"], "again")
        assert len(tick()["told"]) == len(house.mail.got) >= len(rows), how
        assert not tick()["told"] and tried >= 0
        end(case)


def in_doubt(house):
    """The server read all of it and gave no answer: it may have taken the mail."""
    house.fresh(hook=False)
    for how in ("drop-data-taken", "hang-data"):
        case = new_case("people=50", "learned_at=" + now(hours=1))
        house.mail.how = how
        out = tick(1)
        assert len(out["doubt"]) == 1 and not out["told"], out
        row = out["doubt"][0]
        house.fresh(hook=False)
        for other in out["waiting"]:
            stage.hufu("case", "told", case, other["n"], "again")
        told = [r["n"] for r in tick(1)["told"]]
        assert row["n"] not in told and len(told) == len(out["waiting"]), "a doubt is not sent again by itself"
        stage.hufu("case", "told", case, row["n"], "sent")
        assert not tick()["doubt"]
        assert "has nothing of that number" in stage.refused("case", "told", case, row["n"], "again")
        end(case)


def settings_amiss(house):
    """A wrong mail server keeps no webhook from being called."""
    house.fresh()
    case = new_case("people=50", "learned_at=" + now(hours=1))
    for settings, word in (({"MAIL_SERVER": "smtp://hufu:secret@127.0.0.1:1"}, "mail.server"), ({"MAIL_FROM": "nobody"}, "mail.from")):
        house.settings(**settings)
        out = tick(1)
        assert out["waiting"] and all(word in row["why"] and "secret" not in row["why"] for row in out["waiting"]), out
        assert house.hook.got
        for row in out["waiting"]:
            stage.hufu("case", "told", case, row["n"], "again")
    house.settings(near="soon")
    assert "escalation.near" in stage.refused("case", "tick")
    house.settings(mail=("li@carmaker.example", "Li <li@carmaker.example>", "no address\r\nBcc: x@example.org"))
    out = tick(1)
    assert {row["to"] for row in out["told"]} == {"li@carmaker.example"} and len(house.mail.got) == len(out["told"])
    assert out["refused"] and not any(b"Bcc" in whole for _, whole in house.mail.got)
    house.settings(mail=("li@carmaker.example",))
    assert not tick()["refused"], "what is no recipient any more is not owed to him"
    end(case)


def hooks(house):
    house.fresh(mail=())
    for code, state in ((302, "refused"), (404, "refused"), (503, "waiting"), (429, "waiting"), (None, "doubt")):
        case = new_case("people=50", "learned_at=" + now(hours=1))
        house.forget()
        house.hook.code = code
        out = tick(1)
        assert out[state] and not out["told"] and out[state][0]["code"] == code, (code, out)
        tried = house.hook.tried
        assert (tried == 1) == (code is None), (code, tried)  # one that breaks off is not called on at once
        house.fresh(mail=())
        for row in out["refused"] + out["waiting"] + out["doubt"]:
            stage.hufu("case", "told", case, row["n"], "again")
        assert len(tick()["told"]) == len(house.hook.got)
        assert len({delivery for delivery, _ in house.hook.got}) == len(house.hook.got)
        end(case)
    house.fresh(mail=(), ESCALATION_WEBHOOK="http://192.0.2.1/hook")
    case = new_case("people=50", "learned_at=" + now(hours=1))
    assert "neither https" in tick(1)["refused"][0]["why"]
    end(case)


# ---- what else may come between ----

def closed(house):
    house.fresh(hook=False)
    case = new_case("people=50", "learned_at=" + now(hours=1))
    house.mail.how = "later"
    assert tick(1)["waiting"]
    end(case)
    house.fresh(hook=False)
    out = tick()
    assert not any(out.values()) and not house.mail.tried, "a closed case is nobody's duty"
    assert {row["state"] for row in stage.said("case", "told", case)} == {"dropped"}


def slip_in_a_pack(house):
    """A rule that is left out for a slip says nothing of its duty: nobody hears that it fell away."""
    house.fresh(hook=False)
    case = new_case(*BREACH, "learned_at=" + now(minutes=30))
    tick()
    house.forget()
    packs = stage.work / "packs"
    shutil.copytree(pathlib.Path(stage.program).parent / "duties", packs)
    pack = packs / "cn-cac-ir.yaml"
    pack.write_text(pack.read_text().replace(f"id: {RULE}\n", f"id: {RULE}\n    slip: true\n"))
    assert any(RULE in fault for fault in stage.said("case", "show", case, HUFU_DUTIES=str(packs))["faults"])
    out = json.loads(stage.hufu("case", "tick", "--json", HUFU_DUTIES=str(packs)).stdout)["escalation"]
    assert not any(out.values()) and not house.mail.tried, out
    assert not tick()["told"]
    end(case)


def another_machine(house):
    """What another machine is sending is left to it until its time is up; then nobody knows."""
    if POSTGRES:
        return
    house.fresh(hook=False)
    case = new_case("people=50", "learned_at=" + now(hours=1))
    tick()
    house.forget()
    row = stage.said("case", "told", case)[0]["n"]
    for until, lists, code in ((3600, "sending", 0), (-1, "doubt", 1)):
        with sqlite3.connect(stage.work / "store/case.db") as db:
            db.execute("update escalations set state = 'sending', claimed_by = 'another boot pid:[1] 1 1', claimed_until = ?"
                       " where id = ?", (int(time.time()) + until, row))
        db.close()
        out = tick(code)
        assert [r["n"] for r in out[lists]] == [row] and not house.mail.tried, out
    stage.hufu("case", "told", case, row, "sent")
    end(case)


# ---- at the same time ----

def together(house):
    house.fresh()
    case = new_case(*BREACH, "learned_at=" + now(minutes=30))
    runs = [stage.start("case", "tick") for _ in range(4)]
    assert all(run.wait(60) in (0, 1) for run in runs)
    rows = stage.said("case", "told", case)
    assert all(row["state"] == "told" for row in rows), rows
    assert len(house.mail.got) + len(house.hook.got) == len(rows), "told twice, or not at all"
    end(case)


PARTS = [told_once, what_a_mail_says, steps_move_on, at_once, tasks, drill, refused, later, in_doubt, settings_amiss, hooks,
         closed, slip_in_a_pack, another_machine, together]


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        stage.write("note.txt", "somebody called\n")
        house = House()
        for part in PARTS:
            part(house)
            print("good:", part.__name__, flush=True)
    finally:
        if server:
            server.stop()
        stage.done()


main()
