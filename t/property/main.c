/* Property tests: what must hold for every chain of policies and every mail, tried on random
 * ones. `properties` runs all rounds; what it prints on a failure is enough to run that round
 * again, with its configuration and its mail:
 *
 *	t/property/properties -s 4711 -n 1 order
 *
 * -s SEED of the first round; -n ROUNDS of each property; -v prints the configuration and the
 * mail of every round, -k does not stop a property at its first fault. Names: only these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charset/charset.h"
#include "property.h"

#ifdef WITH_SANITIZERS
#	define ROUNDS_PART 4u /* fewer: each takes several times as long */
#else
#	define ROUNDS_PART 1u
#endif

static bool verbose, keep_going;

void
trial_load(struct trial *t)
{
	t->cfg = config_free(t->cfg);
	t->cfg = plan_load(&t->plan);
	if (t->cfg == NULL)
		abort();
}

void
trial_load_text(struct trial *t, const char *text)
{
	t->cfg = config_free(t->cfg);
	t->cfg = plan_load_text(text);
	if (t->cfg == NULL)
		abort();
}

const struct listener_conf *
trial_listener(const struct trial *t, size_t number)
{
	return &t->cfg->listeners[number];
}

void
trial_fail(struct trial *t, const char *what, const struct delivery *a,
	   const struct delivery *b)
{
	buf_printf(&t->why, "-- %s\n", what);
	for (const struct delivery *d = a; d != NULL; d = d == a ? b : NULL) {
		buf_puts(&t->why, d == a ? "-- the chain:\n" : "-- it must be:\n");
		delivery_write(d, &t->why);
		buf_printf(&t->why, "log: %s\n%s", d->log, d->frames);
	}
}

void
trial_expect_same(struct trial *t, const char *what, const struct delivery *a,
		  const struct delivery *b)
{
	struct buf x = {0}, y = {0};

	delivery_write(a, &x);
	delivery_write(b, &y);
	if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0 || a->wrong || b->wrong)
		trial_fail(t, what, a, b);
	buf_free(&x);
	buf_free(&y);
}

static void
print_trial(struct trial *t)
{
	struct buf mail = {0};

	mail_write(&t->mail, &mail);
	printf("%s-- the mail (helo %s, client %s, %s)\n%s\n%s\n", plan_text(&t->plan),
	       t->mail.helo, t->mail.addr, t->mail.auth != NULL ? "logged in" : "not logged in",
	       buf_string(&mail), buf_string(&t->why));
	buf_free(&mail);
}

/* One round. Whether the property held. */
static bool
run_round(const struct property *property, uint64_t seed)
{
	struct trial t = {.r = {seed}, .arena = arena_new()};
	bool held;

	delivery_without_files = false;
	property->check(&t);
	held = t.why.len == 0;
	if (!held)
		printf("FAIL %s with -s %llu: %s\n", property->name, (unsigned long long)seed,
		       property->text);
	if (verbose || (!held && !keep_going))
		print_trial(&t);
	config_free(t.cfg);
	arena_free(t.arena);
	buf_free(&t.why);
	return held;
}

static bool
run_property(const struct property *property, uint64_t seed, unsigned rounds)
{
	unsigned n_failed = 0, n = 0;

	if (rounds == 0)
		rounds = property->rounds / ROUNDS_PART;
	for (; n < rounds && (n_failed == 0 || keep_going); n++)
		n_failed += !run_round(property, seed + n);
	printf("%s %s: %u rounds from -s %llu, %u failed\n", n_failed > 0 ? "FAIL" : "ok  ",
	       property->name, n, (unsigned long long)seed, n_failed);
	return n_failed == 0;
}

static bool
is_chosen(const struct property *property, char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], property->name) == 0)
			return true;
	return n == 0;
}

int
main(int argc, char **argv)
{
	unsigned long long seed = 1;
	unsigned rounds = 0;
	bool ok = true;

	for (int c; (c = getopt(argc, argv, "s:n:vk")) != -1;) {
		if (c == '?')
			return 64;
		if (c == 's')
			seed = strtoull(optarg, NULL, 10);
		if (c == 'n')
			rounds = (unsigned)strtoul(optarg, NULL, 10);
		verbose |= c == 'v';
		keep_going |= c == 'k';
	}
	charset_open_all();
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	for (const struct property *p = properties; p->name != NULL; p++)
		if (is_chosen(p, argv + optind, argc - optind))
			ok &= run_property(p, seed, rounds);
	return ok ? 0 : 1;
}
