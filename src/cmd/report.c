/* Prints a verdict: the word first, then what it rests on, then the numbers. */
#include "cmd/report.h"
#include "base/utf8.h"
#include "cmd/console.h"

enum { FACET_ROWS = 12, FEW_RECORDS = 20 };

static void text_cell(FILE *to, const char *text, size_t width)
{
	size_t wide = utf8_width(view_of(text));
	fprintf(to, "%s%*s", text, wide < width ? (int)(width - wide) : 0, "");
}

static const char *word_style(FILE *to, enum verdict_word word)
{
	if (verdict_is_ours(word))
		return console_style(to, STYLE_RED);
	return console_style(to, word == VERDICT_NOT_OURS ? STYLE_GREEN : STYLE_YELLOW);
}

static const char *const meaning[] = { "nearly all of it is ours", "a real share of it is ours", "our cells, mixed up",
	"ours, from a table that is not sealed", "the same people, not a copy of ours", "too little to tell", "no more than chance links to what is sealed",
	"nothing in it could be judged" };

static void columns_print(FILE *to, const struct verdict_dataset *dataset)
{
	size_t width = 8;
	for (size_t i = 0; i < dataset->column_count; i++) {
		size_t wide = utf8_width(view_of(dataset->columns[i].leak));
		width = wide > width && wide < 30 ? wide : width;
	}
	for (size_t i = 0; i < dataset->column_count; i++) {
		const struct verdict_column *column = &dataset->columns[i];
		fprintf(to, "      ");
		text_cell(to, column->leak, width);
		if (!column->column) {
			fprintf(to, "    %snot ours%s\n", console_style(to, STYLE_DIM), console_style(to, STYLE_PLAIN));
			continue;
		}
		fprintf(to, " -> ");
		text_cell(to, column->column, 18);
		fprintf(to, " %5.1f %% agree%s%s\n", column->compared ? 100.0 * (double)column->agreed / (double)column->compared : 0.0,
			column->kind ? "  " : "", column->kind ? column->kind : "");
	}
}

static void window_print(FILE *to, const struct verdict_window *window)
{
	if (!window->known)
		return;
	fprintf(to, "    taken after %s and before %s", window->after ? window->after : "(open)", window->before ? window->before : "(open)");
	if (window->snapshot_count == 1)
		fprintf(to, "; it fits the snapshot of %s", window->snapshots[0]);
	else if (window->snapshot_count)
		fprintf(to, "; it fits %zu snapshots, %s to %s", window->snapshot_count, window->snapshots[0],
			window->snapshots[window->snapshot_count - 1]);
	else
		fprintf(to, "; it fits no sealed day itself");
	fprintf(to, "\n    newest row first seen %s\n", window->newest_row);
}

static void facets_print(FILE *to, const struct verdict_dataset *dataset)
{
	for (size_t i = 0; i < dataset->facet_count; i++) {
		const struct verdict_facet *facet = &dataset->facets[i];
		fprintf(to, "    people by %s:\n", facet->name);
		for (size_t k = 0; k < facet->count && k < FACET_ROWS; k++) {
			fprintf(to, "      ");
			text_cell(to, facet->values[k].value, 18);
			fprintf(to, " %10llu\n", (unsigned long long)facet->values[k].people);
		}
		if (facet->count > FACET_ROWS)
			fprintf(to, "      and %zu more\n", facet->count - FACET_ROWS);
	}
}

static void part_print(FILE *to, const struct verdict_part *part)
{
	fprintf(to, "\n  %s%s%s  %s, %s, %llu records", console_style(to, STYLE_BOLD), part->path, console_style(to, STYLE_PLAIN), part->format,
		part->encoding, (unsigned long long)part->records);
	if (part->malformed)
		fprintf(to, ", %llu malformed", (unsigned long long)part->malformed);
	fprintf(to, ": %s%s%s\n", word_style(to, part->word), part->word == VERDICT_NONE ? "no records" : verdict_word_name(part->word),
		console_style(to, STYLE_PLAIN));
	for (size_t i = 0; i < part->dataset_count; i++) {
		const struct verdict_dataset *dataset = &part->datasets[i];
		fprintf(to, "    from %s%s%s: %llu records link, %llu people\n", console_style(to, STYLE_BOLD), dataset->dataset,
			console_style(to, STYLE_PLAIN), (unsigned long long)dataset->linked, (unsigned long long)dataset->people);
		window_print(to, &dataset->window);
		if (dataset->filter)
			fprintf(to, "    taken by the filter: %s (explains %.0f %%)\n", dataset->filter, 100 * dataset->filter_explains);
		columns_print(to, dataset);
		/* Among few records a breakdown would show which person it was. */
		if (part->records >= FEW_RECORDS)
			facets_print(to, dataset);
	}
}

void report_print(FILE *to, const struct hufu_verdict *verdict)
{
	fprintf(to, "%s: %s%s%s: %s\n", verdict->path, word_style(to, verdict->word),
		verdict->word == VERDICT_NONE ? "not judged" : verdict_word_name(verdict->word), console_style(to, STYLE_PLAIN), meaning[verdict->word]);
	fprintf(to, "  people: %llu", (unsigned long long)verdict->people);
	if (verdict->people_low != verdict->people_high)
		fprintf(to, " (between %llu and %llu)", (unsigned long long)verdict->people_low, (unsigned long long)verdict->people_high);
	fprintf(to, "\n");
	for (size_t i = 0; i < verdict->reason_count; i++)
		fprintf(to, "  - %s\n", verdict->reasons[i]);
	for (size_t i = 0; i < verdict->unread_count; i++)
		fprintf(to, "  %snot read: %s: %s%s\n", console_style(to, STYLE_YELLOW), verdict->unread[i].what, verdict->unread[i].why,
			console_style(to, STYLE_PLAIN));
	for (size_t i = 0; i < verdict->part_count; i++)
		part_print(to, &verdict->parts[i]);
	fprintf(to, "\n  sha256 %s, %llu bytes, judged in %.1f s\n", verdict->sha256, (unsigned long long)verdict->bytes, verdict->elapsed);
}
