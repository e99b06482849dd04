/* Random configurations as text. The words are those that random mails have (random_mail.c). */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "util/buf.h"

#define SLOW "'^(x+x+)+[yz]'" /* takes too many steps on a run of x: the policy fails */

static const char *const modes[] = {"enforce", "enforce", "enforce", "enforce",
				    "enforce", "enforce", "monitor", "off"};
static const char *const on_errors[] = {"tempfail", "reject",	  "accept",    "continue",
					"continue", "quarantine", "quarantine"};
static const char *const domain_lists[] = {"\"a.test\"", "\"b.test\"",
					   "\"old.test\", \"b.test\"",
					   "\".b.test\", \"gone.test\"", "\"many.test\""};
static const char *const patterns[] = {
	"'spam'",   "'(?i)hello'", "'^\\[EXT\\]'",	     "'x(\\d)'",
	"'yes|no'", SLOW,	   "'(hold|drop|pass) this'"};
static const char *const names[] = {"Subject", "X-A", "X-B", "Received", "From", "X-New"};
static const char *const values[] = {"\"yes\"", "\"[EXT] \"",
				     "\"gr\xc3\xbc\xc3\x9f"
				     "e %{sender}\"",
				     "\"%{policy}\"", "\"x1\""};

static void
put_condition_line(struct buf *b, struct random *r)
{
	switch (random_below(r, 14)) {
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

/* when, unless and mode of a rule, map or limit. */
static void
put_rule_options(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	if (random_chance(r, 15) && !wish->no_monitors)
		buf_puts(b, PLAN_RULE_MONITORS);
	else if (random_chance(r, 5))
		buf_puts(b, " mode = \"off\"");
	if (random_chance(r, 20))
		buf_printf(b, " when = { \"c%zu\" }", random_below(r, 3));
	if (random_chance(r, 10))
		buf_printf(b, " unless = { \"c%zu\" }", random_below(r, 3));
}

static bool
put_header_action(struct buf *b, struct random *r, bool no_ends)
{
	static const char *const actions[] = {
		"add",	  "insert",   "set",	    "prefix", "suffix", "remove",  "replace",
		"reject", "tempfail", "quarantine", "log",    "accept", "discard", "add"};
	const char *action = RANDOM_OF(r, actions);
	bool ends = strcmp(action, "accept") == 0 || strcmp(action, "discard") == 0;
	bool writes = strchr("aisp", action[0]) != NULL && !ends;

	if (ends && no_ends)
		action = "log";
	buf_printf(b, " action = \"%s\"", action);
	if (writes || strcmp(action, "replace") == 0)
		buf_printf(b, " value = %s", RANDOM_OF(r, values));
	if (strcmp(action, "insert") == 0 && random_chance(r, 50))
		buf_puts(b, " position = 0");
	if (strcmp(action, "reject") == 0)
		buf_puts(b, " reply = \"550 5.7.1 %{policy} %{rule}\"");
	return ends && !no_ends;
}

static bool
put_header_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	size_t n = 1 + random_below(r, 3);
	bool ends = false;

	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "  rule \"r%zu\" {", i);
		put_rule_options(b, r, wish);
		buf_printf(b, " name = \"%s\" match = { %s }", RANDOM_OF(r, names),
			   RANDOM_OF(r, patterns));
		ends |= put_header_action(b, r, wish->no_ends);
		buf_puts(b, " }\n");
	}
	if (random_chance(r, 50))
		buf_printf(b, "  rule \"add\" { name = \"%s\" action = \"%s\" value = %s }\n",
			   random_chance(r, 50) ? "X-New" : "Subject",
			   random_chance(r, 50) ? "add" : "prefix", RANDOM_OF(r, values));
	return ends;
}

static void
put_size_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const limits[] = {
		"headers = 7",	      "received = 1", "parts = 1", "attachments = 0",
		"attachment = \"4\"", "depth = 0",    "line = 30", "header_line = 60"};

	if (random_chance(r, 60))
		buf_puts(b, "  message = \"4K\"\n");
	if (random_chance(r, 30))
		buf_printf(b, "  %s\n", RANDOM_OF(r, limits));
	if (random_chance(r, 20) && !wish->any_order && !wish->no_counts)
		buf_printf(b, "  recipients = %zu\n", 1 + random_below(r, 3));
	if (random_chance(r, 30))
		buf_puts(b, "  declared = no\n");
	if (wish->any_order || random_chance(r, 50))
		buf_puts(b, "  split = \"strictest\"\n");
	if (random_chance(r, 50)) {
		buf_puts(b, "  limit \"l\" {");
		put_rule_options(b, r, wish);
		buf_printf(b, " recipient_domain = { %s } message = \"%s\" }\n",
			   RANDOM_OF(r, domain_lists), random_chance(r, 50) ? "5K" : "none");
	}
	if (random_chance(r, 15))
		buf_printf(b, "  limit \"m\" { recipient_domain = { %s } attachments = 0 }\n",
			   RANDOM_OF(r, domain_lists));
}

