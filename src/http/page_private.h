/* What the files of the page share. */
#ifndef HTTP_PAGE_PRIVATE_H
#define HTTP_PAGE_PRIVATE_H

#include "http/page.h"

/* page_style.c: the style sheet, for narrow and wide windows, light and dark. */
extern const char page_style[];

/* page_chart.c: sections with a heading, a drawing (SVG) and its labels. */
void page_put_verdict_chart(const struct snapshot *s, struct buf *b);
void page_put_time_chart(const struct snapshot *s, struct buf *b);

/* page_table.c */
void page_put_verdict_table(const struct snapshot *s, struct buf *b);
void page_put_policy_table(const struct snapshot *s, struct buf *b);
void page_put_rule_table(const struct snapshot *s, struct buf *b);
void page_put_listener_table(const struct snapshot *s, struct buf *b);
void page_put_worker_table(const struct snapshot *s, struct buf *b);
void page_put_text(struct buf *b, const char *text); /* with & < > " ' as references */

#endif
