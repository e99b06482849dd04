/* milter: asks another milter, such as opendkim, at the end of the message.
 *
 * The filter sees the whole dialogue of a message, as the policies before this one have left
 * it, and its changes become changes of the model. That late no recipient can be refused alone:
 * on_recipient_refused says what is done. */
#include <errno.h>
#include <string.h>

#include "policies/milter.h"
#include "util/str.h"

#define MACRO_NAME_BYTES 63u

static const char *const milter_rcpt_words[] = {ON_EVENT_WORDS "remove", NULL};
#define MILTER_RCPT_REMOVE ((int)ON_EVENT_N)

static const struct {
	const char *word;
	uint32_t parts, actions;
} milter_changes[] = {
	{"headers", PART_HEADERS, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
	{"recipients", PART_RCPTS, ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR | ACTION_DEL_RCPT},
	{"sender", PART_SENDER, ACTION_CHANGE_FROM},
	{"body", PART_BODY, ACTION_REPLACE_BODY},
	{"quarantine", 0, ACTION_QUARANTINE},
};
#define N_MILTER_CHANGES (sizeof(milter_changes) / sizeof(milter_changes[0]))

static const char *const milter_change_words[] = {"headers", "recipients", "sender",
						  "body",    "quarantine", NULL};
static const struct option_also milter_change_also[] = {
	{"headers", "header add_header change_header addheader chgheader"},
	{"recipients", "recipient rcpt rcpts add_rcpt del_rcpt envelope"},
	{"sender", "from change_from chgfrom mail_from envelope_sender"},
	{"body", "replace_body chgbody content"},
	{"quarantine", "hold"},
	{NULL},
};

/* What the usual filters read; both MTAs can send it. */
/* clang-format off */
static const char *const milter_macros[] = {
	"i", "j", "_", "v", "b", "r", "s",
	"{daemon_name}", "{client_addr}", "{client_name}", "{client_port}", "{if_addr}", "{if_name}",
	"{auth_type}", "{auth_authen}", "{auth_ssf}", "{auth_author}",
	"{mail_addr}", "{rcpt_addr}", "{rcpt_mailer}",
	"{tls_version}", "{cipher}", "{cert_issuer}", "{cert_subject}",
	NULL
};
/* clang-format on */

static const struct option milter_options[] = {
	POLICY_ASKING_OPTIONS("none"),
	{"apply", OPTION_LIST, .words = milter_change_words, .words_also = milter_change_also,
	 .help = "changes that the filter may make; default: all",
	 .also = "may actions allow changes permit"},
	{"macros", OPTION_LIST,
	 .help = "macros that the filter gets; default: those that the usual filters read",
	 .also = "macro milter_connect_macros milter_mail_macros milter_end_of_data_macros"},
	{"authserv_id", OPTION_STRING,
	 .help = "Authentication-Results with this id that came with the message are removed",
	 .also = "AuthservID authserv auth_id TrustedAuthservIDs"},
	{"on_recipient_refused", OPTION_WORD, .words = milter_rcpt_words,
	 .words_also = option_actions_also,
	 .help = "what is done when the filter refuses some recipients; default: as on_error",
	 .also = "refused_recipient on_rcpt_refused on_recipient"},
	{"signs", OPTION_BOOL, "no",
	 .help = "the filter signs: loading warns of policies behind it that change the message",
	 .also = "signer sign dkim signing"},
	{NULL},
};

static const char *const milter_words[] = {"continue", "reject",     "tempfail",
					   "discard",  "quarantine", NULL};
static const struct policy_results milter_results = {.words = milter_words};

static struct exchange *
make_milter_ping(void *memory)
{
	struct child *child = memory;

	child_ping(child);
	return &child->base;
}

static const struct service_kind milter_servers = {
	.name = "milter",
	.max_connections = 100,
	.ping_size = sizeof(struct child),
	.ping = make_milter_ping,
};

/* Reading the section. */

static bool
milter_may(const struct section *s, const char *word)
{
	const char *const *list;
	size_t n = section_list(s, "apply", &list);

	if (!section_has(s, "apply"))
		return true;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

static void
add_milter_actions(const struct section *s, struct milter_conf *conf, struct policy_need *need)
{
	for (size_t i = 0; i < N_MILTER_CHANGES; i++) {
		if (!milter_may(s, milter_changes[i].word))
			continue;
		conf->actions |= milter_changes[i].actions;
		need->changes |= milter_changes[i].parts;
	}
	need->actions = conf->actions;
}

static bool
removes_refused(const struct section *s)
{
	return section_has(s, "on_recipient_refused") &&
	       section_word(s, "on_recipient_refused") == MILTER_RCPT_REMOVE;
}

/* What polymilter itself does to the message. */
static void
add_own_actions(const struct section *s, const struct milter_conf *conf,
		struct policy_need *need)
{
	const struct section *const *exceptions;
	size_t n = section_sections(s, "exception", &exceptions);
	bool removes = removes_refused(s);

	for (size_t i = 0; i < n; i++)
		removes |= removes_refused(exceptions[i]);
	if (removes) {
		need->actions |= ACTION_DEL_RCPT;
		need->changes |= PART_RCPTS;
	}
	if (conf->authserv_id != NULL) {
		need->actions |= ACTION_CHANGE_HEADER;
		need->changes |= PART_HEADERS;
	}
}

static int
check_milter_macro(const struct section *s, size_t item, const char *name)
{
	size_t len = strlen(name);

	if (len == 1 && *name > ' ' && *name <= '~' && strchr("{}", *name) == NULL)
		return 0;
	if (len > 2 && len <= MACRO_NAME_BYTES && *name == '{' &&
	    strcspn(name + 1, "{} ,\t") == len - 2 && name[len - 1] == '}' &&
	    str_clean_run(name, len) == len)
		return 0;
	if (strpbrk(name, "{} ,\t") == NULL && len > 1 && len <= MACRO_NAME_BYTES - 2)
		return section_error_item(s, "macros", item,
					  "macros: MTAs write this macro with braces: \"{%s}\"",
					  name);
	return section_error_item(s, "macros", item,
				  "macros: '%s' is not the name of a macro, such as \"i\" or "
				  "\"{client_addr}\"",
				  name);
}

static int
read_milter_macros(struct policy_setup *setup, const struct section *s,
		   struct milter_conf *conf, struct policy_need *need)
{
	struct buf joined = {0};
	int r = 0;

	conf->macros = milter_macros;
	if (section_has(s, "macros")) {
		const char *const *list;
		size_t n = section_list(s, "macros", &list);
		const char **names =
			arena_zalloc(policy_setup_arena(setup), (n + 1) * sizeof(*names));

		for (size_t i = 0; i < n; i++)
			if (check_milter_macro(s, i, names[i] = list[i]) < 0)
				r = -EINVAL;
		conf->macros = names;
	}
	for (size_t i = 0; conf->macros[i] != NULL; i++)
		buf_printf(&joined, "%s%s", i > 0 ? " " : "", conf->macros[i]);
	need->macros = arena_strdup(policy_setup_arena(setup), buf_string(&joined));
	buf_free(&joined);
	return r;
}

static int
read_authserv_option(const struct section *s, struct milter_conf *conf)
{
	const char *id = section_string(s, "authserv_id");

	conf->authserv_id = id;
	if (id == NULL || (*id != '\0' && strpbrk(id, " \t;()\"") == NULL &&
			   str_clean_run(id, strlen(id)) == strlen(id)))
		return 0;
	return section_error(s, "authserv_id",
			     "authserv_id: '%s' is not an id, such as \"mx.example.org\"", id);
}

static int
milter_configure(struct policy_setup *setup, const struct section *section,
		 struct policy_need *need, const void **ret_conf)
{
	struct milter_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = policy_setup_asking(setup, section, &milter_servers, &conf->asking);

	if (read_milter_macros(setup, section, conf, need) < 0)
		r = -EINVAL;
	if (read_authserv_option(section, conf) < 0)
		r = -EINVAL;
	need->reads = PART_SENDER | PART_RCPTS | PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	need->may_end = true; /* a filter may always discard */
	need->max_body = conf->asking.max_size == UINT64_MAX ? 0 : conf->asking.max_size;
	add_milter_actions(section, conf, need);
	add_own_actions(section, conf, need);
	*ret_conf = conf;
	return r;
}

/* A message. */

static enum verdict
milter_message(struct policy_call *c)
{
	const struct milter_conf *conf = policy_conf(c);
	struct milter_work *work = policy_msg_state(c);

	if (conf->authserv_id != NULL)
		milter_remove_forged(c, conf->authserv_id);
	policy_keep_changes(c);
	if (policy_is_too_big(c, &conf->asking))
		return policy_act_too_big(c);
	milter_make_message(c, work);
	if (work->message.n_rcpts == 0) {
		policy_note_skipped(c, "no_recipient");
		return VERDICT_CONTINUE;
	}
	child_filter(&work->child, &work->message);
	return policy_ask(c, conf->asking.service, &work->child.base, conf->asking.max_wait_ms);
}

static enum verdict
refuse_with(struct policy_call *c, const struct child_reply *reply)
{
	return policy_refuse_text(c, reply->code, reply->xcode, reply->text);
}

/* The first of the replies to recipients that has this class; NULL: none. */
static const struct child_reply *
find_refusal(const struct child_answer *a, bool reject)
{
	for (size_t i = 0; i < a->n_refused; i++)
		if ((a->refused[i].reply.code >= 500) == reject)
			return &a->refused[i].reply;
	return NULL;
}

static void
remove_refused(struct policy_call *c, const struct milter_work *work)
{
	const struct child_answer *a = &work->child.answer;

	for (size_t i = 0; i < a->n_refused; i++)
		policy_delete_rcpt(c, work->rcpts[a->refused[i].rcpt]);
}

static int
find_rcpt_event(struct policy_call *c)
{
	int event = policy_on_event(c, "on_recipient_refused");

	return event == ON_EVENT_UNSET ? policy_on_event(c, "on_error") : event;
}

/* Some recipients are refused: the verdict that the message gets for it. */
static enum verdict
act_on_refused(struct policy_call *c, const struct milter_work *work)
{
	const struct child_answer *a = &work->child.answer;
	int event = find_rcpt_event(c);
	const struct child_reply *reply = NULL;

	if (event < 0)
		return VERDICT_ERROR;
	if (event == MILTER_RCPT_REMOVE) {
		remove_refused(c, work);
		return VERDICT_CONTINUE;
	}
	if (event == ON_EVENT_REJECT || event == ON_EVENT_TEMPFAIL)
		reply = find_refusal(a, event == ON_EVENT_REJECT);
	return reply != NULL
		       ? refuse_with(c, reply)
		       : policy_act(c, (enum on_event)event, NULL, NULL, "recipients refused");
}

static void
set_milter_result(struct policy_call *c, const char *result, const struct milter_work *work)
{
	const struct child_answer *a = &work->child.answer;
	const char *detail = a->quarantine;

	if (a->verdict == VERDICT_REJECT || a->verdict == VERDICT_TEMPFAIL)
		detail = arena_printf(policy_arena(c), "%u %s %s", a->reply.code,
				      a->reply.xcode, a->reply.text);
	else if (detail == NULL && a->n_refused > 0)
		detail = arena_printf(policy_arena(c), "%zu of %zu recipients refused",
				      a->n_refused, work->message.n_rcpts);
	policy_set_result(c, result, detail);
}

static enum verdict
take_continue(struct policy_call *c, struct milter_work *work)
{
	const struct child_answer *a = &work->child.answer;
	enum verdict v = VERDICT_CONTINUE, applied;

	set_milter_result(c, a->quarantine != NULL ? "quarantine" : "continue", work);
	if (a->n_refused > 0)
		v = act_on_refused(c, work);
	if (v != VERDICT_CONTINUE && v != VERDICT_ACCEPT)
		return v;
	applied = milter_apply(c, work);
	return applied == VERDICT_CONTINUE ? v : applied;
}

static enum verdict
milter_answered(struct policy_call *c, enum exchange_state answer)
{
	struct milter_work *work = policy_msg_state(c);
	enum verdict v = work->child.answer.verdict;

	(void)answer; /* a milter never says that a message is too large */
	if (v == VERDICT_REJECT || v == VERDICT_TEMPFAIL) {
		set_milter_result(c, v == VERDICT_REJECT ? "reject" : "tempfail", work);
		return refuse_with(c, &work->child.answer.reply);
	}
	if (v != VERDICT_DISCARD)
		return take_continue(c, work);
	set_milter_result(c, "discard", work);
	return v;
}

static enum verdict
milter_apply_result(struct policy_call *c, const char *result)
{
	if (strcmp(result, RESULT_TOO_BIG) == 0)
		return policy_act_too_big(c);
	if (strcmp(result, "quarantine") == 0)
		policy_quarantine(c, "quarantine");
	if (strcmp(result, "reject") == 0)
		return VERDICT_REJECT;
	if (strcmp(result, "tempfail") == 0)
		return VERDICT_TEMPFAIL;
	return strcmp(result, "discard") == 0 ? VERDICT_DISCARD : VERDICT_CONTINUE;
}

const struct policy_ops policy_milter = {
	.name = "milter",
	.summary = "ask another milter, such as opendkim or clamav-milter",
	.also = "INPUT_MAIL_FILTER filter child opendkim opendmarc dkim",
	.options = milter_options,
	.msg_size = sizeof(struct milter_work),
	.results = &milter_results,
	.configure = milter_configure,
	.message = milter_message,
	.answered = milter_answered,
	.apply_result = milter_apply_result,
};
