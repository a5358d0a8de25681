# Prints the figures of bench/run as a table.
{ f[$1] = $2 }

function line(name, part, amount, unit, against, peak)
{
	printf "  %-34s %7.2f s %8.2f s  %9.2f %-11s %7.0f MB", name, f[part "_s"], f[part "_cpu_s"], amount / f[part "_s"], unit, f[part "_peak_kb"] / 1024
	if (against != "")
		printf "   %5.2f x CPU, %4.1f x memory", f[part "_cpu_s"] / f[against "_cpu_s"], f[part "_peak_kb"] / f[against "_peak_kb"]
	printf "\n"
}

END {
	table = f["table_bytes"] / 1e6
	leak = f["leak_bytes"] / 1e6
	rows = f["rows"]
	printf "%d rows x 10 columns (%.0f MB), leak of %d records x 6 columns (%.0f MB); medians of %d rounds\n\n", rows, table,
		f["leak_records"], leak, f["rounds"]
	printf "  %-34s %9s %10s  %21s %10s   %s\n", "", "elapsed", "CPU", "", "peak", "against naive"
	line("sum over the mapped table", "sum", table / 1e3, "GB/s")
	line("naive: two columns hashed, sorted", "naive_seal", rows / 1e6, "M rows/s")
	line("hufu seal, first snapshot", "seal", rows / 1e6, "M rows/s", "naive_seal")
	line("hufu seal, next, 2.5 % changed", "next", rows / 1e6, "M rows/s", "naive_seal")
	line("naive: look the leak up", "naive_match", leak, "MB/s")
	line("hufu match", "match", leak, "MB/s", "naive_match")
	printf "  %-34s %20s  %9.2f M records/s\n\n", "", "", f["leak_records"] / 1e6 / f["match_s"]
	printf "  seal: %.1f bytes a row (the table: %.1f) = rows %.1f + look-up %.1f + facet %.1f + tags %.1f\n", f["seal_bytes"] / rows,
		f["table_bytes"] / rows, f["section_rows"] / rows, f["section_lookup"] / rows, f["section_facets"] / rows,
		f["section_tags"] / rows
	printf "  next snapshot: %.2f bytes a row more, %.0f bytes a changed row\n", (f["seal_bytes_next"] - f["seal_bytes"]) / rows,
		(f["seal_bytes_next"] - f["seal_bytes"]) / (rows * 0.025)
	printf "  right answers: %d of %d true records link\n", f["leak_linked"], f["leak_genuine"]
}
