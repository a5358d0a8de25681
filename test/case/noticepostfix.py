"""Notices to 5,000 people at Debian's Postfix: noticepostfix.py HUFU

Each has exactly one in his mailbox, but whom the server does not know (refused) and whose mail it gives back later
(bounced, read from what it sends to us)."""
import sys
import time
from collections import Counter

from people import HEADER, csv, customers, open_case, settings
from post import Mail, parsed
from postfix import Postfix
from stage import Stage

PEOPLE, UNKNOWN, GONE = 5000, 10, 20
stage = Stage(sys.argv[1], "noticepostfix")


def counts(case):
    return stage.said("case", "notice", case)["versions"][0]["counts"]


def main():
    if not Postfix.possible():
        return 77
    server = Postfix(stage.work / "postfix", virtual_mailbox_domains="mail.example, carmaker.example",
                     virtual_mailbox_maps="regexp:{work}/users", transport_maps="texthash:{work}/ways",
                     relay_domains="gone.example")
    (server.work / "users").write_text("/^p[0-9.]+@mail.example$/ people/\n/^privacy@carmaker.example$/ privacy/\n")
    away = Mail()  # where Postfix takes mails on to, and is refused
    away.how = "refuse"
    (server.work / "ways").write_text(f"gone.example smtp:[127.0.0.1]:{away.port}\n")
    rows = customers(PEOPLE)
    for row in rows[:UNKNOWN]:
        row[3] = "nobody." + row[3]
    for row in rows[UNKNOWN:UNKNOWN + GONE]:
        row[3] = row[3].replace("mail.example", "gone.example")
    try:
        server.start()
        settings(stage, HUFU_MAIL_SERVER=f"smtp://127.0.0.1:{server.port}", HUFU_MAIL_FROM="privacy@carmaker.example")
        stage.hufu("init")
        table = stage.write("customers.csv", csv(rows))
        stage.hufu("seal", "customers", table, "--as-of", "2022-10-31", "--person", "customer_id")
        case = open_case(stage, stage.write("leak.csv", csv([row[:3] for row in rows], HEADER[:3])))
        stage.hufu("case", "notice", case, "write")
        stage.hufu("case", "notice", case, "release", "--released-by", "王法务")
        began = time.monotonic()
        said = stage.said("case", "notice", case, "send", "--from", f"customers={table}")
        seconds = time.monotonic() - began
        assert (said["sent"], said["refused"], said["doubt"], said["later"]) == (PEOPLE - UNKNOWN, UNKNOWN, 0, 0), said
        mails = [parsed(path.read_bytes()) for path in server.box("people", PEOPLE - UNKNOWN - GONE, 60)]
        assert Counter(m["To"] for m in mails) == Counter(row[3] for row in rows[UNKNOWN + GONE:])
        assert len({m["Message-ID"] for m in mails}) == len(mails)
        assert all("手机号、姓名、其他记录" in m.get_content() for m in mails)
        returned = server.box("privacy", GONE, 30)
        said = stage.said("case", "notice", case, "bounces", *returned)
        assert (said["bounced"], said["unknown"], said["unread"]) == (GONE, 0, []), said
        assert counts(case) == {"accepted": PEOPLE - UNKNOWN - GONE, "refused": UNKNOWN, "bounced": GONE}
        entries = stage.said("case", "notice", case)["open"]
        assert {(e["state"], e["status"]) for e in entries} == {("refused", "5.1.1"), ("bounced", "5.1.1")}
        print(f"{PEOPLE} people in {seconds:.1f} s: {PEOPLE / seconds:.0f} a second")
    finally:
        server.stop()
        stage.done()


sys.exit(main())
