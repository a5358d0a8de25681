"""Notices, from who is linked to who was told: notice.py HUFU [postgres]

Against a mail server and a gateway that take, refuse, put off, hang and break off: nobody is told twice, nobody is
lost, and what is not known is said."""
import json
import os
import sqlite3
import subprocess
import sys
import time

from people import HEADER, case_of, csv, customers, open_case, resident_id, settings
from post import Gateway, Mail, parsed
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "notice")
mail, gateway = Mail(), Gateway("a bearer token")
ROWS = customers(400)
SOURCE = f"customers={stage.work}/customers.csv"


def send(case, *more, code=None, source=SOURCE, **env):
    done = stage.run("case", "notice", case, "send", "--from", source, *more, "--json", **env)
    assert done.returncode in ((0, 1) if code is None else (code,)), done
    return json.loads(done.stdout)


def shown(case):
    return stage.said("case", "notice", case)


def counts(case):
    return shown(case)["versions"][-1]["counts"]


def release(case):
    stage.hufu("case", "notice", case, "release", "--released-by", "王法务")


def new_case(leaked, columns=(0, 1, 2)):
    case = open_case(stage, stage.write(f"leak{time.monotonic_ns()}.csv", csv([[r[c] for c in columns] for r in leaked],
                                                                           [HEADER[c] for c in columns])))
    stage.hufu("case", "notice", case, "write")
    release(case)
    return case


def addresses(got):
    return sorted(to.split("<")[1].split(">")[0] for to, _ in got)


def test_linked(case, leaked):
    """As many as --people --from names, and the mails go to just these."""
    listed = stage.work / "listed"
    stage.hufu("match", stage.work / "leak.csv", "--people", listed, "--from", stage.work / "customers.csv")
    assert sorted(listed.read_text().split()) == sorted(row[0] for row in leaked)
    assert shown(case)["linked"] == len(leaked) and shown(case)["unplanned"] == len(leaked)
    assert stage.said("case", "timeline", case)[1]["body"]["people_linked"] == len(leaked)


def test_written(case):
    bad = {"a link": "https://carmaker.example", "of no place": "{{name}}", "a number": "11010519491231002X", "a tab in the subject": None}
    good = "## subject\nNotice\n## zh\n涉及：{{kinds}}。\n## en\nKinds: {{kinds}}.\n## sms\n{{kinds}}\n"
    for name, word in bad.items():
        text = good.replace("涉及", word) if word else good.replace("Notice", "No\x07tice")
        line = stage.refused("case", "notice", case, "write", "--text", stage.write("text.txt", text))
        assert "11010519491231002X" not in line, name
    for part in ("## zh", "{{kinds}}。", "## sms"):
        assert stage.refused("case", "notice", case, "write", "--text", stage.write("text.txt", good.replace(part, "")))
    assert "notify.contact" in stage.refused("case", "notice", case, "write", HUFU_NOTIFY_CONTACT="")
    assert not shown(case)["versions"], "what was refused changed nothing"
    assert "write makes one" in stage.refused("case", "notice", case, "release", "--released-by", "王法务")
    assert stage.said("case", "notice", case, "write")["versions"][0]["counts"] == {"planned": 100}
    # Written again before its release it is the same version.
    written = stage.said("case", "notice", case, "write", "--text", stage.write("text.txt", good))["versions"]
    assert len(written) == 1 and written[0]["zh"] == "涉及：{{kinds}}。" and written[0]["written_by"]
    (stage.work / "store/templates/notice").mkdir(parents=True)
    own = stage.work / "store/templates/notice/incident.txt"
    own.write_text(good)
    assert stage.said("case", "notice", case, "write")["versions"][0]["en"] == "Kinds: {{kinds}}.", "the store's own template goes before"
    own.unlink()
    stage.hufu("case", "notice", case, "write")


def test_released(case):
    assert "has no released notice" in stage.refused("case", "notice", case, "send", "--from", SOURCE)
    writer = shown(case)["versions"][0]["written_by"]
    assert "--released-by" in stage.refused("case", "notice", case, "release")
    assert "wrote this version" in stage.refused("case", "notice", case, "release", "--released-by", writer)
    release(case)
    assert shown(case)["versions"][0]["released_by"] == "王法务" and not shown(case)["versions"][0]["proved"]
    assert "no version to release" in stage.refused("case", "notice", case, "release", "--released-by", "王法务")
    last = stage.said("case", "timeline", case)[-1]
    assert last["what"] == "notice release" and last["body"]["proved"] is False and last["body"]["released_by"] == "王法务"


