-- Which of our customers are in this leak? Asked of PostgreSQL and SQLite, whose tables have indexes on both columns.
SELECT count(*) FROM (
	SELECT customer_no FROM leak JOIN customers ON customers.mobile = replace(replace(leak.mobile, ' ', ''), '+86', '')
	UNION
	SELECT customer_no FROM leak JOIN customers ON customers.resident_id = leak.resident_id) AS found;
