"""The story of an incident, from the mail to the closed case, as a team would run it: story.py HUFU CARMAKER [postgres]

A carmaker that does not exist seals three months; a mail demands money and brings a sample; the listing is held
against the seals before the sample is; facts, duties, tasks and decisions follow. With `postgres` the cases lie in a
PostgreSQL server of the test's own."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from stage import Server

HUFU, CARMAKER = map(os.path.abspath, sys.argv[1:3])
POSTGRES = sys.argv[3:] == ["postgres"]
work = pathlib.Path(tempfile.mkdtemp(prefix="hufu-story-"))
work.chmod(0o755)
env = dict(os.environ, HUFU_STORE=str(work / "store"), HUFU_KEY_FILE=str(work / "key"), TZ="UTC")
env.pop("HUFU_DB", None)


def hufu(*words, code=0, feed=None):
    done = subprocess.run([HUFU, *map(str, words)], env=env, capture_output=True, text=True, input=feed, timeout=120)
    assert done.returncode == code, f"hufu {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def said(*words, **how):
    return json.loads(hufu(*words, "--json", **how).stdout)


# ---- the company and the mail ----

LISTING = """员工数据 {staff}条 0.15 BTC；车主身份证 {owners}条 0.25 BTC；
用户基本信息 99999万条 3 BTC；全部打包 1 BTC"""
MAIL = """Received: from mx.example.cn (mx.example.cn [192.0.2.7]) by mail.carmaker.example with ESMTP id 4711;
 Sun, 11 Dec 2022 09:30:00 +0800
Received: from anywhere (unknown [198.51.100.9]) by mx.example.cn; Sun, 11 Dec 2022 09:29:50 +0800
Date: Sat, 10 Dec 2022 01:00:00 +0000
From: nobody <nobody@example.org>
To: info@carmaker.example
Subject: your data
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

{text}
--b1
Content-Type: application/zip; name="sample.zip"
Content-Disposition: attachment; filename="sample.zip"
Content-Transfer-Encoding: base64

