"""The tables are held against the signed timeline: agree.py HUFU CARMAKER

Every column that a case shows is altered behind hufu's back, a row taken out or put in, one at a time; `case check` must
name it, and no bundle may be made of it. Where somebody forges the bundle itself, test/case/bundle.py finds it."""
import shutil
import sqlite3
import subprocess
import sys

from stage import Stage

stage = Stage(sys.argv[1], "agree")
hufu, said, refused = stage.hufu, stage.said, stage.refused
DATABASE, KEPT = stage.work / "store/case.db", stage.work / "kept.db"
MAIL = ("Received: from x by mail.ours.example; Sun, 11 Dec 2022 09:30:00 +0800\nFrom: a@b.example\nSubject: pay\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        "pay 5 BTC to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa within 72 hours\n")
made = 0


def a_case():
    """One of which every table of it holds something."""
    company = stage.work / "company"
    subprocess.run([sys.argv[2], str(company), "--customers", "300"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    hufu("init")
    day = sorted((company / "snapshots/owners").glob("*.csv"))[-1]
    hufu("seal", "owners", day, "--as-of", day.stem)
    hufu("case", "open", stage.write("other.txt", "another case comes first\n"))
    number = said("case", "open", stage.write("demand.eml", MAIL))["id"]
    hufu("case", "fact", number, "people=4850000", "sector=automotive", "cii=false", "--source", "seller")
    hufu("case", "fact", number, "people=900000", "--source", "seller")
    hufu("case", "listing", number, stage.write("listing.txt", "员工数据 2.28万条 0.15 BTC；全部打包 1 BTC"))
    hufu("match", company / "leaks/owners-sample.zip", "--case", number)
    hufu("case", "member", number, "李指挥", "--role", "lead", "--contact", "1001")
    hufu("case", "task", number, "1", "done", "--assign", "李指挥")
    hufu("case", "task", number, "2", "dropped")
    hufu("case", "task", number, "2", "open")
    hufu("case", "decide", number, "we do not pay", "--why", "no trust")
    hufu("case", "impact", number, "cause=unknown so far")
    rule = said("case", "show", number)["duties"][0]["rule"]
    hufu("case", "duty", number, rule, "done", "--note", "by telephone, no. 17")
    hufu("case", "hold", number, "--why", "a lawsuit")
    assert number.endswith("-2") and [t["id"] for t in said("case", "show", number)["tasks"]][:2], number
    return number, company / "leaks/owners-sample.zip"


def holds(number):
    assert said("case", "check", number)["faults"] == []
    assert said("case", "check")["faults"] == []
    global made
    made += 1
    path = stage.work / f"good{made}.tar.zst"
    hufu("case", "bundle", number, path)
    assert said("verify", path)["holds"] is True


def numbered(number):
    """Tasks count from 1 within a case, whatever other cases there are."""
    tasks = said("case", "show", number)["tasks"]
    assert sorted(t["id"] for t in tasks) == list(range(1, len(tasks) + 1))
    assert {t["id"]: t["state"] for t in tasks}[1] == "done"
    assert "4711" in refused("case", "task", number, "4711", "done")


def alter(number, what, *statements, count=1):
    global made
    shutil.copy(KEPT, DATABASE)
    db = sqlite3.connect(DATABASE)
    changed = sum(db.execute(statement).rowcount for statement in statements)
    assert changed >= count, (what, statements, "nothing was altered")
    db.commit()
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    told = said_code("case", "check", number, "--json")
    faults = [f for f in told["faults"] if f["case"] == number]
    assert faults and any(what in f["what"] for f in faults), (what, statements, told)
    made += 1
    path = stage.work / f"altered{made}.tar.zst"
    line = refused("case", "bundle", number, path)
    assert number in line and what in line and not path.exists(), (what, line)


def said_code(*words):
    import json
    return json.loads(hufu(*words, code=1).stdout)


ALTERED = [
    ("decisions[0].what", "update decisions set what = 'we pay'"),
    ("decisions[0].why", "update decisions set why = 'x'"),
    ("decisions[0].by", "update decisions set by = 'somebody'"),
    ("decisions[0].at", "update decisions set at = at - 3600"),
    ("decisions", "delete from decisions"),
    ("decisions[1]", "insert into decisions (case_id, at, by, what, why) values (2, 1, 'x', 'y', 'z')"),
    ("facts[2].value", "update facts set value = '39' where case_id = 2 and seq = 3"),
    ("facts[2].basis", "update facts set basis = 'confirmed' where case_id = 2 and seq = 3"),
    ("facts[2].source", "update facts set source = 'x' where case_id = 2 and seq = 3"),
    ("facts[2].at", "update facts set at = at + 1 where case_id = 2 and seq = 3"),
    ("facts[2].superseded", "update facts set superseded_by = null where case_id = 2 and seq = 3"),
    ("facts", "delete from facts where id = (select max(id) from facts where superseded_by is null)"),
    ("evidence[0].name", "update evidence set name = 'x.eml' where case_id = 2 and role = 'mail'"),
    ("evidence[1].role", "update evidence set role = 'note' where case_id = 2 and role = 'leak'"),
    ("evidence[1].bytes", "update evidence set bytes = 1 where case_id = 2 and role = 'leak'"),
    ("evidence[1].added_at", "update evidence set added_at = 1 where case_id = 2 and role = 'leak'"),
    ("evidence[0].deleted", "update objects set deleted_at = 1, reason = 'x' where sha256 in (select object_sha256 from evidence"
     " where role = 'mail')"),
    ("settled[0].status", "update duties_state set status = 'waived'"),
    ("settled[0].at", "update duties_state set at = at - 86400"),
    ("settled[0].note", "update duties_state set note = 'x'"),
    ("settled", "delete from duties_state"),
    ("settled", "insert into duties_state (case_id, rule, status, at, by) values (2, 'CN-DSL-29', 'done', 1, 'x')"),
    ("tasks", "update tasks set state = 'done', done_at = 1 where case_id = 2 and seq = 5"),
    ("tasks", "update tasks set title_zh = 'x' where case_id = 2 and seq = 5"),
    ("tasks", "update tasks set due_at = due_at + 1 where case_id = 2 and seq = 5"),
    ("tasks", "update tasks set assignee = 'x' where case_id = 2 and seq = 1"),
    ("tasks", "update tasks set done_at = done_at - 1 where case_id = 2 and seq = 1"),
    ("tasks", "delete from tasks where case_id = 2 and seq = 7"),
    ("members[0]", "update members set name = 'x'"),
    ("members[0].contact", "update members set contact = 'x'"),
    ("members", "delete from members"),
    ("impact[0].value", "update impact set value = 'x'"),
    ("impact", "delete from impact"),
    ("listing[0].price", "update listing_items set price = '9' where bundle = 0"),
    ("listing[0].text", "update listing_items set text = 'x' where bundle = 0"),
    ("listing[0].impossible", "update listing_items set impossible = 'x' where bundle = 0"),
    ("demand", "update demands set amount = '1'"),
    ("demand", "update demands set wallet_valid = 0"),
    ("demand", "update demands set deadline = deadline + 1"),
    ("demand", "delete from demands"),
    ("verdicts[0].verdict_sha256", "update verdicts set json = replace(json, '\"people\": ', '\"people\": 1')"),
    ("verdicts", "delete from verdicts"),
    ("title", "update cases set title = 'x' where id = 2"),
    ("kind", "update cases set kind = 'exposure' where id = 2"),
    ("drill", "update cases set drill = 1 where id = 2"),
    ("opened_at", "update cases set opened_at = opened_at - 1 where id = 2"),
    ("demand", "update cases set zone_minutes = 60 where id = 2"),
    ("state", "update cases set state = 'closed', closed_at = 1 where id = 2"),
    ("hold", "update cases set held_at = null, held_why = null where id = 2"),
    ("hold", "update cases set held_why = 'x' where id = 2"),
]


def once(number, leak):
    """The same leak again is a second verdict on the same piece of evidence; a note is no leak, and no verdict's fact."""
    before = said("case", "show", number)
    hufu("match", leak, "--case", number)
    hufu("match", stage.write("note.txt", "somebody called\n"), "--case", number, code=2)
    case = said("case", "show", number)
    assert len(case["verdicts"]) == len(before["verdicts"]) + 2
    assert [e["role"] for e in case["evidence"]] == [e["role"] for e in before["evidence"]] + ["note"], case["evidence"]
    assert [f for f in case["facts"] if f["name"] == "verdict"] == [f for f in before["facts"] if f["name"] == "verdict"]
    assert said("case", "timeline", number)[-1]["what"] == "match", "a note came without an entry"


def gone(number):
    """A database that went away is not replaced by an empty one; a restore may fill it."""
    hufu("case", "backup", stage.work / "backup")
    before = said("case", "show", number)
    for name in DATABASE.parent.glob("case.db*"):
        name.unlink()
    for words in (("case", "list"), ("case", "show", number), ("case", "open", stage.work / "note.txt")):
        assert "restore" in refused(*words)
    hufu("case", "restore", stage.work / "backup")
    assert said("case", "show", number)["facts"] == before["facts"]


def main():
    try:
        number, leak = a_case()
        numbered(number)
        holds(number)
        once(number, leak)
        holds(number)
        shutil.copy(DATABASE, KEPT)
        for what, statement in ALTERED:
            alter(number, what, statement)
        shutil.copy(KEPT, DATABASE)
        hufu("case", "hold", number, "--why", "over", "--release")
        hufu("case", "duty", number, said("case", "show", number)["settled"][0]["rule"], "open", "--note", "not sent after all")
        hufu("case", "close", number, "--why", "done")
        holds(number)
        gone(number)
    finally:
        stage.done()


main()
print("1 passed, 0 failed")
