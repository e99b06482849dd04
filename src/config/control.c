/* Reads control { }: the socket for polymilterctl, the one for HTTP, the history. Input: the
 * section; output: config.control and config.metrics with their addresses, config.history. */
#include <string.h>

#include "config/builder.h"

static void
read_control_socket(struct config *c, const struct section *s)
{
	const char *reason = "";

	c->control = section_string(s, "socket");
	c->control_written = section_has(s, "socket");
	if (c->control[0] == '\0')
		return; /* none */
	if (addr_parse(c->control, &c->control_addr, &reason) < 0)
		section_error(s, "socket", "socket: '%s': %s", c->control, reason);
	else if (c->control_addr.sa.sa_family != AF_UNIX)
		section_error(s, "socket", "socket: '%s': must be a unix socket", c->control);
	else
		return;
	c->control_addr.len = 0;
}

static const bool has_microhttpd =
#ifdef WITH_MICROHTTPD
	true;
#else
	false;
#endif

static void
read_metrics_socket(struct config *c, const struct section *s)
{
	const char *reason = "";
	struct addr addr;

	if (!has_microhttpd) {
		section_error(s, "metrics",
			      "metrics: polymilter was built without libmicrohttpd, which "
			      "serves it");
		return;
	}
	if (addr_parse(c->metrics, &addr, &reason) < 0) {
		section_error(s, "metrics", "metrics: '%s': %s", c->metrics, reason);
		return;
	}
	c->metrics_addr = addr;
	if (!addr_is_loopback(&addr))
		section_warning(s, "metrics",
				"metrics: any host that reaches '%s' can read the metrics; "
				"use a loopback address, or a firewall",
				c->metrics);
}

void
builder_read_control(struct config_builder *b)
{
	const struct section *s = builder_find_group(b, "control");
	struct config *c = b->config;

	c->control_section = s;
	read_control_socket(c, s);
	c->history = builder_read_number(s, "history", 0, CONFIG_HISTORY_MAX);
	c->metrics = section_string(s, "metrics");
	if (c->metrics[0] != '\0')
		read_metrics_socket(c, s);
}

static bool
is_at(const struct addr *a, const struct addr *b)
{
	return a->len > 0 && a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

void
builder_check_metrics_socket(struct config_builder *b)
{
	const struct config *c = b->config;

	if (is_at(&c->metrics_addr, &c->control_addr))
		section_error(c->control_section, "metrics",
			      "metrics: '%s' is the control socket", c->metrics);
	for (size_t i = 0; i < c->n_listeners; i++)
		if (is_at(&c->metrics_addr, &c->listeners[i].addr))
			section_error(c->control_section, "metrics",
				      "metrics: '%s' is already used by listener \"%s\"",
				      c->metrics, c->listeners[i].name);
}
