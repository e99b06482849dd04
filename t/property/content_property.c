/* The property of content: its rules hit exactly when a simple model says so. Each rule adds a
 * field, so all of them are applied. */
#include <string.h>

#include "known_mail.h"
#include "known_rules.h"
#include "property.h"

#define HIT_FIELD "X-Hit"

/* The policies in front of content. They add to the header and to the body. */
static void
add_policies_in_front(struct trial *t)
{
	plan_insert_policy(&t->plan, t->plan.n, "header",
			   "  rule \"r\" { name = \"X-Seen\" action = \"insert\" value = "
			   "\"cheap pills\" }\n");
	plan_insert_policy(&t->plan, t->plan.n, "access",
			   "  rule \"a\" { sender_domain = { \"nobody.test\" } action = "
			   "\"reject\" }\n");
	plan_insert_policy(&t->plan, t->plan.n, "footer",
			   "  text = \"Example Ltd\"\n  automatic = \"add\"\n");
}

static void
add_content_policy(struct trial *t, const struct known_rule *rules, size_t n)
{
	struct buf body = {0};

	for (size_t i = 0; i < n; i++) {
		buf_printf(&body, "  rule \"r%zu\" {", i);
		known_rule_write(&rules[i], &body);
		buf_printf(&body,
			   " action = \"add\" header = \"" HIT_FIELD "\" value = \"%zu\" }\n",
			   i);
	}
	plan_insert_policy(&t->plan, t->plan.n, "content", buf_move_to_arena(&body, t->arena));
}

static bool
has_rule_hit(const struct delivery *d, size_t rule)
{
	const char *number = arena_printf(d->after.arena, "%zu", rule);

	for (size_t i = 0; i < d->after.n_fields; i++)
		if (strcmp(d->after.fields[i].name, HIT_FIELD) == 0 &&
		    strcmp(d->after.fields[i].value, number) == 0)
			return true;
	return false;
}

static void
compare_rule(struct trial *t, const struct delivery *d, const struct known_rule *rule,
	     size_t number, const struct known_mail *m, bool in_chain)
{
	bool wanted = known_rule_hits(rule, m);
	struct known_rule half = *rule;

	if (has_rule_hit(d, number) == wanted)
		return;
	trial_fail(t,
		   arena_printf(t->arena, "rule r%zu %s%s", number,
				wanted ? "must hit" : "must not hit",
				in_chain ? " behind other policies" : ""),
		   d, NULL);
	half.n_not = 0;
	buf_printf(&t->why, "without not_match the model says %d\n", known_rule_hits(&half, m));
	for (size_t i = 0; i < m->n; i++)
		buf_printf(&t->why, "%s: '%s', as it is '%s', displayed '%s'\n",
			   content_where_words[m->paragraph[i].where],
			   m->paragraph[i].all.normalized, m->paragraph[i].all.as_is,
			   m->paragraph[i].shown.normalized != NULL
				   ? m->paragraph[i].shown.normalized
				   : "");
}

/* Is the body the same, and are the fields, but for those that content adds? */
static void
compare_mails(struct trial *t, const struct delivery *d)
{
	const struct mail *a = &d->after, *b = &d->before;

	for (size_t i = 0; i < b->n_fields; i++)
		if (strcmp(a->fields[i].value, b->fields[i].value) != 0)
			trial_fail(t, "content changes a field", d, NULL);
	if (a->body_len != b->body_len || memcmp(a->body, b->body, a->body_len) != 0 ||
	    !delivery_passed(d))
		trial_fail(t, "content changes the mail", d, NULL);
}

void
check_content(struct trial *t)
{
	struct known_rule rules[KNOWN_RULES_MAX];
	size_t n = 1 + random_below(&t->r, KNOWN_RULES_MAX);
	struct plan_listener *alone;
	struct delivery a, b;
	struct known_mail m;

	plan_start(&t->plan, t->arena);
	known_mail_random(&m, t->arena, &t->r);
	t->mail = m.mail;
	for (size_t i = 0; i < n; i++)
		known_rule_random(&rules[i], t->arena, &t->r);
	add_policies_in_front(t);
	add_content_policy(t, rules, n);
	alone = plan_add_listener(&t->plan);
	plan_append_member(alone, t->plan.n - 1);
	plan_add_full_listener(&t->plan);
	trial_load(t);
	deliver_alone(trial_listener(t, 0), &t->mail, &a);
	deliver_alone(trial_listener(t, 1), &t->mail, &b);
	compare_mails(t, &a);
	for (size_t i = 0; i < n; i++) {
		compare_rule(t, &a, &rules[i], i, &m, false);
		if (known_rule_ignores_footer(&rules[i]))
			compare_rule(t, &b, &rules[i], i, &m, true);
	}
}
