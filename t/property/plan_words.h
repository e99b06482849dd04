/* The words of random configurations: those that random mails have (random_mail.c). */
#ifndef PROPERTY_PLAN_WORDS_H
#define PROPERTY_PLAN_WORDS_H

#define SLOW "'^(x+x+)+[yz]'" /* takes too many steps on a run of x: the policy fails */

static const char *const domain_lists[] = {"\"a.test\"", "\"b.test\"",
					   "\"old.test\", \"b.test\"",
					   "\".b.test\", \"gone.test\"", "\"many.test\""};
static const char *const patterns[] = {
	"'spam'",   "'(?i)hello'", "'^\\[EXT\\]'",	     "'x(\\d)'",
	"'yes|no'", SLOW,	   "'(hold|drop|pass) this'"};
static const char *const names[] = {"Subject", "X-A", "X-B", "Received", "From", "X-New"};
#endif
