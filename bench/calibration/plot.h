/* Draws what was measured as SVG: plain text, no library. */
#ifndef HUFU_CALIBRATION_PLOT_H
#define HUFU_CALIBRATION_PLOT_H

#include <stddef.h>
#include <stdio.h>

/* Wilson's interval for k of n, 95 %. */
void interval(double k, double n, double *low, double *high);

/* Of links with this mean posterior, so many were right. */
struct plot_bin {
	double posterior, links, right;
	int series; /* index into the names */
};
void plot_posteriors(
        FILE *out, const struct plot_bin *bins, size_t count, const char *const *series, size_t series_count);

/* A kind of leak: the rate of false links measured, and the true one, of so many links. */
struct plot_rate {
	double measured, wrong, links;
	int series; /* index into the names */
};
void plot_rates(FILE *out, const struct plot_rate *rates, size_t count, const char *const *series, size_t series_count);

#endif