{sample}
--b1--
"""


def wrapped(data):
    text = base64.b64encode(data).decode()
    return "\n".join(text[i:i + 76] for i in range(0, len(text), 76))


def company():
    subprocess.run([CARMAKER, str(work / "company"), "--customers", "2000"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    hufu("init")
    days = sorted(path.stem for path in (work / "company/snapshots/owners").glob("*.csv"))
    for day in days:
        for dataset in ("owners", "staff"):
            hufu("seal", dataset, work / f"company/snapshots/{dataset}/{day}.csv", "--as-of", day)
    counts = {}
    for dataset in ("owners", "staff"):
        lines = (work / f"company/snapshots/{dataset}/{days[-1]}.csv").read_text(encoding="utf-8").strip().split("\n")
        counts[dataset] = len(lines) - 1
    return counts


def mail(counts):
    text = ("we have all your customers' data. pay 2.25 million US dollars in bitcoin to "
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa within 72 hours.\n" + LISTING.format(**counts) + "\n")
    path = work / "demand.eml"
    path.write_text(MAIL.format(text=wrapped(text.encode()),
                                sample=wrapped((work / "company/leaks/owners-sample.zip").read_bytes())))
    return path


def fact(case, name):
    return [f for f in case["facts"] if f["name"] == name and not f["superseded"]]


def reports(case):
    """The reports of this incident; what follows from them, or holds at any time, stands apart."""
    assert not set(d["rule"] for d in case["duties"]) & set(d["rule"] for d in case["duties_further"])
    assert [d for d in case["duties_further"] if d["kind"] == "notify"], "nobody is to be told"
    return {d["rule"]: d for d in case["duties"]}


def the_mail(path):
    opened = said("case", "open", path)
    case = said("case", "show", opened["id"])
    demand = case["demand"]
    assert (demand["amount"], demand["currency"]) == (2250000, "USD"), demand
    assert demand["wallet"] == "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" and demand["wallet_valid"] is True, demand
    assert demand["deadline"] == "2022-12-14T09:30:00+08:00", demand
    assert not [w for w in case["warnings"] if "only claimed" in w["en"]], case["warnings"]
    assert [(f["basis"], f["source"]) for f in fact(case, "ransom")] == [("claimed", f"{path.name}: its text")]
    learned = fact(case, "learned_at")
    assert [f["value"] for f in learned] == ["2022-12-11T09:30:00+08:00"], learned
    again = said("case", "open", path)
    assert again["id"] != opened["id"] and opened["id"] in [o["id"] for o in again["also_in"]], again
    return opened["id"], case


def the_listing(case, counts):
    items = case["listing"]
    assert [i["bundle"] for i in items] == [False, False, False, True], items
    assert items[0]["count"] == counts["staff"] and items[-1]["count"] is None, items
    assert "staff" in [f["dataset"] for f in items[0]["fits"]], items[0]
    assert "owners" in [f["dataset"] for f in items[1]["fits"]], items[1]
    assert items[2]["impossible"] and not items[2]["fits"], items[2]


def the_prices():
    """Units, prices a record and of all; the same list again changes nothing, another from its source takes its place."""
    number = said("case", "open", work / "note.txt")["id"]
    path = work / "prices.csv"
    path.write_text("员工数据,177,0.15,BTC\n车主资料,2934,0.25,BTC\n全部,,0.00005,BTC\n", encoding="utf-8")
    first = hufu("case", "listing", number, path, "--json").stdout
    assert '"price":0.15,' in first and '"price":0.00005,' in first, first
    case = json.loads(first)
    assert case["listing_sum"] == {"items_sum": 0.4, "currency": "BTC", "bundle_price": 0.00005, "bundle_share": 0.0001}, first
    assert [i["priced"] for i in case["listing"]] == ["item"] * 3 and case["listing"][0]["per_record"] == 0.000847458, first
    again = hufu("case", "listing", number, path)
    assert "nothing is changed" in again.stderr and "a record" in again.stdout and "0.15 BTC" in again.stdout, again
    assert len(said("case", "show", number)["listing"]) == 3
    path.write_text("员工 177条 ￥300/条\n", encoding="utf-8")
    item, = said("case", "listing", number, path)["listing"]
    assert (item["unit"], item["price"], item["priced"], item["per_record"]) == ("条", 53100, "record", 300), item
    both = said("case", "listing", number, path, "--source", "the forum")
    assert len(both["listing"]) == 2, both["listing"]


def the_sample(number, case):
    verdicts = fact(case, "verdict")
    assert verdicts and verdicts[0]["value"] in ("genuine", "partly-genuine"), verdicts
    assert int(fact(case, "people")[0]["value"]) > 0
    before = len(case["evidence"])
    leak = work / "company/leaks/owners-sample.zip"
    judged = said("match", leak, "--case", number)
    case = said("case", "show", number)
    assert len(case["evidence"]) == before + 1 and judged["leak"]["sha256"] in [e["sha256"] for e in case["evidence"]]
    assert judged["people"] == int([f for f in fact(case, "people") if judged["leak"]["sha256"][:12] in f["source"]][0]["value"])


def the_replay():
    """The carmaker of December 2022 under today's rules: four obligations, and what moves them."""
    number = said("case", "open", work / "note.txt")["id"]

    def tell(*pairs, source="the seller"):
        hufu("case", "fact", number, *pairs, "--source", source)

    tell("sector=automotive", "cii=false", "people=4850000", "ransom=true", "learned_at=2022-12-11T09:00:00+08:00",
         "rules_as_of=2026-11-22")
    tell("people_sensitive=39900")
    case = said("case", "show", number)
    assert [w for w in case["warnings"] if "only claimed" in w["en"] and "仅为声称" in w["zh"]], case["warnings"]
    first = reports(case)
    tell("people_sensitive=399000", source="the forum")
    case = said("case", "show", number)
    second = reports(case)
    assert [f["value"] for f in fact(case, "people_sensitive")] == ["39900", "399000"]
    assert set(first) == set(second) and len(second) == 4, (sorted(first), sorted(second))
    changed = [rule for rule in second if first[rule]["because"] != second[rule]["because"]]
    assert len(changed) == 1 and "214" in changed[0], changed
    clocks = {rule: duty["due"] for rule, duty in second.items() if duty["due"]}
    assert list(clocks.values()) == ["2022-12-11T13:00:00+08:00"], clocks
    tell("people=900000")
    fewer = reports(said("case", "show", number))
    assert not [rule for rule in fewer if "CACIR" in rule], sorted(fewer)
    assert [rule for rule in fewer if "214" in rule], sorted(fewer)
    explained = hufu("duties", "explain", number, [rule for rule in fewer if "214" in rule][0]).stdout
    assert explained == hufu("case", "explain", number, [rule for rule in fewer if "214" in rule][0]).stdout, explained
    was = [f for f in said("case", "show", number)["facts"] if f["name"] == "people"]
    assert [(f["value"], f["superseded"]) for f in was] == [("4850000", True), ("900000", False)], was
    return number


