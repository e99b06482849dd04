/* recipient: envelope recipients by maps, blind copies, and maps for the sender. What can be
 * done at RCPT is done there, so that later policies see it; the rest at DATA or the end. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "content/field.h"
#include "match/mapping.h"
#include "policy/policy.h"
#include "util/str.h"

#define RECIPIENT_MAX_ROUNDS 10u

static const char *const recipient_extension_words[] = {"keep", "strip", NULL};
enum { EXTENSION_KEEP, EXTENSION_STRIP };

static const struct option recipient_options[] = {
	{"map", OPTION_SECTION, .options = mapping_options,
	 .help = "which recipients become what; the first that matches counts"},
	{"extension", OPTION_WORD, .value = "keep", .words = recipient_extension_words,
	 .help = "what becomes of +ext in tables and domain maps"},
	{"delimiter", OPTION_STRING, .value = "+", .help = "what an extension begins with"},
	{"unless_in", OPTION_STRING, .help = "table of addresses that are left alone"},
	{"max_expansion", OPTION_COUNT, .value = "100", .help = "results of one recipient"},
	{"repeat", OPTION_BOOL, .value = "no", .help = "map the results again"},
	{"bcc", OPTION_LIST, .help = "recipients added to every message"},
	{"sender_map", OPTION_SECTION, .options = mapping_sender_options,
	 .help = "which senders become what"},
	{"record", OPTION_STRING, .help = "header for the former address"},
	{NULL},
};

struct recipient_conf {
	const struct mapping *maps, *senders;
	size_t n_maps, n_senders;
	struct mapping_rules rules;
	const struct table *spared;
	const char *const *bcc;
	size_t n_bcc;
	const char *record;
	uint64_t max_results;
	bool repeat;
};

/* What is done already, by index of the recipient. */
enum recipient_mark {
	MARK_NEW,     /* to be looked at */
	MARK_STAYS,   /* was looked at */
	MARK_CHANGED, /* gone, or results stand beside it */
	MARK_OURS,
};

struct recipient_state {
	bool sender_done;
	struct recipient_note {
		const char *addr; /* whose it is: a refused one's index is the next one's */
		enum recipient_mark mark;
	} * notes;
	size_t n_notes, cap_notes;
};

/* Load */

static int
recipient_read_maps(struct policy_setup *setup, const struct section *section,
		    struct recipient_conf *conf)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "map", &sections);
	struct mapping *maps = arena_zalloc(policy_setup_arena(setup), n * sizeof(*maps));
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (mapping_read(setup, sections[i], &maps[i]) < 0)
			r = -EINVAL;
		else if (maps[i].n_to > conf->max_results)
			r = section_error(sections[i], "to",
					  "to: more results than max_expansion = %" PRIu64,
					  conf->max_results);
	}
	conf->maps = maps;
	conf->n_maps = n;
	return r;
}

static int
recipient_read_senders(struct policy_setup *setup, const struct section *section,
		       struct recipient_conf *conf)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "sender_map", &sections);
	struct mapping *maps = arena_zalloc(policy_setup_arena(setup), n * sizeof(*maps));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (mapping_read_sender(setup, sections[i], &maps[i]) < 0)
			r = -EINVAL;
	conf->senders = maps;
	conf->n_senders = n;
	return r;
}

static int
recipient_read_scalars(struct policy_setup *setup, const struct section *section,
		       struct recipient_conf *conf)
{
	const char *delimiter = section_string(section, "delimiter");
	const char *spared = section_string(section, "unless_in");
	int r = 0;

	conf->rules.keeps_extension = section_word(section, "extension") == EXTENSION_KEEP;
	conf->rules.delimiter = *delimiter;
	conf->repeat = section_bool(section, "repeat");
	conf->max_results = section_number(section, "max_expansion");
	conf->record = section_string(section, "record");
	if (strlen(delimiter) > 1 || *delimiter == '@')
		r = section_error(section, "delimiter",
				  "delimiter: '%s' is not one character (\"\" is none)",
				  delimiter);
	if (conf->max_results == 0)
		r = section_error(section, "max_expansion", "max_expansion: at least 1");
	if (conf->record != NULL && !field_name_is_valid(conf->record))
		r = section_error(section, "record", "record: '%s' is no name of a header",
				  conf->record);
	if (spared != NULL) {
		conf->spared = mapping_find_table(setup, section, "unless_in", spared);
		if (conf->spared == NULL)
			r = -EINVAL;
	}
	return r;
}

static int
recipient_read_bcc(const struct section *section, struct recipient_conf *conf)
{
	int r = 0;

	conf->n_bcc = section_list(section, "bcc", &conf->bcc);
	for (size_t i = 0; i < conf->n_bcc; i++)
		if (!address_is_valid(conf->bcc[i]))
			r = section_error_item(section, "bcc", i,
					       "bcc: '%s' is no address (without brackets)",
					       conf->bcc[i]);
	return r;
}

