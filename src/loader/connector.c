/* Forks connectors, and keeps the ends of the workers' channels for them. */
#include "loader/connector.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/channel.h"
#include "loader/connector_process.h"
#include "util/log.h"

void
connector_init(struct connector *c, const struct config *cfg, unsigned generation)
{
	*c = (struct connector){.cfg = cfg, .generation = generation, .channel = -1};
}

static _Noreturn void
run_connector(const struct connector *c, int loader)
{
	int *ends = calloc(c->n + 1, sizeof(*ends));

	if (ends == NULL)
		abort();
	for (size_t i = 0; i < c->n; i++)
		ends[i] = c->ends[i].fd;
	connector_main(c->cfg, c->generation, loader, ends, c->n);
}

/* Without one, questions to services fail, and it is tried again with the next worker. */
static void
start_connector(struct connector *c)
{
	int ends[2], r = channel_pair(ends);

	if (r == 0) {
		c->pid = fork();
		if (c->pid == 0)
			run_connector(c, ends[1]);
		r = c->pid < 0 ? -errno : 0;
		close(ends[1]);
		c->channel = ends[0];
	}
	if (r == 0)
		return;
	log_write(LOG_ERR, "cannot start a connector: %s gen=%u", strerror(-r), c->generation);
	if (c->channel >= 0)
		close(c->channel);
	c->channel = -1;
	c->pid = 0;
}

static void
keep_end(struct connector *c, int fd)
{
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 16;
		c->ends = reallocarray(c->ends, c->cap, sizeof(*c->ends));
		if (c->ends == NULL)
			abort();
	}
	c->ends[c->n++] = (struct pollfd){.fd = fd};
}

int
connector_add_worker(struct connector *c)
{
	int ends[2], r;

	if (c->cfg->n_servers == 0)
		return -1;
	r = channel_pair(ends);
	if (r < 0)
		return r;
	keep_end(c, ends[0]);
	if (c->pid == 0)
		start_connector(c); /* which inherits the end */
	else if (channel_send(c->channel, CONNECTOR_WORKER, NULL, 0, ends[0]) < 0)
		(void)kill(c->pid, SIGKILL); /* it does not read: another one is started */
	return ends[1];
}

static void
drop_ended_workers(struct connector *c)
{
	for (size_t i = c->n; i-- > 0;) {
		if ((c->ends[i].revents & (POLLHUP | POLLERR)) == 0)
			continue;
		close(c->ends[i].fd);
		c->ends[i] = c->ends[--c->n];
	}
}

static void
replace_connector(struct connector *c)
{
	int status = 0;

	log_write(LOG_ERR, "the connector %d has ended, another one starts gen=%u", (int)c->pid,
		  c->generation);
	close(c->channel);
	c->channel = -1;
	(void)waitpid(c->pid, &status, 0);
	c->pid = 0;
	start_connector(c);
}

void
connector_look(struct connector *c)
{
	struct channel_msg msg;

	(void)poll(c->ends, c->n, 0);
	drop_ended_workers(c);
	if (c->pid != 0 && channel_recv(c->channel, &msg) == 0)
		replace_connector(c);
}

void
connector_end(struct connector *c)
{
	if (c->channel >= 0)
		close(c->channel);
	for (size_t i = 0; i < c->n; i++)
		close(c->ends[i].fd);
	free(c->ends);
	if (c->pid != 0)
		(void)waitpid(c->pid, NULL, 0);
}
