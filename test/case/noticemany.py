"""100,000 people in one case: noticemany.py HUFU [postgres]

They are queued at once and in bounded memory; how long that takes is told, and held by no test."""
import resource
import sys
import time

from people import HEADER, csv, customers, open_case, settings
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
PEOPLE, MEGABYTES = 100_000, 400
stage = Stage(sys.argv[1], "noticemany")


def main():
    server = None
    settings(stage)
    try:
        if POSTGRES:
            server = Server(stage.work, stage.env)
        stage.hufu("init")
        rows = customers(PEOPLE)
        stage.hufu("seal", "customers", stage.write("customers.csv", csv(rows)), "--as-of", "2022-10-31", "--person", "customer_id")
        case = open_case(stage, stage.write("leak.csv", csv([row[:3] for row in rows], HEADER[:3])))
        began = time.monotonic()
        assert stage.said("case", "notice", case, "write")["versions"][0]["counts"] == {"planned": PEOPLE}
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        sanitized = b"__asan_init" in open(stage.program, "rb").read()  # which takes memory of its own
        assert peak < MEGABYTES or sanitized, peak
        print(f"{PEOPLE} queued in {seconds:.1f} s; no command took more than {peak:.0f} MB")
    finally:
        if server:
            server.stop()
        stage.done()


main()
