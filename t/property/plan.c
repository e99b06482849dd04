/* Random configurations as text: conditions, policies and listeners; what stands in a policy is
 * written by plan_bodies.c. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "plan_bodies.h"
#include "plan_words.h"
#include "util/buf.h"

static const char *const modes[] = {"enforce", "enforce", "enforce", "enforce",
				    "enforce", "enforce", "monitor", "off"};
static const char *const on_errors[] = {"tempfail", "reject",	  "accept",    "continue",
					"continue", "quarantine", "quarantine"};
static void
put_condition_line(struct buf *b, struct random *r)
{
	switch (random_below(r, 16)) {
	case 0:
		buf_printf(b, "sender_domain = { %s }", RANDOM_OF(r, domain_lists));
		break;
	case 1:
		buf_printf(b, "authenticated = %s", random_chance(r, 50) ? "yes" : "no");
		break;
	case 2:
		buf_puts(b, "client = { \"192.0.2.0/24\" }");
		break;
	case 3:
		buf_printf(b, "helo = { %s }", random_chance(r, 50) ? SLOW : "'client'");
		break;
	case 4:
		buf_printf(b, "header \"%s\" { match = { %s } }", RANDOM_OF(r, names),
			   RANDOM_OF(r, patterns));
		break;
	case 5:
		buf_puts(b, "size_over = \"4K\"");
		break;
	case 6:
		buf_printf(b, "header \"%s\" { present = %s }", RANDOM_OF(r, names),
			   random_chance(r, 50) ? "yes" : "no");
		break;
	case 7:
		buf_puts(b, "recipient = { \"u1@a.test\", \"u2@b.test\" }");
		break;
	case 8:
		buf_printf(b, "%ssender_match = { %s }", random_chance(r, 30) ? "not_" : "",
			   random_chance(r, 20) ? SLOW : "'^$|@a.test$'");
		break;
	case 9:
		buf_printf(b, "%srecipient_match = { '^u[12]@', '@gone' }",
			   random_chance(r, 30) ? "not_" : "");
		break;
	case 10: /* in a dialogue it is Thursday, 1970-01-01 */
		buf_printf(b, "time = { \"%s\" }",
			   random_chance(r, 50) ? "Thu 01:00-02:00" : "Fri-Wed");
		break;
	case 11:
		buf_puts(b, "url_domain = { \".link.test\", \"link.test\" }");
		break;
	case 12:
		buf_puts(b, "header_from_domain = { \"a.test\" }");
		break;
	default:
		buf_printf(b, "%srecipient_domain = { %s } recipient_scope = %s",
			   random_chance(r, 30) ? "not_" : "", RANDOM_OF(r, domain_lists),
			   random_chance(r, 60) ? "any" : "all");
	}
}

static const char *
make_conditions(struct arena *arena, struct random *r)
{
	struct buf b = {0};

	for (unsigned i = 0; i < 3; i++) {
		buf_printf(&b, "condition \"c%u\" { ", i);
		put_condition_line(&b, r);
		buf_puts(&b, " }\n");
	}
	return buf_move_to_arena(&b, arena);
}

static void
put_conditions(struct buf *b, struct random *r)
{
	if (random_chance(r, 35))
		buf_printf(b, "  when = { \"c%zu\" }\n", random_below(r, 3));
	if (random_chance(r, 15))
		buf_printf(b, "  unless = { \"c%zu\" }\n", random_below(r, 3));
}

static void
make_policy(struct plan *p, struct plan_policy *policy, struct random *r, size_t number,
	    const struct plan_wish *wish)
{
	static const char *const kinds[] = {"header",	 "header",     "size",	    "size",
					    "recipient", "recipient",  "recipient", "footer",
					    "footer",	 "attachment", "access",    "access",
					    "content",	 "content",    "content",   "identity"};
	struct buf b = {0};

	*policy = (struct plan_policy){
		.kind = RANDOM_OF(r, kinds),
		.title = arena_printf(p->arena, "p%zu", number),
		.mode = wish->no_monitors ? "enforce" : RANDOM_OF(r, modes),
		.on_error = RANDOM_OF(r, on_errors),
	};
	put_conditions(&b, r);
	policy->may_end = plan_put_body(&b, r, policy->kind, wish);
	policy->body = buf_move_to_arena(&b, p->arena);
}

void
plan_start(struct plan *p, struct arena *arena)
{
	*p = (struct plan){.arena = arena, .limits = "", .regex_time = "1h", .conditions = ""};
}

void
plan_random(struct plan *p, struct arena *arena, struct random *r, const struct plan_wish *wish)
{
	plan_start(p, arena);
	p->conditions = make_conditions(arena, r);
	p->n = 1 + random_below(r, 5);
	for (size_t i = 0; i < p->n; i++)
		make_policy(p, &p->policies[i], r, i, wish);
}

