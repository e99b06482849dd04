/* A snapshot as text for Prometheus and others that read its formats: OpenMetrics 1.0, and the
 * text format 0.0.4. polymilterctl(8) lists the metrics. */
#ifndef STATS_EXPOSITION_H
#define STATS_EXPOSITION_H

#include "stats/snapshot.h"

struct buf;

enum exposition_format { EXPOSITION_PROMETHEUS, EXPOSITION_OPENMETRICS };

/* "application/openmetrics-text; version=1.0.0; charset=utf-8" */
const char *exposition_content_type(enum exposition_format format);
/* Appends all metrics. */
void exposition_write(const struct snapshot *s, enum exposition_format format, struct buf *out);

/* The label of what is counted together, beyond the number that is counted by name. */
#define EXPOSITION_OTHER "(other)"

#endif
