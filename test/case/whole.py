"""The whole incident in one command, as ./dev demo incident runs it: whole.py HUFU CARMAKER [postgres]

From the mail to a filed first report, a supplement, notices to more than 5,000 people at Debian's Postfix, three claims
and the yearly report; and what of it lies in the boxes, the papers and the casebook afterwards."""
import csv
import os
import pathlib
import subprocess
import sys
import zipfile
from collections import Counter

from post import parsed
from postfix import Postfix
from stage import Server, Stage

POSTGRES = sys.argv[3:] == ["postgres"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
CUSTOMERS, LEAST = 12000, 5000
stage = Stage(sys.argv[1], "whole")


def boxes(out):
    mails = [parsed(path.read_bytes()) for path in (out / "post/boxes/people/new").iterdir()]
    return ([mail for mail in mails if "code" not in str(mail["Subject"])], [mail for mail in mails if "code" in str(mail["Subject"])])


def main():
    if not Postfix.possible():
        return 77
    server = None
    out = stage.work / "demo"
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        env = dict(stage.env, DEMO_OUT=str(out), DEMO_BUILD=str(pathlib.Path(sys.argv[1]).resolve().parent))
        done = subprocess.run([ROOT / "tools/demo-incident", str(CUSTOMERS)], env=env, capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
        stage.env.update(HUFU_STORE=str(out / "store"), HUFU_KEY_FILE=str(out / "key/root"))
        case = next(c["id"] for c in stage.said("case", "list") if not c["drill"])
        filings = {f["kind"]: f for f in stage.said("case", "filing", case)}
        assert [(v["version"], v["complete"]) for v in filings["first-report"]["versions"]] == [(1, False)]
        assert [(v["version"], v["complete"], len(v["changes"]) > 3) for v in filings["supplement"]["versions"]] == [(1, True, True)]
        counts = stage.said("case", "notice", case)["versions"][0]["counts"]
        assert counts["accepted"] >= LEAST and set(counts) <= {"accepted", "no_contact", "lost"}, counts
        notices, codes = boxes(out)
        assert len(notices) == counts["accepted"] and len(codes) == 3, (len(notices), len(codes), counts)
        assert len({mail["Message-ID"] for mail in notices}) == len(notices)
        with open(out / "snapshots/owners/2023-10-31.csv", encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table))
        told, known = Counter(mail["To"] for mail in notices), Counter(row["email"] for row in rows)
        assert all(count <= known[to] for to, count in told.items()), "nobody twice"
        claims = stage.said("case", "claim", case)
        assert [claim["state"] for claim in claims] == ["accepted", "paid", "rejected"] and all(c["proved"] for c in claims)
        for name, part in (("first-report.docx", "word/document.xml"), ("year.docx", "word/document.xml"), ("claims.xlsx", "xl/workbook.xml")):
            with zipfile.ZipFile(out / name) as package:
                assert package.testzip() is None and part in package.namelist()
        assert case in (out / "year.csv").read_text(encoding="utf-8-sig")
        print(f"{counts['accepted']} told, {len(claims)} claims")
    finally:
        subprocess.run([ROOT / "tools/demo-post", "stop", out / "post"], capture_output=True)
        if server:
            server.stop()
        stage.done()


sys.exit(main())