def test_tested(case):
    """Everything to one address; nobody counts as told."""
    before = len(mail.got)
    said = send(case, "--test-to", "tester@carmaker.example", "--rows", "7", code=1)
    assert said["tests"] == 7 and not said["sent"]
    assert set(addresses(mail.got[before:])) == {"tester@carmaker.example"} and len(mail.got) == before + 7
    assert counts(case) == {"planned": 100} and shown(case)["versions"][0]["tests"] == 7
    assert stage.said("case", "timeline", case)[-1]["body"]["did"] == "tested"
    mail.got.clear()


def test_told(case, leaked):
    connections = mail.connections
    assert send(case, code=0)["sent"] == len(leaked)
    assert mail.connections == connections + 1, "one connection for many"
    assert addresses(mail.got) == sorted(row[3] for row in leaked)
    for to, whole in mail.got:
        text = parsed(whole).get_content()
        assert "手机号、姓名、其他记录" in text and "mobile number, name, other records" in text and "400-000-0000" in text
        assert "http" not in text and text.index("您好") < text.index("We are")
        assert parsed(whole)["Auto-Submitted"] == "auto-generated"
    row = {r[3]: r for r in leaked}
    assert not any(cell in parsed(whole).get_content() for to, whole in mail.got for cell in row[addresses([(to, whole)])[0]][:3])
    assert len({parsed(whole)["Message-ID"] for _, whole in mail.got}) == len(leaked)
    # Once more tells nobody; a new version tells everybody once.
    assert send(case, code=0)["sent"] == 0 and len(mail.got) == len(leaked)
    stage.hufu("case", "notice", case, "write")
    assert send(case, code=0)["sent"] == 0, "a version that is not released"
    release(case)
    assert send(case, code=0)["sent"] == len(leaked) and len(mail.got) == 2 * len(leaked)
    assert [v["version"] for v in shown(case)["versions"]] == [1, 2]


def test_no_address_anywhere(leaked):
    """Of the people, the store and what it says know no address and no number."""
    secrets = [cell.encode() for row in leaked[:20] for cell in row[:4]]
    for path in (stage.work / "store").rglob("*"):
        if path.is_file():
            whole = path.read_bytes()
            assert not any(secret in whole for secret in secrets), path


def test_kinds():
    """Each reads of his own data alone: what the leaks show of him, over all of them."""
    first = stage.write("first.csv", csv([[r[0], r[2]] for r in ROWS[300:310]], ["customer_id", "mobile"]))
    second = stage.write("second.csv", csv([[r[1], "" if i == 15 else r[3], r[4]] for i, r in enumerate(ROWS[305:325])], ["name", "email", "city"]))
    case = open_case(stage, first, second)
    stage.hufu("case", "notice", case, "write")
    release(case)
    mail.got.clear()
    send(case, code=0)
    texts = {addresses([one])[0]: parsed(one[1]).get_content() for one in mail.got}
    assert len(texts) >= 24, len(texts)
    for i, row in enumerate(ROWS[300:325]):
        text = texts.get(row[3], "")
        if i < 5:
            assert "信息种类：手机号、其他记录" in text and "邮箱" not in text, text[:200]
        elif i < 10:
            assert "信息种类：手机号、邮箱、姓名、其他记录" in text, text[:200]
        elif text and i != 20:
            assert "信息种类：邮箱、姓名、其他记录" in text and "手机号" not in text, text[:200]


def test_servers():
    """What a server says decides; nothing is sent again by itself that may have arrived."""
    leaked = ROWS[100:104]
    for how, state in (("refuse", "refused"), ("later", "planned"), ("refuse-data", "refused"), ("later-data", "planned"),
                       ("hang", "planned"), ("hang-data", "doubt"), ("drop", "doubt"), ("drop-data", "doubt")):
        case, mail.how = new_case(leaked), how
        mail.got.clear()
        said = send(case)
        mail.how = "accept"
        state_counts = counts(case)
        # A server that is away stops the run: no one else is put in doubt.
        first = 1 if how.startswith(("hang", "drop")) else len(leaked)
        want = {state: first}
        want["planned"] = want.get("planned", 0) + len(leaked) - first
        assert state_counts == {s: n for s, n in want.items() if n}, (how, state_counts)
        assert bool(said["stopped"]) == (first == 1), (how, said)
        if state == "planned":
            time.sleep(1.1)
        after = send(case)
        arrived = len(mail.got)
        assert arrived == (len(leaked) if state == "planned" else len(leaked) - first), (how, arrived)
        for entry in shown(case)["open"]:
            assert entry["state"] == state and entry["message"].startswith("notice-") and entry["why"], entry
        assert {e["state"] for e in shown(case)["open"]} == ({state} if state != "planned" else set()), how
        if state == "doubt":
            settle_both_ways(case)


