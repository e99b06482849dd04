/* The chain of a listener as a JSON object. */
#include "chain/chain.h"
#include "ctl/check_chain.h"
#include "ctl/json.h"
#include "option/section.h"

static void
put_words(json_t *object, const char *name, const struct word_list *words)
{
	json_t *list = json_put_list(object, name);

	for (size_t i = 0; i < words->n; i++)
		json_add_text(list, words->word[i]);
}

/* Only the titles of the conditions: their lines are indented. */
static void
put_titles(json_t *object, const char *name, const struct condition *const *conditions,
	   size_t n)
{
	json_t *list = json_put_list(object, name);

	for (size_t i = 0; i < n; i++)
		json_add_text(list, condition_name(conditions[i]));
}

static void
put_need(json_t *object, const struct shown_need *need)
{
	put_words(object, "stages", &need->stages);
	put_words(object, "replies", &need->replies);
	put_words(object, "actions", &need->actions);
	put_words(object, "macros", &need->macros);
	json_put_bool(object, "keeps_body", need->keeps_body);
	if (!need->keeps_body || need->max_body == UINT64_MAX)
		json_put(object, "max_body", json_null());
	else
		json_put_number(object, "max_body", need->max_body);
}

static void
put_section_place(json_t *object, const struct section *s)
{
	json_put_text(object, "file", s->file);
	json_put_number(object, "line", s->line);
}

static void
put_chain_policy(json_t *object, const struct shown_policy *p)
{
	const struct policy_inst *inst = p->inst;

	json_put_text(object, "kind", inst->ops->name);
	json_put_text(object, "title", inst->title);
	put_section_place(object, p->section);
	json_put_text(object, "mode", p->mode);
	json_put_text(object, "on_error", section_string(p->section, "on_error"));
	put_titles(object, "when", inst->when, inst->n_when);
	put_titles(object, "unless", inst->unless, inst->n_unless);
	put_words(object, "rules", &p->rules);
	if (p->service != NULL) {
		json_put_text(object, "service", p->service);
		put_words(object, "servers", &p->servers);
	}
	put_words(object, "reads", &p->need.reads);
	put_words(object, "changes", &p->need.changes);
	json_put_bool(object, "may_end", inst->need.may_end);
	put_need(object, &p->need);
}

void
check_chain_json(const struct shown_chain *c)
{
	const struct listener_conf *l = c->listener;
	json_t *object = json_new_object(), *policies;

	json_put_text(object, "listener", l->name);
	json_put_text(object, "socket", l->socket);
	put_section_place(object, l->section);
	json_put_bool(object, "monitor", l->chain->monitor);
	policies = json_put_list(object, "policies");
	for (size_t i = 0; i < c->n; i++)
		put_chain_policy(json_add_object(policies), &c->policies[i]);
	put_need(json_put_object(object, "mta"), &c->need);
	json_print(stdout, object, JSON_INDENT(2));
}
