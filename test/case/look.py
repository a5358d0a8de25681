"""Looking at evidence: look.py HUFU [postgres]

Masked unless somebody who may says why; the line in the timeline comes before the values; so many rows a day; a
stranger's bytes do nothing to the terminal; nothing lies in clear in the store."""
import io
import json
import os
import pathlib
import pwd
import sqlite3
import stat
import subprocess
import sys
import zipfile

from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "look")
hufu, said, refused = stage.hufu, stage.said, stage.refused
ME = pwd.getpwuid(os.getuid()).pw_name
WHY = ("--clear", "--reason", "to check the sample with its owner")

PEOPLE = [("李静", f"138{i:08d}", f"U{10000000 + i}", f"订单{i} 今天下午在门口等了很久没有人来") for i in range(1, 41)]
TABLE = "姓名,手机,客户号,备注\n" + "".join(",".join(row) + "\n" for row in PEOPLE)
SECRETS = [cell for row in PEOPLE for cell in row[1:3]] + ["李静", "下午"]


def packed(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/") + ".csv", content)
    return out.getvalue()


def opened(*files):
    return said("case", "open", *files)["id"]


def looks(number, what="look"):
    return [entry for entry in said("case", "timeline", number) if entry["what"] == what]


def masked(number):
    text = hufu("case", "look", number, "1", "--rows", 40).stdout
    value = said("case", "look", number, "people.csv")
    assert value["masked"] and value["header"] and value["more"] and "left_today" not in value, value
    assert [c["name"] for c in value["columns"]] == ["姓名", "手机", "客户号", "备注"]
    assert [c["kind"] for c in value["columns"]] == ["name", "mobile", None, None], value["columns"]
    assert value["rows"][0] == ["李*", "138****0001", "U********", "订************"], value["rows"][0]
    assert value["parts"] == [{"path": "people.csv", "format": "csv", "encoding": "utf-8", "records": 40}]
    for secret in SECRETS:
        assert secret not in text and secret not in json.dumps(value, ensure_ascii=False), secret
    (entry,) = looks(number, "look masked")  # one a day, however often
    assert entry["body"]["evidence"] == "people.csv" and not looks(number)


def clear(number):
    refused("case", "look", number, "1", "--clear")
    for reason in ("", "  ", "abc", "x" * 501, "\udcff\udcfe long enough"):
        refused("case", "look", number, "1", "--clear", "--reason", reason)
    assert not looks(number)
    value = said("case", "look", number, "1", *WHY, "--from", 3, "--rows", 2)
    assert value["rows"] == [list(PEOPLE[2]), list(PEOPLE[3])] and value["from"] == 3 and not value["masked"]
    assert value["left_today"] == 1998, value
    (entry,) = looks(number)
    digest = value["evidence"]["sha256"]
    assert entry["by"] == ME and entry["body"] == {
        "evidence": "people.csv", "sha256": digest, "part": "people.csv", "from": 3, "rows": 2, "reason": WHY[2]}, entry
    # By digest, by name; behind the end there is nothing.
    assert said("case", "look", number, digest[:6], *WHY, "--rows", 1)["rows"] == [list(PEOPLE[0])]
    assert said("case", "look", number, "people.csv", *WHY, "--from", 41)["rows"] == []
    for secret in SECRETS:  # what was looked at is not in the timeline
        assert secret not in json.dumps(said("case", "timeline", number), ensure_ascii=False)
    for bad in (("0",), ("2",), ("people",), (digest[:5],), ("1", "--rows", 201), ("1", "--rows", 0), ("1", "--from", 0),
                ("1", "--from", "x"), ("1", "--part", "nowhere"), ("1", "--from", 2**64)):
        refused("case", "look", number, *bad)
    refused("case", "look", "1999-9", "1")


def no_line_no_answer(number):
    """The database refuses the entry: no value is printed."""
    if POSTGRES:
        sql = "alter table timeline add constraint no_look check (what <> 'look' and what <> 'export') not valid"
        undo = "alter table timeline drop constraint no_look"
        change = lambda text: server.run("psql", "-q", "-h", "127.0.0.1", "-p", str(server.port), "-U", "hufu", "-d",
                                         "cases", "-c", text)
    else:
        sql = ("create trigger no_look before insert on timeline when new.what in ('look', 'export') "
               "begin select raise(abort, 'no'); end")
        undo = "drop trigger no_look"

        def change(text):
            database = sqlite3.connect(stage.work / "store/case.db")
            database.execute(text)
            database.commit()
            database.close()
    before = len(said("case", "timeline", number))
    change(sql)
    for words in (("look", number, "1", *WHY), ("look", number, "1", *WHY, "--json"),
                  ("export", number, "1", stage.work / "taken", "--reason", WHY[2])):
        done = hufu("case", *words, code=2)
        assert not done.stdout and not any(secret in done.stderr for secret in SECRETS), done
    assert not (stage.work / "taken").exists()
    change(undo)
    assert len(said("case", "timeline", number)) == before


def so_many_a_day(number):
    seen = sum(entry["body"]["rows"] for entry in looks(number))
    limit = {"HUFU_LOOK_DAILY_MAX": str(seen + 5)}
    assert len(said("case", "look", number, "1", *WHY, "--rows", 3, **limit)["rows"]) == 3
    value = said("case", "look", number, "1", *WHY, "--rows", 3, **limit)
    assert len(value["rows"]) == 2 and value["left_today"] == 0 and value["more"], value
    before = len(looks(number))
    assert "look.daily_max" in refused("case", "look", number, "1", *WHY, **limit)
    assert len(looks(number)) == before
    said("case", "look", number, "1", **limit)  # masked is not counted
    # Several at once get no more than one after another.
    many = [subprocess.Popen([stage.program, "case", "look", number, "1", *WHY, "--rows", "2", "--json"],
                             env=dict(stage.env, HUFU_LOOK_DAILY_MAX=str(seen + 10)), stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL) for _ in range(6)]
    rows = [json.loads(out)["rows"] for out in (one.communicate()[0] for one in many) if out]
    assert sum(map(len, rows)) <= 5 and sum(entry["body"]["rows"] for entry in looks(number)) <= seen + 10


def archives():
    zipped = packed(data__people=TABLE.encode("gb18030"), data__cars="车牌,颜色\n沪A12345,黑\n京B54321,白\n")
    number = opened(stage.write("leak.zip", zipped))
    first = said("case", "look", number, "1")
    paths = {part["path"]: part["records"] for part in first["parts"]}
    assert paths == {"leak.zip/data/people.csv": 40, "leak.zip/data/cars.csv": 2} and first["parts_complete"], paths
    cars = said("case", "look", number, "1", "--part", "leak.zip/data/cars.csv")
    assert cars["rows"][0][1] == "*" and cars["columns"][0]["kind"] == "plate", cars
    people = said("case", "look", number, "1", "--part", "data/people.csv", *WHY, "--rows", 1)
    assert people["rows"] == [list(PEOPLE[0])] and people["encoding"] == "gb18030", people
    # Two pieces of one name: which one is to be said.
    (stage.work / "other").mkdir()
    number = opened(stage.write("leak.zip", zipped), stage.write("other/leak.zip", packed(a="x,y\n1,2\n")))
    assert "several" in refused("case", "look", number, "leak.zip")
    assert said("case", "look", number, "2")["evidence"]["number"] == 2
    assert [piece["number"] for piece in said("case", "show", number)["evidence"]] == [1, 2]


def mails():
    content = ("Received: from x by mail.ours.example; Sun, 11 Dec 2022 09:30:00 +0800\nFrom: a@b.example\nSubject: pay\n"
               "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\npay 5 BTC at once\nor else\n")
    number = opened(stage.write("demand.eml", content))
    value = said("case", "look", number, "1", *WHY)
    assert value["rows"] == [["pay 5 BTC at once"], ["or else"]], value
    assert "pay 5" not in hufu("case", "look", number, "1").stdout


def hostile():
    """Escape sequences, values where names should be, decoys in front of what matters."""
    number = opened(stage.write("escape.csv", "na\x1b[2Jme,b\x07\nval\x1b]0;x\x07ue,1\n\u202edrawkcab,2\n"))
    for words in ((), WHY):
        done = hufu("case", "look", number, "1", *words)
        assert not any(bad in done.stdout for bad in "\x1b\x07\u202e"), done.stdout
        value = said("case", "look", number, "1", *words)
        assert not any(bad in json.dumps(value, ensure_ascii=False) for bad in "\x1b\x07\u202e")
    number = opened(stage.write("names.csv", "name,13812345678\n" + "".join(f"n{i},x{i}y\n" for i in range(9))))
    assert "13812345678" not in hufu("case", "look", number, "1").stdout
    decoys = "when,what\n" + "".join(f"2021-08-{1 + i % 28:02d},v{i}\n" for i in range(9000)) + "13812345678,secret\n" * 9
    number = opened(stage.write("decoys.csv", decoys))
    value = said("case", "look", number, "1", "--from", 9001)
    assert value["columns"][0]["kind"] == "date" and value["rows"] == [["1**********", "s*****"]] * 9, value
    number = opened(stage.write("noise.bin", bytes(range(256)) * 40))
    refused("case", "look", number, "1")
    wide = ",".join(f"c{i}" for i in range(3000)) + "\n" + (",".join(["x" * 300] * 3000) + "\n") * 20
    number = opened(stage.write("wide.csv", wide))
    value = said("case", "look", number, "1", *WHY)
    assert value["more"] and 0 < len(value["rows"]) < 20, len(value["rows"])
    assert len(json.dumps(value)) < 8 << 20, len(json.dumps(value))


def large():
    """Larger than what is held in memory: it comes through a pipe, and reading ends when the rows are there."""
    path = stage.work / "large.csv"
    with open(path, "w") as out:
        out.write("name,number\n")
        block = "".join(f"row {i},{i:096d}\n" for i in range(10000))
        for _ in range(260):
            out.write(block)
    assert path.stat().st_size > 256 << 20
    number = opened(path)
    path.unlink()
    value = said("case", "look", number, "1", *WHY, "--from", 10001, "--rows", 1)
    assert value["rows"] == [["row 0", "0" * 96]] and value["more"] and not value["parts_complete"], value


def exported(number):
    to = stage.work / "taken.csv"
    before = len(looks(number, "export"))
    for words in ((), ("--reason", "x")):
        refused("case", "export", number, "1", to, *words)
    stage.write("there", "mine")
    assert "already" in refused("case", "export", number, "1", stage.work / "there", "--reason", WHY[2])
    assert (stage.work / "there").read_text() == "mine" and len(looks(number, "export")) == before
    hufu("case", "export", number, "1", to, "--reason", WHY[2])
    assert to.read_bytes() == (stage.work / "people.csv").read_bytes() and stat.S_IMODE(to.stat().st_mode) == 0o600
    entry = looks(number, "export")[-1]
    assert entry["body"]["to"] == "taken.csv" and entry["body"]["reason"] == WHY[2] and entry["by"] == ME, entry


def nothing_in_clear():
    """Neither in the store nor in what it leaves about."""
    for path in (stage.work / "store").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for row in PEOPLE:
                assert row[1].encode() not in content and row[2].encode() not in content, path


def roles(number):
    """An account of one's own name binds: on the command line as in the console."""
    hufu("account", "add", "keeper", "--role", "admin")
    if POSTGRES:  # who has none is nobody as soon as there are accounts
        assert "without a role" in refused("case", "list")
        assert "without a role" in refused("account", "list")
        database = ("psql", "-q", "-h", "127.0.0.1", "-p", str(server.port), "-U", "hufu", "-d", "cases", "-c")
        server.run(*database, f"update accounts set name = '{ME}' where name = 'keeper'")
        hufu("account", "add", "keeper", "--role", "admin")
        give = lambda role: server.run(*database, f"update accounts set role = '{role}' where name = '{ME}'")
    else:
        hufu("account", "add", ME, "--role", "auditor")

        def give(role):
            database = sqlite3.connect(stage.work / "store/case.db")
            database.execute("update accounts set role = ? where name = ?", (role, ME))
            database.commit()
            database.close()
    for role, reads, works in (("auditor", False, False), ("admin", False, True), ("responder", True, True),
                               ("legal", True, True)):
        give(role)
        said("case", "look", number, "1")
        before = len(said("case", "timeline", number))
        taken = stage.work / f"by-{role}"
        if reads:
            assert len(said("case", "look", number, "1", *WHY, "--rows", 1)["rows"]) == 1
            hufu("case", "export", number, "1", taken, "--reason", WHY[2])
        else:
            assert "responder or legal" in refused("case", "look", number, "1", *WHY)
            assert "responder or legal" in refused("case", "export", number, "1", taken, "--reason", WHY[2])
            assert not taken.exists() and len(said("case", "timeline", number)) == before
        if works:
            hufu("case", "fact", number, f"people={len(role)}")
        else:
            assert "may not change cases" in refused("case", "fact", number, "people=5")
    assert "role responder or admin" in refused("match", stage.work / "people.csv", "--case", number)
    give("responder")


def damaged(number):
    digest = said("case", "show", number)["evidence"][0]["sha256"]
    path = pathlib.Path(stage.env["HUFU_STORE"]) / "vault" / digest[:2] / digest[2:]
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    before = len(said("case", "timeline", number))
    assert "damaged" in refused("case", "look", number, "1", *WHY)
    assert "damaged" in refused("case", "export", number, "1", stage.work / "never", "--reason", WHY[2])
    assert not (stage.work / "never").exists() and len(said("case", "timeline", number)) == before


server = Server(stage.work, stage.env) if POSTGRES else None
try:
    hufu("init")
    number = opened(stage.write("people.csv", TABLE))
    masked(number)
    clear(number)
    no_line_no_answer(number)
    so_many_a_day(number)
    archives()
    mails()
    hostile()
    if not POSTGRES:
        large()
    exported(number)
    hufu("case", "close", number, "--why", "done")
    said("case", "look", number, "1", *WHY)  # years later, too
    nothing_in_clear()
    number = opened(stage.write("people.csv", TABLE))
    roles(number)
    damaged(number)
finally:
    if server:
        server.stop()
    stage.done()
