"""Which of our customers are in this leak? Asked of DuckDB: ask-duckdb.py DIR load|loaded|files THREADS

`load` puts the table into DIR/duckdb.db; `loaded` asks that, `files` the two CSV files. Prints seconds, without what Python
and DuckDB need to start, and how many customers there are."""
import sys
import time

import duckdb

work, what, threads = sys.argv[1:]
table = f"read_csv('{work}/day1.csv', header = true, all_varchar = true)"
database = duckdb.connect(":memory:" if what == "files" else f"{work}/duckdb.db", read_only=what == "loaded")
database.execute(f"SET threads = {int(threads)}")
began = time.perf_counter()
if what == "load":
    database.execute(f"CREATE TABLE customers AS SELECT * FROM {table}")
    database.execute("CHECKPOINT")
    database.close()
else:
    ours = table if what == "files" else "customers"
    count = database.execute(f"""
        WITH leak AS (SELECT replace(replace("手机", ' ', ''), '+86', '') AS mobile, "身份证" AS id
                      FROM read_csv('{work}/leak.csv', header = true, all_varchar = true))
        SELECT count(*) FROM {ours}
        WHERE mobile IN (SELECT mobile FROM leak) OR resident_id IN (SELECT id FROM leak)""").fetchone()[0]
    print(f"{time.perf_counter() - began:.4f} {count}")