/* Makes room at that place. */
static struct plan_policy *
open_place(struct plan *p, size_t at)
{
	memmove(&p->policies[at + 1], &p->policies[at], (p->n - at) * sizeof(p->policies[0]));
	p->n++;
	return &p->policies[at];
}

size_t
plan_add_policy(struct plan *p, struct random *r, const struct plan_wish *wish)
{
	size_t at = random_below(r, p->n + 1), number = p->n;

	make_policy(p, open_place(p, at), r, number, wish);
	return at;
}

struct plan_policy *
plan_insert_policy(struct plan *p, size_t at, const char *kind, const char *body)
{
	const char *title = arena_printf(p->arena, "p%zu", p->n);
	struct plan_policy *policy = open_place(p, at);

	*policy = (struct plan_policy){
		.kind = kind,
		.title = title,
		.body = body,
		.mode = "enforce",
		.on_error = "tempfail",
		.may_end = strstr(body, "\"accept\"") != NULL,
	};
	return policy;
}

struct plan_listener *
plan_add_listener(struct plan *p)
{
	struct plan_listener *l = &p->listeners[p->n_listeners++];

	*l = (struct plan_listener){0};
	return l;
}

void
plan_append_member(struct plan_listener *l, size_t policy)
{
	l->members[l->n++] = (unsigned)policy;
}

struct plan_listener *
plan_add_full_listener(struct plan *p)
{
	struct plan_listener *l = plan_add_listener(p);

	for (size_t i = 0; i < p->n; i++)
		plan_append_member(l, i);
	return l;
}

static void
put_listener(struct buf *b, const struct plan *p, size_t number)
{
	const struct plan_listener *l = &p->listeners[number];

	buf_printf(b, "listener \"l%zu\" { socket = \"unix:/l%zu\" chain = {", number, number);
	for (size_t i = 0; i < l->n; i++)
		buf_printf(b, "%s \"%s\"", i > 0 ? "," : "", p->policies[l->members[i]].title);
	buf_printf(b, " }%s }\n", l->override ? " mode_override = \"monitor\"" : "");
}

const char *
plan_text(const struct plan *p)
{
	struct buf b = {0};

	buf_printf(&b, "limits { regex_steps = 1000 regex_time = \"%s\" %s }\n", p->regex_time,
		   p->limits);
	buf_puts(
		&b,
		"table \"people\" { values = { \"u1@b.test one@old.test,two@a.test\", "
		"\"u2@a.test u1@b.test\" } }\n"
		"table \"copies\" { values = { \"u1@a.test log@b.test\", \"@b.test log@b.test, "
		"u2@a.test\", \"@many.test x@%{sender_domain}\", \"<> log@a.test\", "
		"\"ann u1@b.test\" } }\n"
		"table \"newfroms\" { values = { \"@a.test <>\", \"<> ann@a.test\", "
		"\"@b.test @a.test\" } }\n"
		"table \"logins\" { values = { \"ann@a.test ann\", \"@b.test bob, eve\" } }\n"
		"table \"bosses\" { values = { \"Ann Boss  ann@a.test\" } }\n");
	buf_puts(&b,
		 "table \"doors\" { actions = yes values = { \"u1@a.test REJECT no\", "
		 "\"old.test REDIRECT u9@b.test\", \"u2@ BCC log@b.test\", "
		 "\"gone.test PREPEND X-New: %{sender_domain}\" } }\n"
		 "table \"froms\" { actions = yes values = { \"b.test 450 4.7.1 later\", "
		 "\"<> DUNNO\", \"ann@a.test HOLD x\", \"client.test PREPEND X-New: yes\" } "
		 "}\n");
	buf_puts(&b, p->conditions);
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_policy *policy = &p->policies[i];

		buf_printf(&b, "%s \"%s\" {\n  mode = \"%s\"\n  on_error = \"%s\"\n%s}\n",
			   policy->kind, policy->title, policy->mode, policy->on_error,
			   policy->body);
	}
	for (size_t i = 0; i < p->n_listeners; i++)
		put_listener(&b, p, i);
	return buf_move_to_arena(&b, p->arena);
}

static void
report_mistake(void *ctx, enum config_severity severity, const char *file, unsigned line,
	       const char *text)
{
	(void)ctx;
	if (severity == CONFIG_ERROR)
		fprintf(stderr, "%s:%u: %s\n", file, line, text);
}

struct config *
plan_load_text(const char *text)
{
	struct config *cfg = NULL;

	if (config_load_text("plan", text, report_mistake, NULL, &cfg) == 0)
		return cfg;
	fputs(text, stderr);
	return NULL;
}

struct config *
plan_load(const struct plan *p)
{
	return plan_load_text(plan_text(p));
}
