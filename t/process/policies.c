/* Two policies for the daemon polymilter-test, which only process tests run: `spin` never
 * returns from message(), so that its worker hangs; `nap` suspends for a time. policy_registry
 * here replaces the one of src/config, which is not linked. */
#include <assert.h>
#include <errno.h>

#include <systemd/sd-event.h>

#include "config/config.h"
#include "policy/policy.h"

#define NAP_LIMIT_MS 600000u /* longer than any test waits */

extern const struct policy_ops policy_header, policy_nap, policy_spin;

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

struct nap {
	struct policy_call *call;
	struct sd_event_source *source;
};

static int
nap_configure(struct policy_setup *setup, const struct section *section,
	      struct policy_need *need, const void **ret_conf)
{
	uint64_t *ms = arena_alloc(policy_setup_arena(setup), sizeof(*ms));

	*ms = section_number(section, "time");
	*need = (struct policy_need){.message = STAGE_EOM};
	*ret_conf = ms;
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
	const uint64_t *ms = policy_conf(c);

	nap->call = c;
	if (sd_event_add_time_relative(policy_loop(c), &nap->source, CLOCK_MONOTONIC,
				       *ms * 1000, 1, on_nap_end, nap) < 0)
		return policy_fail(c, "no timer");
	policy_suspend(c, NAP_LIMIT_MS, nap_cancel, nap);
	return VERDICT_SUSPEND;
}

static const struct option nap_options[] = {
	{.name = "time", .type = OPTION_DURATION, .value = "1s", .help = "how long it waits"},
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
	&policy_header,
	&policy_nap,
	&policy_spin,
	NULL,
};