def test_half_and_tired():
    case, mail.how, mail.tried = new_case(ROWS[120:130]), "half", 0
    mail.got.clear()
    said = send(case, code=0)
    assert (said["sent"], said["refused"]) == (5, 5) and len(mail.got) == 5 and counts(case) == {"accepted": 5, "refused": 5}
    case, mail.how, before = new_case(ROWS[120:130]), "tired", mail.connections
    mail.got.clear()
    said = send(case, code=0)
    mail.how = "accept"
    assert said["sent"] == 10 and addresses(mail.got) == sorted(row[3] for row in ROWS[120:130]), said
    assert mail.connections - before == 4, "a server that parts after three is met again"


def settle_both_ways(case):
    entry = shown(case)["open"][0]
    assert "no number" in stage.refused("case", "notice", case, "settle", "x", "sent")
    assert "settles nothing" in stage.refused("case", "notice", case, "settle", entry["n"], "lost")
    before = len(mail.got)
    stage.hufu("case", "notice", case, "settle", entry["n"], "again")
    assert send(case, code=0)["sent"] == 1
    assert parsed(mail.got[before][1])["Message-ID"].startswith(f"<{entry['message']}@"), "the same name again"
    assert "has nothing of that number" in stage.refused("case", "notice", case, "settle", entry["n"], "sent")


def test_contacts():
    """A source that lost somebody, or has no address of his that can be used: counted, and taken when another has it."""
    leaked = ROWS[110:120]
    case = new_case(leaked)
    rows = [list(row) for row in ROWS]
    rows[110][3], rows[111][3], rows[112][3] = "", "nobody at all", "a@b@c"
    for row in rows[110:113]:
        row[2] = ""
    del rows[115]
    part = f"customers={stage.write('part.csv', csv(rows))}"
    mail.got.clear()
    said = send(case, source=part, code=0)
    assert (said["sent"], said["no_contact"], said["lost"]) == (6, 3, 1), said
    assert counts(case) == {"accepted": 6, "no_contact": 3, "lost": 1}
    assert send(case, code=0)["sent"] == 4 and counts(case) == {"accepted": 10}
    assert addresses(mail.got) == sorted(row[3] for row in leaked)
    two = [[*row, row[3]] for row in ROWS]
    line = stage.refused("case", "notice", new_case(leaked), "send", "--from",
                         f"customers={stage.write('two.csv', csv(two, [*HEADER, 'email_of_relative']))}")
    assert "several columns" in line and "--mail" in line
    assert "no sealed dataset" in stage.refused("case", "notice", new_case(leaked), "send", "--from", f"nobody={stage.work}/two.csv")
    assert "no column of the source" in stage.refused("case", "notice", new_case(leaked), "send", "--from", SOURCE, "--mail", "x")
    empty = stage.write("other.csv", "number,email\n1,a@mail.example\n")
    assert "--person COL" in stage.refused("case", "notice", new_case(leaked), "send", "--from", f"customers={empty}")


def test_gateway():
    """People without a mail address are told by text message."""
    leaked = ROWS[130:134]
    for code, state in ((200, "accepted"), (422, "refused"), (500, "planned"), (429, "planned"), (None, "doubt")):
        case, gateway.code = new_case(leaked), code
        gateway.got.clear()
        said = send(case, "--mobile", "mobile", source=f"customers={stage.write('mobiles.csv', csv([[r[0], r[2]] for r in ROWS], ['customer_id', 'mobile']))}",
                    HUFU_NOTIFY_SMS_URL=gateway.url)
        first = 1 if code is None else len(leaked)
        assert counts(case).get(state) == (first if state != "planned" else len(leaked)), (code, counts(case), said)
        if state == "accepted":
            assert sorted(body["to"] for body in gateway.got) == sorted(row[2] for row in leaked)
            assert all("手机号" in body["text"] and "400-000-0000" in body["text"] and body["id"].startswith("notice-") for body in gateway.got)
    assert gateway.wrong == 0, "the bearer token is shown"


def report(entry, action="failed", status="5.1.1", returned="message/rfc822"):
    return (f"From MAILER-DAEMON Mon Dec 12 10:00:00 2022\nFrom: MAILER-DAEMON@mail.example\nTo: privacy@carmaker.example\nMessage-Id: <1@mail.example>\n"
            f"MIME-Version: 1.0\nSubject: returned\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\n"
            f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example\n\nFinal-Recipient: rfc822; x@mail.example\n"
            f"Action: {action}\nStatus: {status}\n\n--b\nContent-Type: {returned}\n\nFrom: privacy@carmaker.example\nTo: x@mail.example\n"
            f"Message-ID: <{entry}@carmaker.example>\nSubject: Notice\n\n--b--\n\n")


