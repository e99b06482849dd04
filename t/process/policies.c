/* Three policies for the daemon polymilter-test, which only process tests run, beside some of
 * the real ones (clock.c is its clock): `spin` never returns from message(), so that its worker
 * hangs; `nap` suspends for a time, at the end of the headers or of the message; with time = 0
 * it has its answer before message() returns; `crash` ends its worker in the way that the
 * header X-Crash of the message says, and by SIGSEGV when the mailbox of its sender or of a
 * recipient begins with "crash". policy_registry here replaces the one of src/config, which is
 * not linked. */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-event.h>

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

struct nap_conf {
	unsigned ms, limit_ms;
};

struct nap {
	struct policy_call *call;
	struct sd_event_source *source;
};

static int
nap_configure(struct policy_setup *setup, const struct section *section,
	      struct policy_need *need, const void **ret_conf)
{
	struct nap_conf *conf = arena_alloc(policy_setup_arena(setup), sizeof(*conf));

	conf->ms = (unsigned)section_number(section, "time");
	conf->limit_ms = (unsigned)section_number(section, "limit");
	*need = (struct policy_need){
		.message = section_bool(section, "early") ? STAGE_EOH : STAGE_EOM,
		/* or the end of the headers is not sent */
		.reads = section_bool(section, "early") ? PART_HEADERS | PART_BODY : 0,
	};
	*ret_conf = conf;
	return 0;
}

static int
on_nap_end(sd_event_source *source, uint64_t us, void *ctx)
{
	struct nap *nap = ctx;

	assert(source == nap->source && us > 0);
	nap->source = sd_event_source_disable_unref(nap->source);
	policy_resume(nap->call, VERDICT_CONTINUE);
	return 0;
}

static void
nap_cancel(void *ctx)
{
	struct nap *nap = ctx;

	nap->source = sd_event_source_disable_unref(nap->source);
}

static enum verdict
nap_message(struct policy_call *c)
{
	struct nap *nap = policy_msg_state(c);
	const struct nap_conf *conf = policy_conf(c);

	nap->call = c;
	if (conf->ms == 0) {
		policy_suspend(c, conf->limit_ms, nap_cancel, nap);
		policy_resume(c, VERDICT_CONTINUE);
		return VERDICT_SUSPEND;
	}
	if (sd_event_add_time_relative(policy_loop(c), &nap->source, CLOCK_MONOTONIC,
				       conf->ms * UINT64_C(1000), 1, on_nap_end, nap) < 0)
		return policy_fail(c, "no timer");
	policy_suspend(c, conf->limit_ms, nap_cancel, nap);
	return VERDICT_SUSPEND;
}

static const struct option nap_options[] = {
	{.name = "time", .type = OPTION_DURATION, .value = "1s", .help = "how long it waits"},
	{.name = "limit", .type = OPTION_DURATION, .value = "10m", .help = "how long it may"},
	{.name = "early", .type = OPTION_BOOL, .value = "no", .help = "behind the headers"},
	{0},
};

const struct policy_ops policy_nap = {
	.name = "nap",
	.summary = "waits before it continues",
	.options = nap_options,
	.msg_size = sizeof(struct nap),
	.configure = nap_configure,
	.message = nap_message,
};

const struct policy_ops *const policy_registry[] = {
	&policy_crash, &policy_footer, &policy_header, &policy_nap, &policy_spin, NULL,
};
