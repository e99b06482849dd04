/* What stands in the section of a random policy. */
#include "plan_bodies.h"

#include <string.h>

#include "plan_words.h"

static const char *const values[] = {"\"yes\"", "\"[EXT] \"",
				     "\"gr\xc3\xbc\xc3\x9f"
				     "e %{sender}\"",
				     "\"%{policy}\"", "\"x1\""};

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

/* What a rule of content looks for: words of random_mail.c, of footers, and in the names of
 * files, which are no text. */
static void
put_content_lines(struct buf *b, struct random *r)
{
	static const char *const lines[] = {
		"phrase = { \"hello\", \"Example LTD\" }",
		"phrase = { \"plain text\", \"hello world\" }",
		"phrase = { \"GR\xc3\x9cSSE\" }",
		"phrase = { \"exe\" } min = 1",
		"match = 'text|world'",
		"match = '(hello|plain) (world|text)'",
		"match = 'text' min = 2",
		"match = " SLOW,
		"not_match = { 'hello' }",
		"not_match = { " SLOW " }",
		"match = '^-- ' normalize = no",
		"match = '[0-9]{900}' where = { \"raw\" }",
		"match = '^--b' where = { \"raw\" }",
		"match = 'mz' where = { \"text\", \"text-files\" }",
		"url_domain = { \"link.test\", \".b.test\" }",
	};

	buf_printf(b, " %s", RANDOM_OF(r, lines));
}

static bool
put_content_action(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const actions[] = {
		"\"reject\" reply = \"550 5.7.1 %{policy} %{rule} %{match}\"",
		"\"tempfail\"",
		"\"quarantine\"",
		"\"log\" bcc = { \"log@b.test\" }",
		"\"pass\"",
		"\"add\" header = \"X-New\" value = \"%{match}\"",
		"\"set\" header = \"Subject\" value = \"spam %{rule}\"",
		"\"insert\" header = \"X-A\" value = \"yes\"",
		"\"redirect\" to = \"u8@b.test\"",
		"\"discard\"",
		"\"accept\"",
	};
	size_t n = sizeof(actions) / sizeof(actions[0]),
	       i = random_below(r, n - 2 * wish->no_ends);

	buf_printf(b, " action = %s", actions[i]);
	return i >= n - 2;
}

static bool
put_content_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	bool ends = false;

	for (size_t n = 1 + random_below(r, 3), i = 0; i < n; i++) {
		buf_printf(b, "  rule \"t%zu\" {", i);
		put_rule_options(b, r, wish);
		put_content_lines(b, r);
		ends |= put_content_action(b, r, wish);
		buf_puts(b, " }\n");
	}
	return ends;
}

static void
put_identity_body(struct buf *b, struct random *r, const struct plan_wish *wish)
{
	static const char *const kinds[] = {
		"several-senders\"",
		"no-sender\"",
		"irregular\"",
		"address-in-name\"",
		"own-domain\" domain = { \"a.test\", \".b.test\" }",
		"own-domain\" domain = { \"a.test\" } client = { \"192.0.2.0/24\" }",
		"login-mismatch\" table = \"logins\"",
		"login-mismatch\" table = \"logins\" envelope_sender = yes",
		"impersonation\" table = \"bosses\"",
		"reply-to-mismatch\"",
		"envelope-mismatch\"",
	};
	static const char *const actions[] = {
		"reject\" reply = \"550 5.7.1 %{policy} %{rule} %{match}\"",
		"tempfail\"",
		"quarantine\"",
		"log\"",
		"prefix\" header = \"Subject\" value = \"[EXT] \"",
		"set\" header = \"From\" value = \"ann@a.test\"",
		"add\" header = \"X-New\" value = \"%{match}\"",
	};

	for (size_t n = 1 + random_below(r, 3), i = 0; i < n; i++) {
		buf_printf(b, "  rule \"i%zu\" {", i);
		put_rule_options(b, r, wish);
		buf_printf(b, " kind = \"%s action = \"%s }\n", RANDOM_OF(r, kinds),
			   RANDOM_OF(r, actions));
	}
}

bool
plan_put_body(struct buf *b, struct random *r, const char *kind, const struct plan_wish *wish)
{
	if (strcmp(kind, "header") == 0)
		return put_header_body(b, r, wish);
	if (strcmp(kind, "access") == 0)
		return put_access_body(b, r, wish);
	if (strcmp(kind, "content") == 0)
		return put_content_body(b, r, wish);
	if (strcmp(kind, "size") == 0)
		put_size_body(b, r, wish);
	else if (strcmp(kind, "recipient") == 0)
		put_recipient_body(b, r, wish);
	else if (strcmp(kind, "footer") == 0)
		put_footer_body(b, r);
	else if (strcmp(kind, "identity") == 0)
		put_identity_body(b, r, wish);
	else
		put_attachment_body(b, r, wish);
	return false;
}
