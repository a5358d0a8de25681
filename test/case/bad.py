"""Bad input and bad luck in an incident: bad.py HUFU [postgres]

One clear line each, nothing lost, and work resumes."""
import base64
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading

from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
stage = Stage(sys.argv[1], "bad")
hufu, said, refused = stage.hufu, stage.said, stage.refused
HEAD = ("Received: from x by mail.ours.example; Sun, 11 Dec 2022 09:30:00 +0800\nFrom: a@b.example\n"
        "Subject: {subject}\nMIME-Version: 1.0\n")
PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
GOOD, WRONG = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"


def encoded(text):
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def opened(name, content, *words):
    return said("case", "open", stage.write(name, content), *words)


def show(number):
    return said("case", "show", number)


def mails():
    cut = HEAD.format(subject="pay") + ('Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n' + PLAIN +
          f'pay 5 BTC to {GOOD}\n--b1\nContent-Type: application/zip; name="s.zip"\n'
          "Content-Transfer-Encoding: base64\n\nUEsDBBQAAAAIA!!!!====\n")
    for name, content in (("cut.eml", cut), ("noise.eml", random.Random(1).randbytes(3000)), ("empty.eml", b"")):
        told = opened(name, content)
        assert told["unread"], name
        for line in told["unread"]:
            assert line["what"] and line["why"], (name, line)
        lines = [(line["what"], line["why"]) for line in told["unread"]]
        assert len(lines) == len(set(lines)), lines
        case = show(told["id"])
        assert [e["name"] for e in case["evidence"]] == [name] and case["tasks"], case
        assert name != "cut.eml" or case["demand"]["amount"] == 5, case["demand"]


def wallets():
    for wallet, valid in ((GOOD, True), (WRONG, False)):
        number = opened("wallet.eml", HEAD.format(subject="pay") + PLAIN + f"send 2 BTC to {wallet} please\n")["id"]
        demand = show(number)["demand"]
        assert (demand["wallet"], demand["wallet_valid"]) == (wallet, valid), demand
        assert ("check digits are wrong" in hufu("case", "show", number).stdout) is not valid
    alone = hufu("case", "show", opened("alone.eml", HEAD.format(subject="pay") + PLAIN + f"send it to {WRONG}\n")["id"])
    assert "no amount" in alone.stdout and WRONG in alone.stdout, alone.stdout


def words(number):
    before = show(number)
    listing = stage.write("nothing.txt", "员工数据 很多条；车主身份证 便宜\n")
    assert "no count" in refused("case", "listing", number, listing)
    assert "no such" in refused("case", "listing", number, stage.work / "nowhere").lower()
    for pair in ("people=many", "people=-1", "people=1e6", "people=99999999999999999999", "cii=perhaps", "sector=bakery",
                 "learned_at=yesterday", "people", "=5", "peeple=1"):
        refused("case", "fact", number, "ransom=true", pair)
    refused("case", "fact", number, "people=1", "--basis", "sure")
    refused("case", "fact", number, "people=1", "--source", "\udcff\udcfe")
    refused("case", "decide", number, "\udcff", "--why", "x")
    refused("case", "task", number, "999999", "done")
    refused("case", "task", number, before["tasks"][0]["id"], "perhaps")
    refused("case", "impact", number, "colour=red")
    refused("case", "duty", number, "NO-SUCH-RULE", "done", "--note", "x")
    refused("case", "open", stage.work / "nowhere")
    refused("case", "open", stage.work / "note.txt", "--kind", "../../etc/passwd")
    refused("case", "open", stage.work / "note.txt", "--title", "\udcff")
    assert show(number) == before, "something of what was refused stayed"
    assert len(said("case", "timeline", number)) == 1