def the_team(number):
    hufu("case", "member", number, "李指挥", "--role", "lead", "--contact", "1001")
    case = said("case", "show", number)
    assert len(case["tasks"]) > 10 and case["members"][0]["role"] == "lead"
    task = case["tasks"][0]
    hufu("case", "task", number, task["id"], "done", "--assign", "李指挥")
    told = said("case", "decide", number, "we do not pay", "--why", "no trust in the sender")
    assert (told["id"], told["decisions"][-1]["what"]) == (number, "we do not pay"), told
    hufu("case", "decide", number, "", "--why", "y", code=2)
    told = said("case", "fact", number, "important_data=false")
    assert told["id"] == number and told["facts"][-1]["name"] == "important_data", told
    hufu("case", "impact", number, "vehicle_safety=not touched", "cause=unknown so far")
    duty = case["duties"][0]["rule"] if case["duties"] else None
    if duty:
        hufu("case", "duty", number, duty, "done", "--note", "by telephone, no. 17")
    case = said("case", "show", number)
    assert [t["state"] for t in case["tasks"] if t["id"] == task["id"]] == ["done"]
    assert case["decisions"][0]["why"] == "no trust in the sender"
    assert duty is None or [d["status"] for d in case["duties"] if d["rule"] == duty] == ["done"]
    assert "# " in hufu("case", "plan", number, "--lang", "zh").stdout


def the_end(number):
    entries = said("case", "timeline", number)
    assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    hufu("case", "close", number, "--why", "all done")
    assert said("case", "show", number)["state"] == "closed"
    refused = hufu("case", "fact", number, "people=1", code=2)
    assert "closed" in refused.stderr and refused.stderr.count("\n") == 1
    assert len(said("case", "timeline", number)) == len(entries) + 1
    made = said("case", "bundle", number, work / "case.tar.zst")
    checked = said("verify", work / "case.tar.zst", "--signer", made["signer"])
    assert checked["holds"] and checked["signer_proved"] and checked["entries"] == len(entries) + 2, checked
    assert said("case", "timeline", number)[-1]["hash"] == checked["head"]


def bad_input(number):
    for words in (("case", "fact", number, "people=many"), ("case", "fact", number, "peeple=1"),
                  ("case", "fact", number, "people"), ("case", "show", "1999-1"),
                  ("case", "fact", number, "people=1", "--basis", "sure")):
        refused = hufu(*words, code=2)
        assert refused.stderr.count("\n") == 1 and refused.stderr.startswith("hufu: "), refused.stderr
    before = said("case", "show", number)["facts"]
    hufu("case", "fact", number, "people=5", "cii=perhaps", code=2)
    assert said("case", "show", number)["facts"] == before, "half of a refused change stayed"


def main():
    server = None
    try:
        if POSTGRES:
            server = Server(work, env)
        counts = company()
        (work / "note.txt").write_text("somebody called\n")
        number, case = the_mail(mail(counts))
        the_listing(case, counts)
        the_prices()
        the_sample(number, case)
        the_team(number)
        replay = the_replay()
        bad_input(replay)
        the_end(number)
        began = time.monotonic()
        said("case", "show", replay)
        print(f"case show took {(time.monotonic() - began) * 1000:.0f} ms")
    finally:
        if server:
            server.stop()
        shutil.rmtree(work, ignore_errors=True)


main()
print("1 passed, 0 failed")