def test_bounces():
    case = new_case(ROWS[170:175])
    mail.got.clear()
    send(case, code=0)
    ids = [parsed(whole)["Message-ID"].strip("<>").split("@")[0] for _, whole in mail.got]
    box = stage.write("box.mbox", report(ids[0]) + report(ids[1], "delayed", "4.4.1") + report("notice-" + "0" * 32) + report("another"))
    said = stage.said("case", "notice", case, "bounces", box, stage.write("one.eml", report(ids[2], returned="text/rfc822-headers").split("\n", 1)[1]))
    assert (said["bounced"], said["again"], said["delayed"], said["unknown"]) == (2, 0, 1, 2), said
    assert stage.said("case", "notice", case, "bounces", box)["again"] == 1
    assert counts(case) == {"accepted": 3, "bounced": 2}
    assert all(e["state"] == "bounced" and e["status"] == "5.1.1" and e["why"] for e in shown(case)["open"])
    assert send(case, code=0)["sent"] == 0, "what came back is not sent again by itself"
    stage.hufu("case", "notice", case, "settle", shown(case)["open"][0]["n"], "again")
    assert send(case, code=0)["sent"] == 1
    stage.hufu("case", "notice", case, "bounces", stage.write("rubbish.eml", os.urandom(3000)))
    assert counts(case) == {"accepted": 4, "bounced": 1}


def test_exempt():
    leaked = ROWS[140:146]
    case = new_case(leaked)
    people = stage.write("people.txt", "".join(row[0] + "\n" for row in leaked[:2]) + "K1\n")
    exempt = ("case", "notice", case, "exempt", people, "--dataset", "customers")
    assert "--why" in stage.refused(*exempt)
    assert stage.said(*exempt, "--why", "PIPL 57(2)") == {"exempt": 2, "told": 0, "unknown": 1}
    assert send(case, code=0)["sent"] == 4 and counts(case) == {"accepted": 4, "exempt": 2}
    told = stage.write("people.txt", leaked[3][0])
    assert stage.said("case", "notice", case, "exempt", told, "--dataset", "customers", "--why", "x") == {"exempt": 0, "told": 1, "unknown": 0}
    stage.hufu("case", "notice", case, "write")
    assert counts(case) == {"planned": 4, "exempt": 2}, "the next version keeps it"


def test_joined_later():
    """Two accounts of one human, known as such only since a later snapshot: he is found by the number he has today."""
    header, rows = ["member_no", "id_card", "email"], [[f"M{900 + i}", resident_id(i), f"m{i}@mail.example"] for i in range(60)]
    seal = ("seal", "members", stage.work / "members.csv", "--person", "member_no", "--as-of")
    stage.write("members.csv", csv(rows, header))
    stage.hufu(*seal, "2022-10-31")
    case = open_case(stage, stage.write("members-leak.csv", csv([r[:2] for r in rows[:20]], header[:2])))
    stage.hufu("case", "notice", case, "write")
    release(case)
    for i in range(20):
        rows[40 + i][1] = rows[i][1]
    stage.write("members.csv", csv(rows, header))
    stage.hufu(*seal, "2022-11-30")
    mail.got.clear()
    free = stage.write("free.txt", "".join(row[0] + "\n" for row in rows[16:20]))
    assert stage.said("case", "notice", case, "exempt", free, "--dataset", "members", "--why", "told in person")["exempt"] == 4
    said = send(case, source=f"members={stage.work}/members.csv", code=0)
    assert (said["sent"], said["lost"]) == (16, 0) and counts(case) == {"accepted": 16, "exempt": 4}, said
    assert addresses(mail.got) == sorted(row[2] for row in rows[:16]), "each human once"


def test_later_people():
    """Whoever is linked after a version was planned is named as in none, and in the next."""
    case = new_case(ROWS[150:155])
    more = stage.write("more.csv", csv([row[:3] for row in ROWS[153:160]], HEADER[:3]))
    stage.hufu("match", more, "--case", case)
    assert shown(case)["linked"] == 10 and shown(case)["unplanned"] == 5
    stage.hufu("match", more, "--case", case)
    assert shown(case)["linked"] == 10
    stage.hufu("case", "notice", case, "write")
    assert counts(case) == {"planned": 10} and shown(case)["unplanned"] == 0


