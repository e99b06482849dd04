/* The chain of a listener for readers: its policies in order, and what each one, and the chain,
 * needs of the MTA. What the MTA is asked for is what chain_negotiate() asks of one that offers
 * everything. */
#include "ctl/check_chain.h"

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "ctl/check.h"
#include "option/section.h"
#include "service/service.h"
#include "util/arena.h"
#include "util/str.h"

#define WIDTH	    80
#define LABEL_WIDTH 18 /* of the label of a line, its indent included */

struct chain_view {
	const struct config *cfg;
	struct arena *arena;
	struct shown_chain chain;
};

static void
add_word(struct chain_view *v, struct word_list *list, const char *word)
{
	list->word = arena_grow(v->arena, list->word, list->n, &list->cap, sizeof(*list->word));
	list->word[list->n++] = word;
}

/* The words of a text that are not in the list. */
static void
add_new_words(struct chain_view *v, struct word_list *list, const char *text)
{
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, " "), i = 0;
		const char *word = arena_strndup(v->arena, text, len);

		while (i < list->n && strcmp(list->word[i], word) != 0)
			i++;
		if (i == list->n)
			add_word(v, list, word);
		text += len;
		text += strspn(text, " ");
	}
}

static void
add_parts(struct chain_view *v, struct word_list *list, uint32_t parts)
{
	static const struct {
		uint32_t part;
		const char *word;
	} rows[] = {
		{PART_SENDER, "sender"}, {PART_RCPTS, "recipients"}, {PART_HEADERS, "headers"},
		{PART_SIZE, "size"},	 {PART_LINES, "lines"},	     {PART_BODY, "body"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((parts & rows[i].part) != 0)
			add_word(v, list, rows[i].word);
}

static void
add_actions(struct chain_view *v, struct word_list *list, uint32_t actions)
{
	for (uint32_t bit = 1; bit < ACTION_SETSYMLIST; bit <<= 1)
		if ((actions & bit) != 0)
			add_word(v, list, action_name(bit));
}

static void
add_stages(struct chain_view *v, struct word_list *list, uint32_t stages)
{
	static const char *const words[] = {
		[STAGE_CONNECT] = "connect", [STAGE_HELO] = "HELO",
		[STAGE_ENVFROM] = "MAIL",    [STAGE_ENVRCPT] = "RCPT",
		[STAGE_DATA] = "DATA",	     [STAGE_UNKNOWN] = "unknown commands",
		[STAGE_HEADER] = "headers",  [STAGE_EOH] = "end of headers",
		[STAGE_BODY] = "body",	     [STAGE_EOM] = "end of message",
	};

	for (size_t s = 0; s < sizeof(words) / sizeof(words[0]); s++)
		if ((stages & STAGE_BIT(s)) != 0)
			add_word(v, list, words[s]);
}

static const struct section *
find_shown_section(const struct config *cfg, const struct policy_inst *inst)
{
	const struct section *const *list;
	size_t n = section_sections(cfg->section, inst->ops->name, &list);

	for (size_t i = 0; i < n; i++)
		if (strcmp(section_title(list[i]), inst->title) == 0)
			return list[i];
	return cfg->section;
}

/* "A = B, C" of each option that is written in the section, behind the prefix. */
static void
add_option_lines(struct chain_view *v, struct word_list *list, const struct section *s,
		 const char *prefix)
{
	for (size_t i = 0; i < s->n_values; i++) {
		const struct section_value *value = &s->values[i];
		const char *line =
			arena_printf(v->arena, "%s%s =", prefix, value->option->name);

		for (size_t k = 0; k < value->n; k++)
			line = arena_printf(v->arena, "%s%s %.60s%s", line, k > 0 ? "," : "",
					    value->text[k],
					    strlen(value->text[k]) > 60 ? "..." : "");
		add_word(v, list, line);
	}
}

/* The condition's title, then its lines. */
static void
add_condition(struct chain_view *v, struct word_list *list, const struct condition *c)
{
	const struct section *const *sections;
	size_t n = section_sections(v->cfg->section, "condition", &sections);

	add_word(v, list, condition_name(c));
	for (size_t i = 0; i < n; i++) {
		const struct section *s = sections[i];

		if (strcmp(section_title(s), condition_name(c)) != 0)
			continue;
		add_option_lines(v, list, s, "  ");
		for (size_t g = 0; g < s->n_groups; g++)
			for (size_t k = 0; k < s->groups[g].n; k++)
				add_option_lines(
					v, list, s->groups[g].sections[k],
					arena_printf(v->arena, "  %s \"%s\" ",
						     section_kind(s->groups[g].sections[k]),
						     section_title(s->groups[g].sections[k])));
	}
}

/* The PART_ bits that the conditions read. */
static uint32_t
collect_condition_needs(struct chain_view *v, const struct condition *const *list, size_t n,
			struct word_list *macros)
{
	uint32_t reads = 0;

	for (size_t i = 0; i < n; i++) {
		add_new_words(v, macros, condition_macros(list[i]));
		reads |= condition_reads(list[i]);
	}
	return reads;
}

/* The needs of a chain of this policy alone are those of the policy. */
static void
collect_policy_need(struct chain_view *v, const struct policy_inst *inst,
		    struct shown_need *ret)
{
	const struct chain *whole = v->chain.listener->chain;
	struct chain alone = {
		.listener = whole->listener, .inst = &inst, .n = 1, .monitor = whole->monitor};
	uint32_t stages = STAGE_BIT(inst->need.message), reads = inst->need.reads;

	chain_prepare(&alone, v->arena);
	add_new_words(v, &ret->macros, inst->need.macros);
	reads |= collect_condition_needs(v, inst->when, inst->n_when, &ret->macros);
	reads |= collect_condition_needs(v, inst->unless, inst->n_unless, &ret->macros);
	stages |= inst->ops->envfrom != NULL ? STAGE_BIT(STAGE_ENVFROM) : 0;
	stages |= inst->ops->envrcpt != NULL ? STAGE_BIT(STAGE_ENVRCPT) : 0;
	stages |= inst->ops->data != NULL ? STAGE_BIT(STAGE_DATA) : 0;
	add_stages(v, &ret->stages, stages);
	add_stages(v, &ret->replies, alone.need.answers | STAGE_BIT(STAGE_EOM));
	add_parts(v, &ret->reads, reads);
	add_parts(v, &ret->changes, inst->need.changes);
	add_actions(v, &ret->actions, alone.need.actions);
	ret->keeps_body = (alone.need.parts & PART_BODY) != 0;
	ret->max_body = inst->need.max_body > 0 ? inst->need.max_body : UINT64_MAX;
}

/* "pills", "pills (monitor)" */
static const char *
describe_rule(struct chain_view *v, const struct policy_rule *rule)
{
	if (rule->mode == MODE_ENFORCE)
		return rule->title;
	return arena_printf(v->arena, "%s (%s)", rule->title,
			    rule->mode == MODE_MONITOR ? "monitor" : "off");
}

/* The service that the policy's option names, with its servers as written. */
static void
collect_servers(struct chain_view *v, struct shown_policy *ret)
{
	if (option_find(ret->section->options, "on_too_big") == NULL)
		return;
	ret->service = section_string(ret->section, "service");
	for (size_t i = 0; i < v->cfg->n_services; i++) {
		const struct service *service = v->cfg->services[i];

		if (strcmp(service->name, ret->service) != 0)
			continue;
		for (size_t k = 0; k < service->n; k++)
			add_word(v, &ret->servers, service->servers[k].text);
	}
}

static void
collect_policy(struct chain_view *v, const struct policy_inst *inst, struct shown_policy *ret)
{
	static const char *const modes[] = {"enforce", "monitor", "off"};

	ret->inst = inst;
	ret->section = find_shown_section(v->cfg, inst);
	ret->mode = v->chain.listener->chain->monitor && inst->mode == MODE_ENFORCE
			    ? "monitor"
			    : modes[inst->mode];
	for (size_t i = 0; i < inst->n_when; i++)
		add_condition(v, &ret->when, inst->when[i]);
	for (size_t i = 0; i < inst->n_unless; i++)
		add_condition(v, &ret->unless, inst->unless[i]);
	for (size_t i = 0; i < inst->n_rules; i++)
		add_word(v, &ret->rules, describe_rule(v, inst->rules[i]));
	collect_servers(v, ret);
	collect_policy_need(v, inst, &ret->need);
}

static void
collect_chain_need(struct chain_view *v, struct shown_need *ret)
{
	static const struct milter_terms offer = {MILTER_VERSION, ACTION_ALL, PROTO_ALL};
	const struct chain *chain = v->chain.listener->chain;
	struct session_request wish = {0};
	uint32_t missing, sent = 0, replies = 0;

	if (chain_negotiate(chain, &offer, &wish, &missing) < 0)
		return; /* not with an offer of everything */
	for (enum stage s = 0; s < STAGE_COUNT; s++) {
		sent |= (wish.terms.protocol & stage_no_bit(s)) == 0 ? STAGE_BIT(s) : 0;
		replies |= (wish.terms.protocol & (stage_no_bit(s) | stage_nr_bit(s))) == 0
				   ? STAGE_BIT(s)
				   : 0;
	}
	add_stages(v, &ret->stages, sent);
	add_stages(v, &ret->replies, replies);
	add_actions(v, &ret->actions, wish.terms.actions);
	add_new_words(v, &ret->macros, chain->need.macros);
	ret->keeps_body = wish.keep_body;
	ret->max_body = wish.max_body;
}

/* For readers. */

static void
print_label(const char *label)
{
	printf("   %-*s", LABEL_WIDTH - 3, label);
}

/* "   label          a, b, c", wrapped. */
static void
print_word_list(const char *label, const struct word_list *list, const char *none)
{
	size_t column = LABEL_WIDTH;

	print_label(label);
	if (list->n == 0)
		printf("%s", none);
	for (size_t i = 0; i < list->n; i++) {
		const char *comma = i + 1 < list->n ? "," : "";
		size_t len = strlen(list->word[i]) + strlen(comma);

		if (i > 0 && column + 1 + len > WIDTH) {
			printf("\n%*s", LABEL_WIDTH, "");
			column = LABEL_WIDTH;
		} else if (i > 0) {
			putchar(' ');
			column++;
		}
		printf("%s%s", list->word[i], comma);
		column += len;
	}
	putchar('\n');
}

/* Prints a text that begins in that column, wrapped at its blanks; the lines behind the first
 * one are indented further. */
static void
print_wrapped(const char *text, size_t column)
{
	size_t at = strspn(text, " "), indent = column + at + 2;

	printf("%*s", (int)at, "");
	column += at;
	for (text += at; *text != '\0';) {
		size_t len = strcspn(text, " "), blank = text[len] == ' ';

		printf("%.*s", (int)len, text);
		column += len;
		text += len + blank;
		if (blank && column + 1 + strcspn(text, " ") > WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (blank) {
			putchar(' ');
			column++;
		}
	}
	putchar('\n');
}

/* One word of the list on a line. */
static void
print_lines(const char *label, const struct word_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		print_label(i == 0 ? label : "");
		print_wrapped(list->word[i], LABEL_WIDTH);
	}
}

static void
print_body(const struct shown_need *need)
{
	char size[16];

	if (!need->keeps_body)
		return;
	print_label("keeps");
	if (need->max_body == UINT64_MAX)
		printf("the body, of any size\n");
	else
		printf("the body, up to %s\n", str_format_size(size, need->max_body));
}

/* What a policy, or the chain, asks of the MTA. macros: what stands there when there are none.
 */
static void
print_need(const struct shown_need *need, const char *macros)
{
	print_word_list("replies at", &need->replies, "none");
	print_word_list("actions", &need->actions, "none");
	print_word_list("macros", &need->macros, macros);
	print_body(need);
}

static void
print_shown_policy(const struct shown_policy *p, size_t number)
{
	const struct policy_inst *inst = p->inst;

	printf("\n%zu. %s \"%s\"  (%s)\n", number, inst->ops->name, inst->title,
	       section_place(p->section));
	if (strcmp(p->mode, "enforce") != 0) {
		print_label("mode");
		printf("%s\n", p->mode);
	}
	if (strcmp(p->mode, "off") == 0)
		return;
	print_lines("when", &p->when);
	print_lines("unless", &p->unless);
	if (p->rules.n > 0)
		print_word_list("rules", &p->rules, "");
	if (p->service != NULL) {
		print_label("asks");
		printf("service \"%s\"\n", p->service);
		print_word_list("servers", &p->servers, "");
	}
	print_word_list("called at", &p->need.stages, "");
	print_word_list("reads", &p->need.reads, "nothing");
	print_word_list("changes", &p->need.changes, "nothing");
	print_need(&p->need, "none");
	if (inst->need.may_end && strcmp(p->mode, "enforce") == 0) {
		print_label("ends");
		printf("the chain, when it accepts or discards a message\n");
	}
	print_label("on_error");
	printf("%s\n", section_string(p->section, "on_error"));
}

static void
print_chain(const struct shown_chain *c)
{
	const struct listener_conf *l = c->listener;

	printf("listener \"%s\" at %s  (%s)\n", l->name, l->socket, section_place(l->section));
	if (l->chain->monitor)
		printf("mode_override = \"monitor\": no policy acts\n");
	if (c->n == 0)
		printf("\nIts chain is empty: all mail passes.\n");
	for (size_t i = 0; i < c->n; i++)
		print_shown_policy(&c->policies[i], i + 1);
	printf("\nThe MTA is asked for\n");
	print_word_list("stages", &c->need.stages, "none");
	print_word_list("replies at", &c->need.replies, "none");
	print_word_list("actions", &c->need.actions, "none");
	print_word_list("macros", &c->need.macros,
			"those that Postfix and Sendmail send by default");
	print_body(&c->need);
}

void
check_chain_print(const struct config *cfg, const struct listener_conf *l, bool json)
{
	struct chain_view v = {.cfg = cfg, .arena = arena_new(), .chain.listener = l};

	v.chain.n = l->chain->n;
	v.chain.policies = arena_zalloc(v.arena, v.chain.n * sizeof(*v.chain.policies));
	for (size_t i = 0; i < v.chain.n; i++)
		collect_policy(&v, l->chain->inst[i], &v.chain.policies[i]);
	collect_chain_need(&v, &v.chain.need);
	if (json)
		check_chain_json(&v.chain);
	else
		print_chain(&v.chain);
	arena_free(v.arena);
}
