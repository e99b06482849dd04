/* The chain of a listener as a JSON object. */
#include <inttypes.h>
#include <stdio.h>

#include "chain/chain.h"
#include "ctl/check_chain.h"
#include "ctl/json.h"
#include "option/section.h"

static void
print_json_text(const char *name, const char *text)
{
	printf("\"%s\": ", name);
	json_string(stdout, text);
	printf(", ");
}

static void
print_json_words(const char *name, const struct word_list *list)
{
	printf("\"%s\": [", name);
	for (size_t i = 0; i < list->n; i++) {
		printf("%s", i > 0 ? ", " : "");
		json_string(stdout, list->word[i]);
	}
	printf("], ");
}

/* Only the titles of the conditions: their lines are indented. */
static void
print_json_titles(const char *name, const struct condition *const *list, size_t n)
{
	printf("\"%s\": [", name);
	for (size_t i = 0; i < n; i++) {
		printf("%s", i > 0 ? ", " : "");
		json_string(stdout, condition_name(list[i]));
	}
	printf("], ");
}

static void
print_json_need(const struct shown_need *need)
{
	print_json_words("stages", &need->stages);
	print_json_words("replies", &need->replies);
	print_json_words("actions", &need->actions);
	print_json_words("macros", &need->macros);
	printf("\"keeps_body\": %s, \"max_body\": ", need->keeps_body ? "true" : "false");
	if (!need->keeps_body || need->max_body == UINT64_MAX)
		printf("null");
	else
		printf("%" PRIu64, need->max_body);
}

static void
print_json_place(const struct section *s)
{
	print_json_text("file", s->file);
	printf("\"line\": %u, ", s->line);
}

static void
print_json_policy(const struct shown_policy *p)
{
	const struct policy_inst *inst = p->inst;

	printf("{");
	print_json_text("kind", inst->ops->name);
	print_json_text("title", inst->title);
	print_json_place(p->section);
	print_json_text("mode", p->mode);
	print_json_text("on_error", section_string(p->section, "on_error"));
	print_json_titles("when", inst->when, inst->n_when);
	print_json_titles("unless", inst->unless, inst->n_unless);
	print_json_words("rules", &p->rules);
	print_json_words("reads", &p->need.reads);
	print_json_words("changes", &p->need.changes);
	printf("\"may_end\": %s, ", inst->need.may_end ? "true" : "false");
	print_json_need(&p->need);
	printf("}");
}

void
check_chain_json(const struct shown_chain *c)
{
	const struct listener_conf *l = c->listener;

	printf("{");
	print_json_text("listener", l->name);
	print_json_text("socket", l->socket);
	print_json_place(l->section);
	printf("\"monitor\": %s,\n \"policies\": [", l->chain->monitor ? "true" : "false");
	for (size_t i = 0; i < c->n; i++) {
		printf("%s\n  ", i > 0 ? "," : "");
		print_json_policy(&c->policies[i]);
	}
	printf("%s],\n \"mta\": {", c->n > 0 ? "\n " : "");
	print_json_need(&c->need);
	printf("}}\n");
}
