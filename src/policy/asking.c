/* The common part of policies that ask a service. */
#include "policy/asking.h"

#include <errno.h>
#include <inttypes.h>

#include "policy/setup.h"

/* Each time should fit into that around it. */
static void
warn_times(const struct policy_setup *setup, const struct section *s,
	   const struct policy_asking *asking)
{
	if (asking->service->timeout_ms > asking->max_wait_ms)
		section_warning(s, "max_wait",
				"max_wait: is %" PRIu64
				" s, but the service \"%s\" has a timeout "
				"of %" PRIu64 " s, which is never reached",
				asking->max_wait_ms / 1000, asking->service->name,
				asking->service->timeout_ms / 1000);
	if (asking->max_wait_ms > setup->wait_time_ms)
		section_warning(s, "max_wait",
				"max_wait: is %" PRIu64
				" s, but wait_time in limits { } is %" PRIu64
				" s for all services together",
				asking->max_wait_ms / 1000, setup->wait_time_ms / 1000);
}

int
policy_setup_asking(struct policy_setup *setup, const struct section *section,
		    const struct service_kind *kind, struct policy_asking *ret)
{
	if (section_limit(section, "max_size", &ret->max_size) <= 0)
		ret->max_size = UINT64_MAX;
	ret->max_wait_ms = section_number(section, "max_wait");
	if (ret->max_wait_ms == 0)
		return section_error(section, "max_wait", "max_wait: must be greater than 0");
	ret->service = policy_setup_service(setup, section, "service", kind);
	if (ret->service == NULL)
		return -EINVAL;
	warn_times(setup, section, ret);
	return 0;
}

bool
policy_is_too_big(struct policy_call *c, const struct policy_asking *asking)
{
	return message_size(policy_message(c)) > asking->max_size;
}

enum verdict
policy_act_too_big(struct policy_call *c)
{
	int event = policy_on_event(c, "on_too_big");

	policy_set_result(c, RESULT_TOO_BIG, NULL);
	return event < 0 ? VERDICT_ERROR
			 : policy_act(c, (enum on_event)event, NULL, NULL,
				      "too large to be scanned");
}

void
policy_delete_headers(struct policy_call *c, const char *name)
{
	struct message *m = policy_message(c);
	uint32_t key = header_key(name);

	for (size_t i = 0; i < m->n_headers; i++)
		if (!m->headers[i].deleted && header_is_named(&m->headers[i], name, key))
			policy_delete_header(c, &m->headers[i]);
}