static void
recipient_set_need(const struct recipient_conf *conf, struct policy_need *need)
{
	bool adds = conf->n_bcc > 0;

	need->message = STAGE_DATA;
	for (size_t i = 0; i < conf->n_maps; i++)
		adds = adds || conf->maps[i].table != NULL || conf->maps[i].n_to > 0;
	if (conf->n_maps > 0) {
		need->reads |= PART_RCPTS;
		need->actions |= ACTION_DEL_RCPT;
	}
	if (conf->n_maps > 0 || adds)
		need->changes |= PART_RCPTS;
	if (adds)
		need->actions |= ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR;
	if (conf->n_senders > 0) {
		need->reads |= PART_SENDER;
		need->changes |= PART_SENDER;
		need->actions |= ACTION_CHANGE_FROM;
	}
	if (conf->record != NULL && conf->n_maps > 0) {
		need->changes |= PART_HEADERS;
		need->actions |= ACTION_ADD_HEADER;
		need->message = STAGE_EOH;
	}
}

static int
recipient_configure(struct policy_setup *setup, const struct section *section,
		    struct policy_need *need, const void **ret_conf)
{
	struct recipient_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = recipient_read_scalars(setup, section, conf);

	if (recipient_read_maps(setup, section, conf) < 0)
		r = -EINVAL;
	if (recipient_read_senders(setup, section, conf) < 0)
		r = -EINVAL;
	if (recipient_read_bcc(section, conf) < 0)
		r = -EINVAL;
	if (r < 0)
		return r;
	if (conf->n_maps + conf->n_senders + conf->n_bcc == 0)
		section_warning(section, NULL, "recipient \"%s\" has no map and does nothing",
				section_title(section));
	if (conf->record != NULL && conf->n_maps == 0)
		section_warning(section, "record", "record: of no use without a map");
	recipient_set_need(conf, need);
	*ret_conf = conf;
	return 0;
}

/* Maps at work on one recipient, and on what becomes of it. */

struct recipient_step {
	const char *mailbox;
	const struct recipient_step *from; /* NULL: as the message has it */
	const struct mapping *map;	   /* that made it of that */
	struct recipient_step *next;
	unsigned round;
	bool gone; /* became something else */
};

struct recipient_work {
	struct policy_call *c;
	const struct recipient_conf *conf;
	struct recipient_step *first, *last;
	size_t n_results;     /* steps that are not gone */
	enum verdict verdict; /* when it failed */
};

/* The whole way from the address that comes back, or from the first one. */
static int
recipient_fail_loop(struct recipient_work *w, const struct recipient_step *from,
		    const struct mapping *map, const char *mailbox)
{
	const struct recipient_step *way[RECIPIENT_MAX_ROUNDS + 1];
	struct buf text = {0};
	size_t n = 0;

	for (const struct recipient_step *s = from; s != NULL; s = s->from) {
		way[n++] = s;
		if (str_case_equal(s->mailbox, mailbox))
			break;
	}
	buf_puts(&text, way[n - 1]->mailbox);
	for (size_t i = n - 1; i-- > 0;)
		buf_printf(&text, " becomes %s (map '%s')", way[i]->mailbox,
			   way[i]->map->title);
	buf_printf(&text, " becomes %s (map '%s')", mailbox, map->title);
	w->verdict = policy_fail(w->c, "loop: %s", buf_string(&text));
	buf_free(&text);
	return -ELOOP;
}

static bool
recipient_comes_back(const struct recipient_step *from, const char *mailbox)
{
	if (from->round >= RECIPIENT_MAX_ROUNDS)
		return true;
	for (const struct recipient_step *s = from->from; s != NULL; s = s->from)
		if (str_case_equal(s->mailbox, mailbox))
			return true;
	return false;
}

static int
recipient_push(struct recipient_work *w, const struct recipient_step *from,
	       const struct mapping *map, const char *mailbox)
{
	struct recipient_step *step;

	if (!address_is_valid(mailbox)) {
		w->verdict = policy_fail(w->c, "map '%s' makes '%s' of %s: no address",
					 map->title, mailbox, from->mailbox);
		return -EINVAL;
	}
	if (!str_case_equal(from->mailbox, mailbox) && recipient_comes_back(from, mailbox))
		return recipient_fail_loop(w, from, map, mailbox);
	if (w->n_results >= w->conf->max_results) {
		w->verdict = policy_fail(w->c, "%s has more than %" PRIu64 " results",
					 w->first->mailbox, w->conf->max_results);
		return -E2BIG;
	}
	step = arena_zalloc(policy_arena(w->c), sizeof(*step));
	step->mailbox = mailbox;
	step->from = from;
	step->map = map;
	step->round = from->round + 1;
	w->last->next = step;
	w->last = step;
	w->n_results++;
	return 0;
}

