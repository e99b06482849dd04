/* What the chain needs, as negotiation bits and macro lists. Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "chain/run.h"

/* What the MTAs send without being asked (protocol.md 6.1, 6.2). With SETSYMLIST our list
 * replaces theirs, so it repeats them. */
static const char *const default_macros[MACRO_STAGES] = {
	[MACRO_CONNECT] = "j _ {daemon_name} {daemon_addr} v {if_name} {if_addr}",
	[MACRO_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
	[MACRO_ENVFROM] = "i {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_addr} "
			  "{mail_host} {mail_mailer}",
	[MACRO_ENVRCPT] = "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
	[MACRO_DATA] = "i",
	[MACRO_EOM] = "i {msg_id}",
	[MACRO_EOH] = "i",
};

/* Those that both MTAs send by default. */
static const char common_macros[] = "j _ {daemon_name} i {tls_version} {cipher} {cipher_bits} "
				    "{cert_subject} {cert_issuer} {auth_type} {auth_authen} "
				    "{auth_author} {mail_addr} {mail_host} {mail_mailer} "
				    "{rcpt_addr} {rcpt_host} {rcpt_mailer}";

static bool
list_has(const char *list, const char *word, size_t len)
{
	for (const char *p = strstr(list, word); p != NULL; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, word, len) == 0 && (p[len] == ' ' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* Appends the words of more that list lacks; common: those that need not be asked for. */
static void
add_words(struct buf *list, const char *more, const char *common)
{
	while (more != NULL && *more != '\0') {
		size_t len = strcspn(more, " ");
		char word[64];

		if (len > 0 && len < sizeof(word)) {
			memcpy(word, more, len);
			word[len] = '\0';
			if (!list_has(common, word, len) &&
			    !list_has(buf_string(list), word, len))
				buf_printf(list, "%s%s", list->len > 0 ? " " : "", word);
		}
		more += len;
		more += *more == ' ';
	}
}

static void
add_conditions(const struct condition *const *conds, size_t n, struct chain_need *need,
	       struct buf *macros)
{
	for (size_t i = 0; i < n; i++) {
		need->parts |= condition_reads(conds[i]);
		add_words(macros, condition_macros(conds[i]), common_macros);
	}
}

static void
add_policy(const struct chain *chain, const struct policy_inst *inst, struct chain_need *need,
	   struct buf *macros)
{
	if (inst->mode == MODE_OFF)
		return;
	add_conditions(inst->when, inst->n_when, need, macros);
	add_conditions(inst->unless, inst->n_unless, need, macros);
	add_words(macros, inst->need.macros, common_macros);
	need->parts |= inst->need.reads | inst->need.changes;
	if (chain->monitor || inst->mode == MODE_MONITOR)
		return;
	need->answers |= inst->need.answers;
	need->actions |= inst->need.actions;
	if (inst->on_error == ON_ERROR_QUARANTINE)
		need->actions |= ACTION_QUARANTINE;
}

static void
make_lists(struct chain_need *need, struct arena *arena, struct buf *extra)
{
	need->macros = arena_strdup(arena, buf_string(extra));
	for (size_t i = 0; *need->macros != '\0' && i < MACRO_STAGES; i++) {
		struct buf list = {0};

		add_words(&list, default_macros[i], "");
		add_words(&list, need->macros, "");
		need->lists[i] = arena_strdup(arena, buf_string(&list));
		buf_free(&list);
	}
}

static void
unmap_warned(void *warned)
{
	(void)munmap(warned, sizeof(struct chain_warnings));
}

/* One for all workers that are forked later. */
static struct chain_warnings *
share_warned(struct arena *arena)
{
	void *warned = mmap(NULL, sizeof(struct chain_warnings), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (warned == MAP_FAILED)
		abort();
	arena_defer(arena, unmap_warned, warned);
	return warned;
}

void
chain_prepare(struct chain *chain, struct arena *arena)
{
	struct buf macros = {0};

	chain->need = (struct chain_need){0};
	chain->warned = share_warned(arena);
	for (size_t i = 0; i < chain->n; i++)
		add_policy(chain, chain->inst[i], &chain->need, &macros);
	if ((chain->need.actions & (ACTION_ADD_HEADER | ACTION_CHANGE_HEADER)) != 0)
		chain->need.parts |= PART_HEADERS;
	make_lists(&chain->need, arena, &macros);
	buf_free(&macros);
}

int
chain_find_late_accept(const struct chain *chain, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		const struct policy_inst *inst = chain->inst[j];

		if (inst->need.may_end && inst->mode == MODE_ENFORCE && !chain->monitor)
			return (int)j;
	}
	return -1;
}

/* Stages that are to be sent. The envelope always is: the log line tells of it. */
static uint32_t
wanted_stages(const struct chain_need *need)
{
	uint32_t stages = STAGE_BIT(STAGE_CONNECT) | STAGE_BIT(STAGE_HELO) |
			  STAGE_BIT(STAGE_ENVFROM) | STAGE_BIT(STAGE_ENVRCPT) |
			  STAGE_BIT(STAGE_EOM);
	bool headers = (need->parts & (PART_HEADERS | PART_SIZE)) != 0;
	bool body = (need->parts & (PART_SIZE | PART_BODY)) != 0;

	stages |= need->answers & STAGE_BIT(STAGE_DATA);
	if (headers)
		stages |= STAGE_BIT(STAGE_HEADER);
	if (body)
		stages |= STAGE_BIT(STAGE_BODY);
	if (headers && body) /* a verdict at eoh spares us the body */
		stages |= STAGE_BIT(STAGE_EOH);
	return stages;
}

static uint32_t
protocol_bits(const struct chain_need *need, uint32_t offered)
{
	uint32_t stages = wanted_stages(need), bits = 0;

	for (enum stage s = 0; s < STAGE_COUNT; s++) {
		if ((stages & STAGE_BIT(s)) == 0)
			bits |= stage_no_bit(s);
		else if ((need->answers & STAGE_BIT(s)) == 0)
			bits |= stage_nr_bit(s);
	}
	/* A stage that cannot be declined is taken; then it had better not be answered. */
	for (enum stage s = 0; s < STAGE_COUNT; s++)
		if ((bits & stage_no_bit(s)) != 0 && (offered & stage_no_bit(s)) == 0)
			bits |= stage_nr_bit(s);
	return bits & offered;
}

static uint64_t
largest_body(const struct chain *chain)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < chain->n; i++) {
		const struct policy_inst *inst = chain->inst[i];

		if (inst->mode == MODE_OFF ||
		    ((inst->need.reads | inst->need.changes) & PART_BODY) == 0)
			continue;
		if (inst->need.max_body == 0)
			return UINT64_MAX;
		if (inst->need.max_body > largest)
			largest = inst->need.max_body;
	}
	return largest;
}

int
chain_negotiate(const struct chain *chain, const struct milter_terms *offer,
		struct session_request *ret, uint32_t *ret_missing)
{
	const struct chain_need *need = &chain->need;
	uint32_t required = need->actions & ~(uint32_t)ACTION_ADD_RCPT_PAR;
	struct session_request wish = {0};

	if ((required & ~offer->actions) != 0) {
		*ret_missing = required & ~offer->actions;
		*ret_missing &= ~(*ret_missing - 1); /* the lowest one */
		return -EPROTO;
	}
	wish.terms.version = offer->version < MILTER_VERSION ? offer->version : MILTER_VERSION;
	wish.terms.actions = need->actions & offer->actions;
	wish.terms.protocol = protocol_bits(need, offer->protocol);
	/* Whatever its version: Postfix takes lists with milter_protocol = 2 as well. */
	if (*need->macros != '\0' && (offer->actions & ACTION_SETSYMLIST) != 0) {
		wish.terms.actions |= ACTION_SETSYMLIST;
		memcpy(wish.lists, need->lists, sizeof(wish.lists));
	}
	wish.keep_headers = (need->parts & PART_HEADERS) != 0;
	wish.keep_body = (need->parts & PART_BODY) != 0;
	wish.lines = (need->parts & PART_LINES) != 0;
	wish.max_body = largest_body(chain);
	*ret = wish;
	return 0;
}