def test_quiet_and_rate():
    case = new_case(ROWS[160:163])
    said = send(case, code=1, HUFU_NOTIFY_QUIET="00:00-23:59")
    assert "quiet hours" in (said["stopped"] or "") or time.strftime("%H:%M", time.gmtime(time.time() + 8 * 3600)) == "23:59"
    assert "notify.quiet" in stage.refused("case", "notice", case, "send", "--from", SOURCE, HUFU_NOTIFY_QUIET="25:00-08:00")
    began = time.monotonic()
    send(case, code=0, HUFU_NOTIFY_RATE="120")
    assert time.monotonic() - began >= 1, "three at two a second"


def test_connections():
    leaked = ROWS[180:300]
    case, mail.connections = new_case(leaked), 0
    mail.got.clear()
    assert "1 to 16" in stage.refused("case", "notice", case, "send", "--from", SOURCE, HUFU_NOTIFY_CONNECTIONS="17")
    assert send(case, code=0, HUFU_NOTIFY_CONNECTIONS="4")["sent"] == len(leaked)
    assert mail.connections == 4 and addresses(mail.got) == sorted(row[3] for row in leaked)
    case, mail.how = new_case(leaked), "drop-data"
    said = send(case, code=1, HUFU_NOTIFY_CONNECTIONS="4")
    mail.how = "accept"
    assert 1 <= said["doubt"] <= 4 and counts(case) == {"doubt": said["doubt"], "planned": len(leaked) - said["doubt"]}, said
    mail.got.clear()
    assert send(case, code=1, HUFU_NOTIFY_CONNECTIONS="4")["sent"] == len(leaked) - said["doubt"]


def test_drill():
    case = stage.said("case", "open", stage.write("note.txt", "somebody called\n"), "--drill")["id"]
    stage.hufu("match", stage.work / "leak.csv", "--case", case)
    stage.hufu("case", "impact", case, "measures=none")
    stage.hufu("case", "notice", case, "write")
    release(case)
    mail.got.clear()
    assert send(case, code=0)["drill"] == 100 and not mail.got and counts(case) == {"drill": 100}


def test_altered():
    """What somebody writes into the database behind hufu's back is not sent: the timeline has what was approved."""
    case = new_case(ROWS[190:193])
    stage.hufu("case", "notice", case, "write")
    sql("update notices set zh = 'transfer money to {{kinds}}' where released_at is not null")
    mail.got.clear()
    assert "not what its timeline says" in stage.refused("case", "notice", case, "send", "--from", SOURCE)
    case = new_case(ROWS[190:193])
    stage.hufu("case", "notice", case, "write")
    sql("update notices set released_at = 1, released_by = 'nobody' where released_at is null")
    assert "not what its timeline says" in stage.refused("case", "notice", case, "send", "--from", SOURCE)
    assert not mail.got


def sql(text):
    if POSTGRES:
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "service=cases", "-c", text], check=True, env=stage.env)
        return
    db = sqlite3.connect(stage.work / "store/case.db")
    db.execute(text)
    db.commit()
    db.close()


def test_accounts():
    """Where there are accounts, the one who wrote cannot release, whatever name he gives."""
    case = open_case(stage, stage.work / "leak.csv")
    stage.hufu("case", "notice", case, "write")
    stage.write("password", "correct horse battery\n").chmod(0o600)
    done = stage.run("account", "add", "legal-person", "--role", "admin")
    assert done.returncode == 0, done
    if POSTGRES:  # whoever has no account there may do nothing any more
        assert "that takes" in stage.refused("case", "notice", case, "release")
    else:
        assert "wrote this version" in stage.refused("case", "notice", case, "release")
        assert "without accounts" in stage.refused("case", "notice", case, "release", "--released-by", "王法务")


def main():
    server = None
    stage.write("token", "a bearer token\n").chmod(0o600)
    settings(stage, mail, HUFU_NOTIFY_SMS_SECRET_FILE=str(stage.work / "token"), HUFU_NOTIFY_SMS_TIMEOUT="2s")
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        leaked = ROWS[:100]
        case = case_of(stage, ROWS, leaked)
        test_linked(case, leaked)
        test_written(case)
        test_released(case)
        test_tested(case)
        test_told(case, leaked)
        test_no_address_anywhere(leaked)
        for test in (test_kinds, test_servers, test_half_and_tired, test_contacts, test_gateway, test_bounces, test_exempt, test_later_people, test_quiet_and_rate, test_connections, test_joined_later, test_drill, test_altered, test_accounts):
            test()
    finally:
        if server:
            server.stop()
        stage.done()


main()