def packs(number):
    """A slip in one rule: it is told, and the other duties stay."""
    hufu("case", "fact", number, "sector=automotive", "cii=false", "people=4850000", "ransom=true",
         "rules_as_of=2026-11-22")
    before = show(number)
    rules = {d["rule"] for d in before["duties"] + before["duties_further"]}
    assert not before["faults"] and len(before["duties"]) >= 3
    copy = stage.work / "duties"
    shutil.copytree(os.path.join(os.path.dirname(stage.program), "duties"), copy)
    pack = copy / "cn-cac-ir.yaml"
    text = pack.read_text(encoding="utf-8")
    hit = re.search(r"^( *)- id: (\S+)\n", text, re.M)
    assert hit, "the pack looks otherwise"
    pack.write_text(text.replace(hit[0], f"{hit[0]}{hit[1]}  addresee: nobody\n", 1), encoding="utf-8")
    after = said("case", "show", number, HUFU_DUTIES=str(copy))
    left = {d["rule"] for d in after["duties"] + after["duties_further"]}
    assert len(after["faults"]) == 1 and "addresee" in str(after["faults"]), after["faults"]
    assert rules - left <= {hit[2]} and left <= rules and left, rules ^ left
    assert "at fault" in hufu("case", "show", number, HUFU_DUTIES=str(copy)).stdout
    pack.write_bytes(b"\x00\xff: [")
    assert said("case", "show", number, HUFU_DUTIES=str(copy))["faults"]
    refused("case", "show", number, HUFU_DUTIES=str(stage.work / "nowhere"))
    assert {d["rule"] for d in show(number)["duties"]} == {d["rule"] for d in before["duties"]}


def packs_apart():
    """Packs are read together; one that does not end as it should spoils no other."""
    copy = stage.work / "packs"
    shutil.copytree(os.path.join(os.path.dirname(stage.program), "duties"), copy)

    def rules():
        lines = stage.run("duties", "list", "--json", HUFU_DUTIES=str(copy)).stdout.splitlines()
        return {json.loads(line)["rule"] for line in lines}

    pack = copy / "cn-auto.yaml"
    text, everything = pack.read_text(encoding="utf-8"), rules()
    pack.unlink()
    others = rules()
    assert others and others < everything
    for end in ("x: [1, 2", 'x: "open', "x: 'open", "x: {a: 1", "- x", "x: |\n  text", "f2: {a: 1}", "f3:\n- 1", "\tx: 1", " {", "---\nx: 1", "...\n",
                "%TAG", "x: 1\u2028f9: {}", "x: 1\u0085f3: {}", "\ufefff3: 1", "x: 1\rf3: 1", "]", "}", "? x", "&a", "*a", "!!str"):
        pack.write_text(f"{text}\n{end}", encoding="utf-8", newline="")
        checked = stage.run("duties", "check", HUFU_DUTIES=str(copy))
        for line in checked.stderr.splitlines():
            assert line.startswith("hufu: cn-auto.yaml"), (end, line)
        left = rules()
        assert others <= left <= everything and (checked.stderr or left == everything), (end, checked.stderr)
    pack.write_text(text, encoding="utf-8")
    assert rules() == everything