static void
put_map(struct buf *b, struct random *r, size_t i, const struct plan_wish *wish)
{
	static const char *const maps[] = {
		"domain = { \"old.test\" } to = { \"@b.test\" }",
		"domain = { \"gone.test\" } to = {}",
		"domain = { \"gone.test\", \"many.test\" } to = {}",
		"domain = { \"many.test\" } to = { \"@a.test\", \"u9@b.test\", \"@gone.test\" }",
		"domain = { \"a.test\" } to = { \"@old.test\" }",
		"match = '^u1@(.*)$' to = { \"u8@$1\" }",
		"match = '^u2@(.*)$' to = {}",
		"match = " SLOW " to = { \"slow@a.test\" }",
		/* fails, for one address only: the failure's text names it */
		"match = '^u3(.*)@a.test$' to = { \"$1@b.test\" }",
		"table = \"people\"",
		"domain = { \"gone.test\" } action = \"reject\"",
		/* Of two refusals of a whole message the first recipient's is sent. */
		"table = \"people\" action = \"tempfail\" reply = \"450 4.2.1 at %{value}\"",
		"match = '^u3@' action = \"reject\" reply = \"550 5.1.6 %{policy} %{rule}\"",
	};

	size_t n = sizeof(maps) / sizeof(maps[0]) - (wish->any_order ? 2 : 0);

	buf_printf(b, "  map \"m%zu\" {", i);
	put_rule_options(b, r, wish);
	buf_printf(b, " %s }\n", maps[random_below(r, n)]);
}

static void
put_bcc_map(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const copies[] = {
		"table = \"copies\" lookup = \"recipient\"",
		"table = \"copies\" lookup = \"sender\"",
		"table = \"copies\" lookup = \"auth_user\"",
		"to = { \"log@b.test\", \"x-%{sender_domain}@b.test\" }",
		"to = { \"u1@a.test\" } recipient_domain = { \"b.test\", \"many.test\" }",
		"to = { \"big@a.test\" } size_over = \"4K\"",
		/* fails, for most logins */
		"to = { \"%{auth_user}@b.test\" } authenticated = yes",
		"to = { \"out@a.test\" } sender_match = { '@a' } envelope_headers = yes",
	};
	size_t n = sizeof(copies) / sizeof(copies[0]) - wish->any_order; /* their order in it */

	buf_puts(b, "  bcc_map \"c\" {");
	put_rule_options(b, r, wish);
	buf_printf(b, " %s }\n", copies[random_below(r, n)]);
}

static void
put_recipient_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const senders[] = {
		"match = " SLOW " to = { \"new@b.test\" }",
		"match = '@(a|old).test$' to = { \"new@b.test\" }",
		"domain = { \"a.test\", \"b.test\" } to = { \"@old.test\" }",
		"table = \"newfroms\"",
	};
	size_t n = random_below(r, 4);

	for (size_t i = 0; i < n; i++)
		put_map(b, r, i, wish);
	if (random_chance(r, 40))
		put_bcc_map(b, r, wish);
	if (n == 0 || random_chance(r, 25))
		buf_puts(b, "  bcc = { \"log@b.test\" }\n");
	if (random_chance(r, 20)) {
		buf_puts(b, "  sender_map \"s\" {");
		put_rule_options(b, r, wish);
		buf_printf(b, " %s }\n", RANDOM_OF(r, senders));
	}
	if (random_chance(r, 10))
		buf_puts(b, "  repeat = yes\n");
	if (random_chance(r, 10))
		buf_puts(b, "  max_expansion = 3\n");
	if (random_chance(r, 10))
		buf_puts(b, "  record = \"X-Former\"\n");
	if (random_chance(r, 10))
		buf_puts(b, "  unless_in = \"people\"\n");
}

static void
put_footer_body(struct buf *b, struct random *r)
{
	static const char *const texts[] = {"Example Ltd",
					    "gr\xc3\xbc\xc3\x9f"
					    "e",
					    "-- %{sender}"};
	static const char *const options[] = {
		"position = \"top\"",	  "other = \"skip\"",	 "other = \"reject\"",
		"signed = \"wrap\"",	  "signed = \"reject\"", "irregular = \"wrap\"",
		"irregular = \"reject\"", "automatic = \"add\"", "if_present = \"add\"",
	};
	size_t i = random_below(r, sizeof(options) / sizeof(options[0]));

	buf_printf(b, "  text = \"%s\"\n  %s\n", RANDOM_OF(r, texts), options[i]);
}

