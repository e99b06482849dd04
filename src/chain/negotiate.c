/* What a chain needs of the MTA, as negotiation bits and lists of macros. Input: the needs of
 * the policies, and what the MTA offers; output: struct chain_need and struct session_request.
 *
 * A stage that is answered costs a round trip, so stages that no policy may refuse at are taken
 * without an answer, and stages that no policy reads are not sent at all. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "chain/run.h"

/* The macros that Postfix and Sendmail send by default, together. A list that is set with
 * SETSYMLIST replaces the MTA's own, so it repeats these. */
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

/* The macros that both MTAs send by default: a policy that needs only these sets no list. */
static const char common_macros[] = "j _ {daemon_name} i {tls_version} {cipher} {cipher_bits} "
				    "{cert_subject} {cert_issuer} {auth_type} {auth_authen} "
				    "{auth_author} {mail_addr} {mail_host} {mail_mailer} "
				    "{rcpt_addr} {rcpt_host} {rcpt_mailer}";

static bool
list_has_macro(const char *list, const char *name, size_t len)
{
	for (const char *p = strstr(list, name); p != NULL; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, name, len) == 0 && (p[len] == ' ' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* Appends the macros of `more` that are neither in list nor in common; names with a blank
 * between. */
static void
append_missing_macros(struct buf *list, const char *more, const char *common)
{
	while (more != NULL && *more != '\0') {
		size_t len = strcspn(more, " ");
		char name[64];

		if (len > 0 && len < sizeof(name)) {
			memcpy(name, more, len);
			name[len] = '\0';
			if (!list_has_macro(common, name, len) &&
			    !list_has_macro(buf_string(list), name, len))
				buf_printf(list, "%s%s", list->len > 0 ? " " : "", name);
		}
		more += len;
		more += *more == ' ';
	}
}

/* What `when` and `unless` of the policy read. */
static uint32_t
find_condition_parts(const struct policy_inst *inst)
{
	uint32_t parts = 0;

	for (size_t i = 0; i < inst->n_when; i++)
		parts |= condition_reads(inst->when[i]);
	for (size_t i = 0; i < inst->n_unless; i++)
		parts |= condition_reads(inst->unless[i]);
	return parts;
}

uint32_t
find_policy_parts(const struct policy_inst *inst)
{
	return inst->need.reads | inst->need.changes | find_condition_parts(inst);
}

static bool
refuses_on_error(int action)
{
	return action == ON_EVENT_TEMPFAIL || action == ON_EVENT_REJECT;
}

/* Does on_error, of the policy or of an exception, refuse? */
static bool
may_refuse_on_error(const struct policy_inst *inst)
{
	const struct policy_events *events = inst->events;
	size_t number = 0;

	if (refuses_on_error((int)inst->on_error) || events == NULL)
		return refuses_on_error((int)inst->on_error);
	while (strcmp(events->options[number], "on_error") != 0)
		number++;
	for (size_t i = 0; i < events->n_exceptions; i++)
		if (refuses_on_error(events->exceptions[i].actions[number]))
			return true;
	return false;
}

/* Whether a recipient that the policy cannot rewrite is to be refused by its on_error. */
static bool
may_fail_at_rcpt(const struct policy_inst *inst)
{
	return inst->ops != NULL && inst->ops->envrcpt != NULL && !inst->need.rcpts_from_data &&
	       (inst->need.changes & PART_RCPTS) != 0 && (inst->need.reads & PART_RCPTS) != 0 &&
	       may_refuse_on_error(inst);
}

static void
add_condition_macros(const struct condition *const *conds, size_t n, struct buf *macros)
{
	for (size_t i = 0; i < n; i++)
		append_missing_macros(macros, condition_macros(conds[i]), common_macros);
}

static void
add_policy_needs(const struct chain *chain, const struct policy_inst *inst,
		 struct chain_need *need, struct buf *macros)
{
	if (inst->mode == MODE_OFF)
		return;
	add_condition_macros(inst->when, inst->n_when, macros);
	add_condition_macros(inst->unless, inst->n_unless, macros);
	append_missing_macros(macros, inst->need.macros, common_macros);
	need->parts |= find_policy_parts(inst) | inst->need.watches;
	if (chain->monitor || inst->mode == MODE_MONITOR)
		return;
	need->enforced_parts |= find_policy_parts(inst);
	need->answers |= inst->need.answers;
	if (may_fail_at_rcpt(inst))
		need->answers |= STAGE_BIT(STAGE_ENVRCPT);
	need->actions |= inst->need.actions;
	if (inst->on_error == ON_EVENT_QUARANTINE)
		need->actions |= ACTION_QUARANTINE;
}

static void
make_macro_lists(struct chain_need *need, struct arena *arena, struct buf *extra)
{
	need->macros = arena_strdup(arena, buf_string(extra));
	for (size_t i = 0; *need->macros != '\0' && i < MACRO_STAGES; i++) {
		struct buf list = {0};

		append_missing_macros(&list, default_macros[i], "");
		append_missing_macros(&list, need->macros, "");
		need->lists[i] = arena_strdup(arena, buf_string(&list));
		buf_free(&list);
	}
}

static void
unmap_warnings(void *warnings)
{
	(void)munmap(warnings, sizeof(struct chain_warnings));
}

/* Shared with the workers, which are forked later. */
static struct chain_warnings *
map_warnings(struct arena *arena)
{
	void *warnings = mmap(NULL, sizeof(struct chain_warnings), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (warnings == MAP_FAILED)
		abort();
	arena_defer(arena, unmap_warnings, warnings);
	return warnings;
}

void
chain_prepare(struct chain *chain, struct arena *arena)
{
	struct buf macros = {0};

	chain->need = (struct chain_need){0};
	chain->warnings = map_warnings(arena);
	for (size_t i = 0; i < chain->n; i++)
		add_policy_needs(chain, chain->inst[i], &chain->need, &macros);
	if ((chain->need.actions & (ACTION_ADD_HEADER | ACTION_CHANGE_HEADER)) != 0)
		chain->need.enforced_parts |= PART_HEADERS;
	chain->need.parts |= chain->need.enforced_parts;
	make_macro_lists(&chain->need, arena, &macros);
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

/* The stages that the MTA is to send. The envelope always: it stands in the log line. */
static uint32_t
find_needed_stages(const struct chain_need *need)
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
	if (headers && body) /* after a verdict at EOH the body is not kept */
		stages |= STAGE_BIT(STAGE_EOH);
	return stages;
}

static uint32_t
make_protocol_bits(const struct chain_need *need, uint32_t offered)
{
	uint32_t stages = find_needed_stages(need), bits = 0;

	for (enum stage s = 0; s < STAGE_COUNT; s++) {
		if ((stages & STAGE_BIT(s)) == 0)
			bits |= stage_no_bit(s);
		else if ((need->answers & STAGE_BIT(s)) == 0)
			bits |= stage_nr_bit(s);
	}
	/* A stage that the MTA sends in any case is at least not answered. */
	for (enum stage s = 0; s < STAGE_COUNT; s++)
		if ((bits & stage_no_bit(s)) != 0 && (offered & stage_no_bit(s)) == 0)
			bits |= stage_nr_bit(s);
	return bits & offered;
}

/* The largest body in bytes that a policy has a use for; 0: none reads it. enforced: that a
 * policy has a use for which does not only monitor. */
static uint64_t
find_largest_body(const struct chain *chain, bool enforced)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < chain->n; i++) {
		const struct policy_inst *inst = chain->inst[i];
		uint32_t parts = find_policy_parts(inst) | (enforced ? 0 : inst->need.watches);

		if (inst->mode == MODE_OFF || (parts & PART_BODY) == 0 ||
		    (enforced && (chain->monitor || inst->mode == MODE_MONITOR)))
			continue;
		/* A condition is asked about bodies that are too large for the policy, too. */
		if (inst->need.max_body == 0 || (find_condition_parts(inst) & PART_BODY) != 0)
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
		*ret_missing &= ~(*ret_missing - 1); /* the lowest bit */
		return -EPROTO;
	}
	wish.terms.version = offer->version < MILTER_VERSION ? offer->version : MILTER_VERSION;
	wish.terms.actions = need->actions & offer->actions;
	wish.terms.protocol = make_protocol_bits(need, offer->protocol);
	/* In any version: Postfix takes lists with milter_protocol = 2 as well. */
	if (*need->macros != '\0' && (offer->actions & ACTION_SETSYMLIST) != 0) {
		wish.terms.actions |= ACTION_SETSYMLIST;
		memcpy(wish.lists, need->lists, sizeof(wish.lists));
	}
	wish.keep_headers = (need->parts & PART_HEADERS) != 0;
	wish.keep_body = (need->parts & PART_BODY) != 0;
	wish.lines = (need->parts & PART_LINES) != 0;
	wish.max_body = find_largest_body(chain, false);
	wish.required_body = find_largest_body(chain, true);
	wish.headers_optional = (need->enforced_parts & (PART_HEADERS | PART_SIZE)) == 0;
	*ret = wish;
	return 0;
}
