/* The rules of peer.c, which are those of t/bench/polymilter.conf. None of them matches the
 * built-in message of polymilterctl bench, so that all rules are evaluated. */
#ifndef BENCH_RULES_H
#define BENCH_RULES_H

#define BENCH_MAX_BYTES	 (25u * 1024 * 1024)
#define BENCH_OLD_DOMAIN "old.example"
#define BENCH_NEW_DOMAIN "new.example"
#define BENCH_FOOTER	 "Example Ltd, registered in England"

static const struct {
	const char *header, *pattern;
} bench_rules[] = {
	{"Subject", "(?i)\\bcheap pills\\b"},
	{"Subject", "(?i)\\b(?:lottery|inheritance|wire transfer)\\b"},
	{"From", "(?i)@(?:[a-z0-9-]+\\.)*spam\\.example>?$"},
	{"To", "(?i)undisclosed[- ]recipients"},
	{"Received", "(?i)from [^ ]+\\.dynamic\\.example"},
	{"Content-Type", "(?i)charset=\"?(?:koi8-r|windows-1251)"},
	{"Message-ID", "^<[0-9]{5}@"},
	{"User-Agent", "(?i)mass[ -]?mail"},
	{"List-Id", "(?i)<[^>]*\\.bulk\\.example>"},
	{"Date", "(?i)\\b19[0-9]{2}\\b"},
};

#define BENCH_RULES (sizeof(bench_rules) / sizeof(bench_rules[0]))

#endif