static void
put_attachment_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const what[] = {"extension = { \"exe\" }",
					   "type = { '^application/' }",
					   "name = { " SLOW " }",
					   "size_over = \"5\"",
					   "extension = { \"pdf\", \"zip\" }",
					   ""};
	static const char *const actions[] = {"reject", "tempfail", "quarantine",
					      "strip",	"strip",    "log"};

	for (size_t n = 1 + random_below(r, 2), i = 0; i < n; i++) {
		buf_printf(b, "  rule \"b%zu\" {", i);
		put_rule_options(b, r, wish);
		buf_printf(b, " %s action = \"%s\" }\n", RANDOM_OF(r, what),
			   RANDOM_OF(r, actions));
	}
}

/* A rule of access whose lines or table are about the recipient, or about all of the message.
 */
static void
put_access_lines(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const lines[] = {
		"recipient = { \"u1@a.test\", \"u2@b.test\", \"u1@old.test\" }",
		"recipient_match = { '^u[12]@' }",
		"sender_match = { '@(a|old).test$' }",
		"not_recipient_domain = { \"a.test\", \"b.test\" }",
		"sender_domain = { \"b.test\" }",
		"helo = { 'client' }",
		"helo = { " SLOW " }",
		"authenticated = yes",
		"size_over = \"4K\"",
		"",
	};
	static const char slow[] = "recipient = { \"u3@gone.test\" } helo = { " SLOW " }";

	if (random_chance(r, 8) && !wish->any_order)
		buf_printf(b, " %s", slow);
	else
		buf_printf(b, " %s", RANDOM_OF(r, lines));
}

static bool
put_access_action(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const actions[] = {
		"reject reply = \"550 5.7.1 %{policy} %{rule} %{sender}\"",
		"tempfail",
		"pass",
		"redirect to = \"u8@b.test\"",
		"quarantine",
		"log bcc = { \"log@b.test\" }",
		"insert header = \"X-New\" value = \"%{policy} %{rule}\"",
		"discard",
		"accept"};
	size_t n = sizeof(actions) / sizeof(actions[0]) - (wish->no_ends ? 2 : 0);
	const char *action = actions[random_below(r, n)];
	size_t len = strcspn(action, " ");

	buf_printf(b, " action = \"%.*s\"%s", (int)len, action, action + len);
	return strcmp(action, "discard") == 0 || strcmp(action, "accept") == 0;
}

static bool
put_access_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const lookups[] = {"table = \"froms\" lookup = \"sender\"",
					      "table = \"froms\" lookup = \"helo\"",
					      "table = \"doors\" lookup = \"recipient\""};
	bool ends = false;

	if (random_chance(r, 25))
		buf_puts(b, "  stage = \"mail\"\n");
	for (size_t n = 1 + random_below(r, 4), i = 0; i < n; i++) {
		buf_printf(b, "  rule \"a%zu\" {", i);
		put_rule_options(b, r, wish);
		put_access_lines(b, r, wish);
		if (random_chance(r, 25))
			buf_printf(b, " %s", RANDOM_OF(r, lookups));
		else
			ends |= put_access_action(b, r, wish);
		buf_puts(b, " }\n");
	}
	return ends;
}

static void
make_policy(struct plan *p, struct plan_policy *policy, struct random *r, size_t number,
	    const struct plan_wish *wish)
{
	static const char *const kinds[] = {"header",	  "header",    "size",	    "size",
					    "recipient",  "recipient", "recipient", "footer",
					    "attachment", "access",    "access"};
	struct buf b = {0};

	*policy = (struct plan_policy){
		.kind = RANDOM_OF(r, kinds),
		.title = arena_printf(p->arena, "p%zu", number),
		.mode = wish->no_monitors ? "enforce" : RANDOM_OF(r, modes),
		.on_error = RANDOM_OF(r, on_errors),
	};
	put_conditions(&b, r);
	if (*policy->kind == 'h')
		policy->may_end = put_header_body(&b, r, wish);
	else if (*policy->kind == 's')
		put_size_body(&b, r, wish);
	else if (*policy->kind == 'r')
		put_recipient_body(&b, r, wish);
	else if (*policy->kind == 'f')
		put_footer_body(&b, r);
	else if (strcmp(policy->kind, "access") == 0)
		policy->may_end = put_access_body(&b, r, wish);
	else
		put_attachment_body(&b, r, wish);
	policy->body = buf_move_to_arena(&b, p->arena);
}

void
plan_random(struct plan *p, struct arena *arena, struct random *r, const struct plan_wish *wish)
{
	*p = (struct plan){.arena = arena, .limits = "", .regex_time = "1h"};
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
		"\"@b.test @a.test\" } }\n");
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