def escapes():
    """What a stranger or a careless hand wrote never steers the terminal."""
    evil = "\x1b]0;owned\x07\x1b[2J你的数据\u009b31m\u202eabc\x7f"
    path = stage.work / "\x1b[2Jx\u009b31m.eml"
    path.write_text(HEAD.format(subject=encoded(evil)) + PLAIN +
                    f"\x1b[31mpay 2 BTC to {GOOD}\n员工数据\x1b[31m 2.28万条 0.15 BTC；车主\u009b31m身份证 3.99万条 0.25 BTC\n",
                    encoding="utf-8")
    outs = [hufu("case", "open", path), hufu("case", "open", path, "--json")]
    number = opened("evil.eml", path.read_bytes())["id"]
    case = show(number)
    assert "你的数据" in case["title"] and case["title"] == case["title"].strip(), case["title"]
    assert case["demand"]["amount"] == 2 and [i["count"] for i in case["listing"]] == [22800, 39900], case["listing"]
    titled = said("case", "open", path, "--title", evil)["id"]
    evil_words = ("--source", evil)
    hufu("case", "fact", number, "people=4850000", "sector=automotive", *evil_words)
    hufu("case", "decide", number, evil, "--why", evil)
    hufu("case", "member", number, evil, "--role", evil, "--contact", evil)
    hufu("case", "task", number, case["tasks"][0]["id"], "--assign", evil)
    hufu("case", "impact", number, f"cause={evil}")
    rule = show(number)["duties"][0]["rule"]
    hufu("case", "duty", number, rule, "done", "--note", evil)
    for some in (number, titled):
        for what in ("show", "timeline", "plan"):
            outs += [hufu("case", what, some), hufu("case", what, some, "--json"), hufu("case", what, some, "--lang", "zh")]
    outs += [hufu("case", "list"), hufu("case", "list", "--json"), hufu("case", "explain", number, rule)]
    outs += [stage.run("case", "fact", number, evil), stage.run("case", "show", evil), stage.run("case", evil),
             stage.run("case", "fact", number, f"people={evil}"), stage.run("case", "open", stage.work / evil),
             stage.run("case", "duty", number, evil, "done", "--note", "x"), stage.run("case", "explain", number, evil),
             stage.run("case", "fact", number, "people=1", "--basis", evil),
             stage.run("case", "open", path, "--kind", evil), stage.run("case", "task", number, evil, "done")]
    for out in outs:
        found = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", (out.stdout + out.stderr).replace("\n", ""))
        assert not found, (out.args[1:4], out.stdout + out.stderr)


def chinese():
    name = "勒索邮件 样本.eml"
    number = opened(name, HEAD.format(subject=encoded("你们的数据")) + PLAIN + f"支付 225万 美元 比特币到 {GOOD}\n")["id"]
    hufu("case", "fact", number, "people=5", "--source", "匿名卖家", LC_ALL="C")
    hufu("case", "decide", number, "不付款", "--why", "不可信", LC_ALL="C")
    hufu("case", "member", number, "李指挥", "--role", "lead", "--contact", "分机 1001")
    hufu("case", "task", number, show(number)["tasks"][0]["id"], "done", "--assign", "李指挥")
    hufu("case", "impact", number, "cause=尚不清楚")
    case = said("case", "show", number, LC_ALL="C")
    assert (case["title"], case["evidence"][0]["name"]) == ("你们的数据", name)
    assert [f["source"] for f in case["facts"] if f["name"] == "people"] == ["匿名卖家"]
    assert (case["decisions"][0]["what"], case["decisions"][0]["why"]) == ("不付款", "不可信")
    assert (case["demand"]["amount"], case["demand"]["currency"]) == (2250000, "USD"), case["demand"]
    for words_of in (("show",), ("plan",), ("timeline",)):
        text = hufu("case", *words_of, number, "--lang", "zh").stdout
        assert "你们的数据" in text and "\ufffd" not in text
    assert "不付款" in str(said("case", "timeline", number))


def large():
    data = random.Random(2).randbytes(50 << 20)
    body = (HEAD.format(subject="large") + 'Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n' + PLAIN +
            f"pay 5 BTC to {GOOD}\n--b1\n" + 'Content-Type: application/octet-stream; name="a.bin"\n'
            'Content-Disposition: attachment; filename="a.bin"\nContent-Transfer-Encoding: base64\n\n').encode()
    body += base64.encodebytes(data) + b"--b1--\n"
    told = opened("large.eml", body)
    case = show(told["id"])
    assert case["demand"]["amount"] == 5 and case["evidence"][0]["bytes"] == len(body), case
    assert [u["what"] for u in told["unread"]] == ["a.bin"], told


