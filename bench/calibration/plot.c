/* Two pictures: shares of right links by posterior, and rates of false links measured against true. Axes are
 * logarithmic in what is wrong, for there the interest lies; dark lines on white, readable in grey. */
#include "plot.h"

#include <math.h>

enum { WIDTH = 640, HEIGHT = 480, LEFT = 96, RIGHT = 24, TOP = 44, BOTTOM = 62 };

/* A square of decades: 10^-`from` (left, bottom) to 10^0; 0 is drawn on the edge. */
struct frame {
	double decades;
};

void interval(double k, double n, double *low, double *high)
{
	const double z = 1.96;
	if (n <= 0) {
		*low = 0;
		*high = 1;
		return;
	}
	double p = k / n, middle = (p + z * z / (2 * n)) / (1 + z * z / n),
	       half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	*low = fmax(0, middle - half);
	*high = fmin(1, middle + half);
}

static double share_of(const struct frame *frame, double rate)
{
	return rate <= 0 ? 0 : fmax(0, 1 + log10(rate) / frame->decades);
}

static double x_of(const struct frame *frame, double rate)
{
	return LEFT + share_of(frame, rate) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct frame *frame, double rate)
{
	return HEIGHT - BOTTOM - share_of(frame, rate) * (HEIGHT - TOP - BOTTOM);
}

static void begin(FILE *out, const struct frame *frame, const char *title, const char *across, const char *up)
{
	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	        "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n"
	        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	        "<text x=\"%d\" y=\"24\" font-size=\"15\" font-weight=\"bold\">%s</text>\n",
	        WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, title);
	for (int decade = (int)-frame->decades; decade <= 0; decade++) {
		double rate = pow(10, decade), x = x_of(frame, rate), y = y_of(frame, rate);
		/* What is smaller than the frame lies on its edge. */
		const char *less = decade == (int)-frame->decades ? "&#8804; " : "";
		fprintf(out, "<path d=\"M%.1f %d V%d M%d %.1f H%d\" stroke=\"#ddd\" fill=\"none\"/>\n", x, TOP,
		        HEIGHT - BOTTOM, LEFT, y, WIDTH - RIGHT);
		fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%g %%</text>\n", x, HEIGHT - BOTTOM + 18,
		        decade ? "middle" : "end", 100 * rate);
		fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s%g %%</text>\n", LEFT - 8, y + 4, less,
		        100 * rate);
	}
	fprintf(out, "<path d=\"M%d %d L%d %d\" stroke=\"#888\" stroke-dasharray=\"5 4\" fill=\"none\"/>\n", LEFT,
	        HEIGHT - BOTTOM, WIDTH - RIGHT, TOP);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", (LEFT + WIDTH - RIGHT) / 2,
	        HEIGHT - 16, across);
	fprintf(out, "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
	        (TOP + HEIGHT - BOTTOM) / 2, up);
}

/* A mark of its own for each series, told apart without colour. */
static void mark(FILE *out, double x, double y, int series)
{
	static const char *const colours[] = { "#14508c", "#b3541e", "#2d7d46", "#7b3fa0", "#a8181f", "#555555" };
	const char *colour = colours[series % 6];
	switch (series % 3) {
	case 0:
		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\" fill-opacity=\".8\"/>\n", x, y,
		        colour);
		break;
	case 1:
		fprintf(out, "<path d=\"M%.1f %.1f l5 9 h-10 z\" fill=\"%s\" fill-opacity=\".8\"/>\n", x, y - 5,
		        colour);
		break;
	default:
		fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\" fill=\"%s\" fill-opacity=\".8\"/>\n",
		        x - 4, y - 4, colour);
	}
}

static void legend(FILE *out, int x, const char *const *series, size_t count)
{
	for (size_t s = 0; s < count; s++) {
		double y = HEIGHT - BOTTOM - 18 * (double)(count - s);
		mark(out, x, y, (int)s);
		fprintf(out, "<text x=\"%d\" y=\"%.1f\">%s</text>\n", x + 12, y + 4, series[s]);
	}
}

void plot_posteriors(
        FILE *out, const struct plot_bin *bins, size_t count, const char *const *series, size_t series_count)
{
	const struct frame frame = { .decades = 6 };
	begin(out, &frame, "Of records with such a posterior, how many are not ours",
	        "doubt stated: 1 - posterior, mean of the bin", "not ours, bars: 95 %");
	for (size_t i = 0; i < count; i++) {
		double low, high, wrong = bins[i].links - bins[i].right, x = x_of(&frame, 1 - bins[i].posterior);
		if (bins[i].links <= 0)
			continue;
		interval(wrong, bins[i].links, &low, &high);
		fprintf(out, "<path d=\"M%.1f %.1f V%.1f\" stroke=\"#999\"/>\n", x, y_of(&frame, low),
		        y_of(&frame, high));
		mark(out, x, y_of(&frame, wrong / bins[i].links), bins[i].series);
		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" text-anchor=\"end\">%.0f</text>\n", x - 8,
		        y_of(&frame, wrong / bins[i].links) - 6, bins[i].links);
	}
	legend(out, 300, series, series_count);
	fputs("</svg>\n", out);
}

void plot_rates(FILE *out, const struct plot_rate *rates, size_t count, const char *const *series, size_t series_count)
{
	const struct frame frame = { .decades = 5 };
	begin(out, &frame, "False links: measured by each verdict, and true", "fdr as printed",
	        "links that were wrong");
	for (size_t i = 0; i < count; i++) {
		double low, high, x = x_of(&frame, rates[i].measured);
		interval(rates[i].wrong, rates[i].links, &low, &high);
		fprintf(out, "<path d=\"M%.1f %.1f V%.1f\" stroke=\"#999\"/>\n", x, y_of(&frame, low),
		        y_of(&frame, high));
		mark(out, x, y_of(&frame, rates[i].wrong / rates[i].links), rates[i].series);
	}
	legend(out, 500, series, series_count);
	fputs("</svg>\n", out);
}
