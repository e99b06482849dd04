/* A snapshot of the daemon for people and for programs. */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include <stdbool.h>
#include <stdio.h>

#include "stats/snapshot.h"

struct buf;

/* Whether nothing is to be told first: health, the last reload. */
bool status_is_well(const struct snapshot *s);
/* Appends the screen, 80 columns wide; with_rules: with those of each policy. */
void status_write_text(const struct snapshot *s, bool with_rules, struct buf *b);
/* Writes one JSON object, which polymilterctl(8) describes. */
void status_write_json(const struct snapshot *s, FILE *f);

#endif
