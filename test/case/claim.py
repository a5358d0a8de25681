"""The claims desk: claim.py HUFU [postgres]

Callers who are in the leak, who are ours and not in it, and who are nobody: the desk sees the same of each until a code
that went to the contact on file was read back."""
import json
import re
import sqlite3
import subprocess
import sys
import zipfile

from people import case_of, csv, customers, open_case, resident_id, settings
from post import Gateway, Mail, parsed
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "claim")
mail, gateway = Mail(), Gateway("a bearer token")
ROWS = customers(120)
LEAKED = ROWS[:60]


def typed(text, *words, code=0, **env):
    """What is secret comes by standard input."""
    done = subprocess.run([stage.program, "case", "claim", *map(str, words)], input=text + "\n", env=dict(stage.env, **env),
                          capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == code, done
    assert text not in done.stdout + done.stderr or not text, "what was typed came back"
    return done


def take(case, kind="complaint", *more):
    return stage.said("case", "claim", case, "take", "--kind", kind, "--channel", "telephone", *more)["n"]


def shown(case, n):
    return stage.said("case", "claim", case, n)


def code_of(got):
    return re.search(r"\b(\d{8})\b", parsed(got[1]).get_content())[1]


def in_the_leak(case):
    caller = LEAKED[7]
    n = take(case, "claim", "--note", "=HYPERLINK(\"http://x\")", "--at", "2026-01-05")
    before = shown(case, n)
    assert before["in_leak"] is None and before["kinds"] == [] and before["proved"] is None
    said = typed(caller[0], case, n, "ask")
    assert len(mail.got) == 1 and caller[3] in mail.got[0][0]
    after = shown(case, n)
    assert after["in_leak"] is None and after["kinds"] == [], "asking shows nothing"
    code = code_of(mail.got[0])
    typed("00000000" if code != "00000000" else "11111111", case, n, "code", code=2)
    typed(code, case, n, "code", "--json")
    known = shown(case, n)
    assert known["in_leak"] is True and known["proved"]["how"] == "code"
    assert {kind["zh"] for kind in known["kinds"]} == {"手机号", "姓名"}, known
    assert "姓名" in stage.hufu("case", "claim", case, n, "--lang", "zh").stdout
    # Proved is proved: no other number, no second code.
    assert "proved already" in typed(ROWS[3][0], case, n, "ask", code=2).stderr
    return n, said


def not_in_the_leak(case, first):
    """By his mobile number; and what the desk saw was the same as of one who is in it."""
    caller = ROWS[100]
    mail.got.clear()
    n = take(case)
    said = typed(caller[2], case, n, "ask")
    assert (said.stdout, said.stderr) == (first.stdout, first.stderr)
    typed(code_of(mail.got[0]), case, n, "code")
    assert shown(case, n)["in_leak"] is False and shown(case, n)["kinds"] == []
    assert "not in the leak" in stage.hufu("case", "claim", case, n).stdout
    return n


def nobody(case, first):
    mail.got.clear()
    n = take(case, "question")
    said = typed("K999999", case, n, "ask")
    assert (said.stdout, said.stderr) == (first.stdout, first.stderr) and not mail.got
    for _ in range(6):
        typed("12345678", case, n, "code", code=2)
    assert "is wanted" in stage.refused("case", "claim", case, n, "prove", "--note", "x")
    stage.hufu("case", "claim", case, n, "prove", "--note", "identity card seen at the counter")
    assert shown(case, n)["in_leak"] is False
    fresh = take(case, "question")
    assert "nobody was looked up" in stage.refused("case", "claim", case, fresh, "prove", "--note", "a letter")


def tries_and_time(case):
    mail.got.clear()
    caller = LEAKED[9]
    n = take(case)
    typed(caller[1], case, n, "ask")
    assert not mail.got, "a name is nobody's by itself"
    typed(caller[0], case, n, "ask")
    code = code_of(mail.got[0])
    for _ in range(5):
        typed("99999999" if code != "99999999" else "88888888", case, n, "code", code=2)
    assert "none that is still good" in typed(code, case, n, "code", code=2).stderr, "five tries, then a new one"
    mail.got.clear()
    typed(caller[0], case, n, "ask", HUFU_CLAIM_CODE_VALID="1s")
    subprocess.run(["sleep", "2.1"], check=True)
    assert "none that is still good" in typed(code_of(mail.got[0]), case, n, "code", code=2).stderr
    # A server that refuses is kept with the claim and not said at the desk.
    mail.how = "refuse"
    said = typed(caller[0], case, n, "ask")
    mail.how = "accept"
    assert said.returncode == 0 and "refus" not in said.stderr


def by_text_message(case):
    n = take(case)
    mail.got.clear()
    env = {"HUFU_NOTIFY_SMS_URL": gateway.url, "HUFU_NOTIFY_SMS_SECRET_FILE": str(stage.work / "token")}
    typed(LEAKED[11][3], case, n, "ask", **env)
    assert not mail.got and [sms["to"] for sms in gateway.got] == [LEAKED[11][2]]
    typed(re.search(r"\b(\d{8})\b", gateway.got[0]["text"])[1], case, n, "code")
    assert shown(case, n)["in_leak"] is True


def limits(case):
    n = take(case)
    line = typed("K1", case, n, "ask", code=2, HUFU_CLAIM_DAILY_MAX="3").stderr
    assert "claim.daily_max" in line, line


def decisions(case, n):
    for words, said in (((n, "accepted"), "why"), ((n, "accepted", "--why", "x", "--amount", "200"), "currency"),
                        ((n, "accepted", "--why", "x", "--amount", "-1", "--currency", "CNY"), "no amount"),
                        ((n, "accepted", "--why", "x", "--amount", "1.234", "--currency", "CNY"), "no amount"),
                        ((n, "maybe", "--why", "x"), "no state"), ((99, "paid", "--why", "x"), "no claim"),
                        (("x", "paid"), "nothing that can be done")):
        assert said in stage.refused("case", "claim", case, *words), words
    stage.hufu("case", "claim", case, n, "partly", "--why", "half of the costs", "--amount", "200.50", "--currency", "CNY")
    stage.hufu("case", "claim", case, n, "paid", "--why", "by bank transfer", "--amount", "200.50", "--currency", "CNY")
    assert shown(case, n)["decided"]["amount"] == "200.50" and shown(case, n)["state"] == "paid"
    stage.hufu("case", "claim", case, n, "open", "--why", "a new letter came")
    assert shown(case, n)["decided"] is None
    stage.hufu("case", "claim", case, n, "accepted", "--why", "as asked", "--amount", "99.5", "--currency", "CNY")


def bad_input(case):
    for words, said in ((("take", "--kind", "wish", "--channel", "mail"), "no kind of claim"),
                        (("take", "--kind", "claim", "--channel", "owl"), "no way"),
                        (("take", "--kind", "claim", "--channel", "mail", "--at", "2099-01-01"), "future"),
                        (("take", "--kind", "claim", "--channel", "mail", "--file", "/no/such/letter"), "letter"),
                        (("take", "--kind", "claim", "--channel", "mail", "--note", "x" * 5000), "longer")):
        assert said in stage.refused("case", "claim", case, *words), words
    assert "wants what the caller" in typed("  ", case, 1, "ask", code=2).stderr


def a_letter(case):
    letter = stage.write("letter.txt", "Dear Sir, I want my costs back.\n")
    n = take(case, "claim", "--file", letter)
    assert shown(case, n)["file"]
    assert any(piece["role"] == "claim" and piece["name"] == "letter.txt" for piece in stage.said("case", "show", case)["evidence"])
    bundle = stage.work / "b.tar.zst"
    stage.hufu("case", "bundle", case, bundle)
    stage.hufu("verify", bundle)
    stage.hufu("case", "check", case)


def ledger(case, n):
    """One a person: what was sent to him meets what he asked, by his keyed number."""
    stage.hufu("case", "impact", case, "measures=the hole is closed")
    stage.hufu("case", "notice", case, "write")
    stage.hufu("case", "notice", case, "release", "--released-by", "王法务")
    mail.got.clear()
    stage.run("case", "notice", case, "send", "--from", f"customers={stage.work}/customers.csv")
    kept = stage.said("case", "ledger", case, n)
    assert [(line["state"], line["channel"]) for line in kept["notices"]] == [("accepted", "mail")], kept
    assert [(line["n"], line["state"], line["amount"]) for line in kept["claims"]] == [(n, "accepted", "99.5")], kept
    assert stage.said("case", "ledger", case, kept["person"]) == kept
    assert kept["notices"][0]["message"] in "".join(str(parsed(whole)["Message-ID"]) for _, whole in mail.got)
    assert "no claim whose person" in stage.refused("case", "ledger", case, 99)
    assert "no person" in stage.refused("case", "ledger", case, "x")
    assert not stage.said("case", "ledger", case, "f" * 16)["claims"]


def joined_later():
    """His accounts are known to be one human's only since a later snapshot: he is in the leak all the same."""
    header, rows = ["member_no", "id_card", "email"], [[f"M{900 + i}", resident_id(i), f"m{i}@mail.example"] for i in range(60)]
    seal = ("seal", "members", stage.work / "members.csv", "--person", "member_no", "--as-of")
    stage.write("members.csv", csv(rows, header))
    stage.hufu(*seal, "2022-10-31")
    case = open_case(stage, stage.write("members-leak.csv", csv([r[:2] for r in rows[:20]], header[:2])))
    for i in range(20):
        rows[40 + i][1] = rows[i][1]
    stage.write("members.csv", csv(rows, header))
    stage.hufu(*seal, "2022-11-30")
    for i in range(20):
        n = take(case)
        typed(rows[i if i % 2 else 40 + i][0], case, n, "ask", HUFU_NOTIFY_CONTACTS="")
        stage.hufu("case", "claim", case, n, "prove", "--note", "card at the counter")
        assert shown(case, n)["in_leak"] is True, i


def spreadsheet(case):
    path = stage.work / "claims.xlsx"
    stage.hufu("case", "claim", case, "export", path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "claims.xlsx" in stage.refused("case", "claim", case, "export", path), "a file that is there is not written over"
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet and "=HYPERLINK" in strings, "a note that looks like a formula is a text"
    text = sheet + strings
    assert not any(cell in text for row in ROWS for cell in row[:4]), "nobody's data stand in it"
    return sheet.count("<row ") - 1


def what_is_kept(case):
    """Neither what was typed nor a code lies anywhere, and each look-up is on the timeline."""
    entries = stage.said("case", "timeline", case)
    assert sum(entry["what"] == "claim asked" for entry in entries) >= 6
    text = json.dumps(entries, ensure_ascii=False)
    assert not any(cell in text for row in ROWS for cell in row[:4])
    if not POSTGRES:
        db = sqlite3.connect(stage.work / "store" / "case.db")
        dump = "\n".join(map(str, db.execute("select * from claims").fetchall()))
        assert not any(cell in dump for row in ROWS for cell in row[:4])


def main():
    server = None
    stage.write("token", "a bearer token\n").chmod(0o600)
    settings(stage, mail, HUFU_NOTIFY_CONTACTS=f"customers={stage.work}/customers.csv")
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        case = case_of(stage, ROWS, LEAKED)
        n, said = in_the_leak(case)
        not_in_the_leak(case, said)
        nobody(case, said)
        tries_and_time(case)
        by_text_message(case)
        limits(case)
        decisions(case, n)
        bad_input(case)
        a_letter(case)
        ledger(case, n)
        assert spreadsheet(case) == len(stage.said("case", "claim", case))
        what_is_kept(case)
        stage.env["HUFU_CLAIM_DAILY_MAX"] = "1000"
        joined_later()
    finally:
        if server:
            server.stop()
        stage.done()


main()