def together(number):
    """Several people change one case at once; one of them closes it in the end."""
    each, trouble = 15, []

    def write(who):
        for i in range(each):
            done = stage.run("case", "fact", number, f"people={i}", "--source", who)
            if done.returncode:
                trouble.append(done.stderr)

    before = len(said("case", "timeline", number))
    people = [threading.Thread(target=write, args=(f"person {i}",)) for i in range(3)]
    [p.start() for p in people]
    [p.join() for p in people]
    assert not trouble, trouble[0]
    entries = said("case", "timeline", number)
    assert [e["seq"] for e in entries] == list(range(1, before + 3 * each + 1))
    assert [e["at"] for e in entries] == sorted(e["at"] for e in entries), "time runs backwards"
    for who in range(3):
        said_by = [f["value"] for e in entries for f in e["body"].get("facts", []) if f["source"] == f"person {who}"]
        assert said_by == [str(i) for i in range(each)], said_by
    facts = [f for f in show(number)["facts"] if f["source"].startswith("person") and not f["superseded"]]
    assert sorted((f["source"], f["value"]) for f in facts) == [(f"person {i}", str(each - 1)) for i in range(3)]


def closing(note):
    """Whoever comes after the close is told so; nothing stands behind it."""
    for _ in range(4):
        number = said("case", "open", note)["id"]
        writers = [stage.start("case", "fact", number, f"people={i}", "--source", f"person {i}") for i in range(4)]
        closer = stage.start("case", "close", number, "--why", "at once")
        good = sum(w.wait() == 0 for w in writers)
        assert closer.wait() == 0
        whats = [e["what"] for e in said("case", "timeline", number)]
        assert whats[-1] == "close" and whats.count("fact") == good, whats


def full_disk(note):
    """A small disk that fills up; root alone can make one."""
    disk = stage.work / "disk"
    disk.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True).returncode:
        print("full disk: not tried, this needs root")
        return
    mine = {"HUFU_STORE": str(disk / "store"), "HUFU_KEY_FILE": str(stage.work / "key-2"), "HUFU_DB": "sqlite"}
    try:
        hufu("init", **mine)
        number = said("case", "open", note, **mine)["id"]
        hufu("case", "fact", number, "people=1", **mine)
        with open(disk / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                pass
        for act in (("fact", number, "people=2"), ("decide", number, "x" * 9000, "--why", "y" * 9000),
                    ("open", stage.write("more.bin", random.Random(3).randbytes(100000)))):
            line = refused("case", *act, **mine)
            assert re.search("full|space", line), line
        (disk / "filler").unlink()
        assert [f["value"] for f in said("case", "show", number, **mine)["facts"] if f["name"] == "people"] == ["1"]
        hufu("case", "fact", number, "people=3", **mine)
        assert len(said("case", "timeline", number, **mine)) == 3
    finally:
        subprocess.run(["umount", disk], check=True)


def gone(server, number):
    """The database goes away while somebody writes, and comes back."""
    good, bad = [], []

    def write():
        for i in range(1000):
            done = stage.run("case", "fact", number, f"people={i}", "--source", "through it all")
            if done.returncode == 0:
                good.append(i)
                if bad:
                    return
            else:
                bad.append(done.stderr)

    writer = threading.Thread(target=write)
    writer.start()
    while len(good) < 5:
        writer.join(0.02)
    server.stop()
    refused("case", "show", number)
    server.start()
    writer.join()
    assert good and bad
    for line in bad:
        assert line.count("\n") == 1 and line.startswith("hufu: "), line
    told = [f["value"] for e in said("case", "timeline", number) for f in e["body"].get("facts", [])
            if f["source"] == "through it all"]
    assert not {str(i) for i in good} - set(told), "acknowledged and gone"
    assert told == sorted(told, key=int) and len(told) == len(set(told))


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        hufu("init")
        note = stage.write("note.txt", "somebody called\n")
        number = said("case", "open", note)["id"]
        mails()
        wallets()
        words(number)
        packs(number)
        if not POSTGRES:
            packs_apart()
        escapes()
        chinese()
        together(number)
        closing(note)
        if server:
            gone(server, number)
        else:
            large()
            full_disk(note)
    finally:
        if server:
            server.stop()
        stage.done()


main()
print("1 passed, 0 failed")
