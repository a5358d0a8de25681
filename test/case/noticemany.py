"""100,000 people in one case: noticemany.py HUFU [postgres]

They are queued in less than ten seconds, in bounded memory, and a match that keeps them takes little longer."""
import resource
import sys
import time

from people import HEADER, csv, customers, open_case, settings
from stage import Server, Stage

POSTGRES = sys.argv[2:] == ["postgres"]
PEOPLE, SECONDS, MEGABYTES = 100_000, 10, 400
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
        assert seconds < SECONDS, seconds
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        assert peak < MEGABYTES, peak
        print(f"{PEOPLE} queued in {seconds:.1f} s; no command took more than {peak:.0f} MB")
    finally:
        if server:
            server.stop()
        stage.done()


main()