/* The first map that is for this step: its results go to the end. Negative: w->verdict. */
static int
recipient_map_step(struct recipient_work *w, struct recipient_step *step)
{
	const struct recipient_conf *conf = w->conf;
	struct mapping_results results = {0};
	size_t i = 0;
	int r = 0;

	if (conf->spared != NULL)
		r = mapping_is_in_table(w->c, conf->spared, &conf->rules, step->mailbox,
					&w->verdict);
	if (r != 0)
		return r < 0 ? r : 0;
	for (; i < conf->n_maps && r == 0; i++)
		r = mapping_apply(w->c, &conf->maps[i], &conf->rules, step->mailbox, &results,
				  &w->verdict);
	if (r <= 0)
		return r;
	step->gone = true;
	w->n_results--;
	for (size_t k = 0; k < results.n; k++) {
		r = recipient_push(w, step, &conf->maps[i - 1], results.to[k]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* From the first step to all results. Negative: w->verdict. */
static int
recipient_map_all(struct recipient_work *w, const char *mailbox)
{
	struct recipient_step *step = arena_zalloc(policy_arena(w->c), sizeof(*step));
	int r = 0;

	step->mailbox = mailbox;
	w->first = w->last = step;
	w->n_results = 1;
	for (; step != NULL && r == 0; step = step->next)
		if (step->from == NULL ||
		    (w->conf->repeat && !str_case_equal(step->from->mailbox, step->mailbox)))
			r = recipient_map_step(w, step);
	return r;
}

/* Recipients of the message */

static void
recipient_mark(struct policy_call *c, size_t index, enum recipient_mark mark)
{
	struct recipient_state *state = policy_msg_state(c);

	if (index >= state->cap_notes) {
		size_t cap = index < 8 ? 16 : index * 2;
		struct recipient_note *notes =
			arena_zalloc(policy_arena(c), cap * sizeof(*notes));

		if (state->n_notes > 0)
			memcpy(notes, state->notes, state->n_notes * sizeof(*notes));
		state->notes = notes;
		state->cap_notes = cap;
	}
	if (state->n_notes <= index)
		state->n_notes = index + 1;
	state->notes[index] = (struct recipient_note){
		.addr = policy_message(c)->rcpts[index].addr, .mark = mark};
}

static enum recipient_mark
recipient_marked(struct policy_call *c, size_t index)
{
	const struct recipient_state *state = policy_msg_state(c);

	if (index >= state->n_notes ||
	    state->notes[index].addr != policy_message(c)->rcpts[index].addr)
		return MARK_NEW;
	return state->notes[index].mark;
}

static void
recipient_add(struct policy_call *c, const char *mailbox, const struct buf *args)
{
	size_t index = policy_message(c)->n_rcpts;

	policy_add_rcpt(c, arena_printf(policy_arena(c), "<%s>", mailbox), (char *)args->data,
			args->len);
	recipient_mark(c, index, MARK_OURS);
}

/* What goes with a recipient to its results: when to tell whom, and of which address. */
static void
recipient_put_args(const struct rcpt *r, struct buf *out)
{
	const char *end = r->args + r->args_len;

	for (const char *a = r->args; a < end; a += strlen(a) + 1)
		if (str_case_starts(a, "NOTIFY=") || str_case_starts(a, "ORCPT="))
			buf_append(out, a, strlen(a) + 1);
}

static bool
recipient_is_alone(const struct policy_call *c, size_t index)
{
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (i != index)
			return false;
	return true;
}

/* The only recipient is not removed at RCPT, where nobody knows whether more will come: what is
 * done there would stay done when on_error lets the message pass. */
static enum verdict
recipient_rewrite(struct policy_call *c, size_t index, bool all_known)
{
	const struct rcpt sent = policy_message(c)->rcpts[index]; /* the array may move */
	struct recipient_work work = {.c = c, .conf = policy_conf(c)};
	struct buf args = {0};
	bool stays = false;

	if (recipient_map_all(&work, sent.mailbox) < 0)
		return work.verdict;
	if (work.n_results == 0 && !all_known && recipient_is_alone(c, index))
		return VERDICT_CONTINUE;
	recipient_mark(c, index, work.first->gone ? MARK_CHANGED : MARK_STAYS);
	recipient_put_args(&sent, &args);
	for (const struct recipient_step *s = work.first; s != NULL; s = s->next) {
		if (s->gone)
			continue;
		if (str_case_equal(s->mailbox, sent.mailbox))
			stays = true;
		else
			recipient_add(c, s->mailbox, &args);
	}
	if (!stays)
		policy_delete_rcpt(c, index);
	buf_free(&args);
	return VERDICT_CONTINUE;
}

/* All recipients from that index on which were not looked at before. */
static enum verdict
recipient_rewrite_from(struct policy_call *c, size_t index, bool all_known)
{
	const struct recipient_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;

	if (conf->n_maps == 0)
		return v;
	for (size_t i = index;
	     v == VERDICT_CONTINUE && (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (recipient_marked(c, i) == MARK_NEW)
			v = recipient_rewrite(c, i, all_known);
	return v;
}

static bool
recipient_is_there(struct policy_call *c, const char *mailbox)
{
	const struct message *m = policy_message(c);

	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (str_case_equal(m->rcpts[i].mailbox, mailbox))
			return true;
	return false;
}

static void
recipient_add_bcc(struct policy_call *c)
{
	static const char never[] = "NOTIFY=NEVER";
	const struct recipient_conf *conf = policy_conf(c);
	struct buf args = {0};

	buf_append(&args, never, sizeof(never));
	for (size_t i = 0; i < conf->n_bcc; i++)
		if (!recipient_is_there(c, conf->bcc[i]))
			recipient_add(c, conf->bcc[i], &args);
	buf_free(&args);
}

/* Sender */

static enum verdict
recipient_change_sender(struct policy_call *c, const struct mapping *map, const char *mailbox)
{
	const struct sender *s = policy_sender(c);

	if (strcmp(mailbox, "<>") == 0)
		mailbox = "";
	else if (!address_is_valid(mailbox))
		return policy_fail(c, "sender_map '%s' makes '%s' of %s: no address",
				   map->title, mailbox, s->mailbox);
	if (!str_case_equal(mailbox, s->mailbox))
		policy_change_sender(c, arena_printf(policy_arena(c), "<%s>", mailbox), s->args,
				     s->args_len);
	return VERDICT_CONTINUE;
}

static enum verdict
recipient_rewrite_sender(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct recipient_state *state = policy_msg_state(c);
	const struct sender *s = policy_sender(c);
	struct mapping_results results;
	enum verdict v = VERDICT_CONTINUE;

	if (state->sender_done || s == NULL)
		return v;
	state->sender_done = true;
	for (size_t i = 0; i < conf->n_senders; i++) {
		const struct mapping *map = &conf->senders[i];
		int r = mapping_apply(c, map, &conf->rules, s->mailbox, &results, &v);

		if (r < 0)
			return v;
		if (r > 0)
			return recipient_change_sender(c, map, results.to[0]);
	}
	return v;
}

/* Stages */

static enum verdict
recipient_envfrom(struct policy_call *c)
{
	return recipient_rewrite_sender(c);
}

static enum verdict
recipient_envrcpt(struct policy_call *c)
{
	return recipient_rewrite_from(c, message_last_sent_rcpt(policy_message(c)), false);
}

static enum verdict
recipient_data(struct policy_call *c)
{
	enum verdict v = recipient_rewrite_sender(c);

	if (v == VERDICT_CONTINUE)
		v = recipient_rewrite_from(c, 0, true);
	if (v != VERDICT_CONTINUE)
		return v;
	if (policy_message(c)->n_rcpts == 0) /* nor were there any */
		return VERDICT_CONTINUE;
	if (policy_rcpt_count(c) == 0)
		return policy_fail(c, "the last recipient would be removed");
	recipient_add_bcc(c);
	return VERDICT_CONTINUE;
}

/* The recipient that all came from, when there was one, and it was changed. */
static const char *
recipient_former(struct policy_call *c)
{
	const struct message *m = policy_message(c);
	const char *former = NULL;
	size_t n = 0;

	for (size_t i = 0; i < m->n_rcpts; i++) {
		enum recipient_mark mark = recipient_marked(c, i);

		if (mark == MARK_CHANGED)
			former = m->rcpts[i].mailbox;
		n += mark == MARK_STAYS || mark == MARK_CHANGED;
	}
	return n == 1 ? former : NULL;
}

static enum verdict
recipient_message(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	enum verdict v = recipient_data(c);
	const char *former;

	if (v != VERDICT_CONTINUE || conf->record == NULL)
		return v;
	former = recipient_former(c);
	if (former != NULL)
		policy_add_header(c, conf->record, former);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_recipient = {
	.name = "recipient",
	.summary = "other recipients, more of them, another sender",
	.options = recipient_options,
	.msg_size = sizeof(struct recipient_state),
	.configure = recipient_configure,
	.envfrom = recipient_envfrom,
	.envrcpt = recipient_envrcpt,
	.data = recipient_data,
	.message = recipient_message,
};
