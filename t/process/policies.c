/* Three policies for the daemon polymilter-test, which only process tests run, beside some of
 * the real ones (clock.c is its clock): `spin` never returns from message(), so that its worker
 * hangs; `nap` asks a service, at the end of the headers or of the message, which answers after
 * a time (t/lib/sleeper.py); `crash` ends its worker in the way that the
 * header X-Crash of the message says, and by SIGSEGV when the mailbox of its sender or of a
 * recipient begins with "crash". policy_registry here replaces the one of src/config, which is
 * not linked. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "policy/policy.h"

extern const struct policy_ops policy_crash, policy_footer, policy_header, policy_nap,
	policy_spin;

static int
spin_configure(struct policy_setup *setup, const struct section *section,
	       struct policy_need *need, const void **ret_conf)
{
	*need = (struct policy_need){.message = STAGE_EOM};
	*ret_conf = section_title(section);
	return setup != NULL ? 0 : -EINVAL;
}

static enum verdict
spin_message(struct policy_call *c)
{
	for (volatile unsigned i = 0; policy_conf(c) != NULL; i++)
		;
	return VERDICT_CONTINUE;
}

static const struct option spin_options[] = {{0}};

const struct policy_ops policy_spin = {
	.name = "spin",
	.summary = "never returns",
	.options = spin_options,
	.configure = spin_configure,
	.message = spin_message,
};

static int
crash_configure(struct policy_setup *setup, const struct section *section,
		struct policy_need *need, const void **ret_conf)
{
	*need = (struct policy_need){
		.reads = PART_SENDER | PART_RCPTS | PART_HEADERS,
		.answers = STAGE_BIT(STAGE_ENVFROM) | STAGE_BIT(STAGE_ENVRCPT),
		.message = STAGE_EOM,
	};
	*ret_conf = section_title(section);
	return setup != NULL ? 0 : -EINVAL;
}

static enum verdict
crash_if_named(const char *mailbox)
{
	if (strncmp(mailbox, "crash", 5) == 0)
		(void)raise(SIGSEGV);
	return VERDICT_CONTINUE;
}

static enum verdict
crash_envfrom(struct policy_call *c)
{
	return crash_if_named(policy_sender(c)->mailbox);
}

static enum verdict
crash_envrcpt(struct policy_call *c)
{
	return crash_if_named(policy_message(c)->rcpts[policy_rcpt_current(c)].mailbox);
}

static enum verdict
crash_message(struct policy_call *c)
{
	const struct header *h = message_nth_header(policy_message(c), "X-Crash", 1);

	if (h == NULL)
		return VERDICT_CONTINUE;
	if (strcmp(h->value, "exit") == 0)
		_exit(7);
	if (strcmp(h->value, "hang") == 0)
		return policy_spin.message(c);
	(void)raise(strcmp(h->value, "kill") == 0 ? SIGKILL : SIGSEGV);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_crash = {
	.name = "crash",
	.summary = "ends its worker",
	.options = spin_options,
	.configure = crash_configure,
	.envfrom = crash_envfrom,
	.envrcpt = crash_envrcpt,
	.message = crash_message,
};

/* "MILLISECONDS\n"; the answer is "done\n", at once "pong\n" to "ping\n". */
struct nap_exchange {
	struct exchange base;
	char text[32], answer[8];
	size_t len, n_answer;
	bool is_written;
};

static void
nap_begin(struct exchange *x)
{
	struct nap_exchange *nap = (struct nap_exchange *)x;

	nap->is_written = false;
	nap->n_answer = 0;
}

static void
nap_write(struct exchange *x, struct buf *out)
{
	struct nap_exchange *nap = (struct nap_exchange *)x;

	if (!nap->is_written)
		buf_append(out, nap->text, nap->len);
	nap->is_written = true;
}

static enum exchange_state
nap_read(struct exchange *x, const char *data, size_t len)
{
	struct nap_exchange *nap = (struct nap_exchange *)x;

	if (nap->n_answer + len >= sizeof(nap->answer))
		return exchange_fail(x, EXCHANGE_BAD_ANSWER, data, len);
	memcpy(nap->answer + nap->n_answer, data, len);
	nap->n_answer += len;
	nap->answer[nap->n_answer] = '\0';
	return strchr(nap->answer, '\n') != NULL ? EXCHANGE_ANSWERED : EXCHANGE_GOES_ON;
}

static enum exchange_state
nap_end(struct exchange *x)
{
	(void)x;
	return EXCHANGE_CUT;
}

static void
nap_release(struct exchange *x)
{
	(void)x;
}

static const struct exchange_ops nap_exchange_ops = {
	nap_begin, nap_write, nap_read, nap_end, nap_release,
};

static struct exchange *
nap_ping(void *memory)
{
	struct nap_exchange *nap = memory;

	nap->base.ops = &nap_exchange_ops;
	nap->len = (size_t)snprintf(nap->text, sizeof(nap->text), "ping\n");
	return &nap->base;
}

static const struct service_kind nap_servers = {
	.name = "nap",
	.max_connections = 1000,
	.ping_size = sizeof(struct nap_exchange),
	.ping = nap_ping,
};

struct nap_conf {
	const struct service *service;
	unsigned ms, limit_ms;
};

static int
nap_configure(struct policy_setup *setup, const struct section *section,
	      struct policy_need *need, const void **ret_conf)
{
	struct nap_conf *conf = arena_alloc(policy_setup_arena(setup), sizeof(*conf));

	conf->service = policy_setup_service(setup, section, "service", &nap_servers);
	conf->ms = (unsigned)section_number(section, "time");
	conf->limit_ms = (unsigned)section_number(section, "max_wait");
	*need = (struct policy_need){
		.message = section_bool(section, "early") ? STAGE_EOH : STAGE_EOM,
		/* or the end of the headers is not sent */
		.reads = section_bool(section, "early") ? PART_HEADERS | PART_BODY : 0,
	};
	*ret_conf = conf;
	return conf->service != NULL ? 0 : -EINVAL;
}

static enum verdict
nap_message(struct policy_call *c)
{
	struct nap_exchange *nap = policy_msg_state(c);
	const struct nap_conf *conf = policy_conf(c);

	nap->base.ops = &nap_exchange_ops;
	nap->len = (size_t)snprintf(nap->text, sizeof(nap->text), "%u\n", conf->ms);
	return policy_ask(c, conf->service, &nap->base, conf->limit_ms);
}

static enum verdict
nap_answered(struct policy_call *c, enum exchange_state answer)
{
	(void)c;
	(void)answer;
	return VERDICT_CONTINUE;
}

static const struct option nap_options[] = {
	{.name = "service", .type = OPTION_STRING, .required = true, .help = "a sleeper"},
	{.name = "time", .type = OPTION_DURATION, .value = "1s", .help = "how long it waits"},
	{.name = "max_wait",
	 .type = OPTION_DURATION,
	 .value = "10m",
	 .help = "how long it may"},
	{.name = "early", .type = OPTION_BOOL, .value = "no", .help = "behind the headers"},
	{0},
};

const struct policy_ops policy_nap = {
	.name = "nap",
	.summary = "waits before it continues",
	.options = nap_options,
	.msg_size = sizeof(struct nap_exchange),
	.configure = nap_configure,
	.message = nap_message,
	.answered = nap_answered,
};

const struct policy_ops *const policy_registry[] = {
	&policy_crash, &policy_footer, &policy_header, &policy_nap, &policy_spin, NULL,
};
