/* The start: from the command line to an unprivileged process with a configuration and open
 * sockets. Loaders read the configuration (loader.h), while the event loop runs.
 *
 * Started as root: a loader reads the configuration as root, for user, group, sockets and the
 * pidfile only; sockets and pidfile are opened; the process becomes the configured user; then
 * another loader reads the configuration whole, as that user. So a file that the user cannot
 * read fails the start and not the first reload, and root never compiles patterns. Started as
 * another user: the configuration is read once, then sockets and pidfile are opened. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "master/notify.h"
#include "master/state.h"
#include "util/log.h"

/* A user with write access could choose the user that the daemon becomes. */
static int
refuse_writable_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH) != 0) {
		log_write(LOG_ERR, "%s is writable by others: root does not read it", path);
		return -EPERM;
	}
	return 0;
}

/* What the loading has come to. */
struct first_load {
	struct master *m;
	struct config *settings; /* NULL: it has failed */
	bool early, ended;
	int status; /* see loader_done_fn */
};

/* The log is not open yet. */
static void
on_first_loaded(void *ctx, struct config *settings, int status, const char *text)
{
	struct first_load *first = ctx;

	first->ended = true;
	first->settings = settings;
	first->status = status;
	if (settings == NULL)
		first->m->next_loader = NULL;
	else if (first->early) /* it has done its work: its end is no loss */
		first->m->next_loader = loader_process_release(first->m->next_loader);
	(void)fputs(text, stderr);
	if (*text != '\0' && text[strlen(text) - 1] != '\n')
		(void)fputc('\n', stderr);
}

/* Runs the loop until a loader, then m->next_loader, has loaded the configuration, or a signal
 * stops the master. EX_OK and *ret, NULL after a signal; or an exit status. */
static int
load_in_child(struct master *m, bool early, struct config **ret)
{
	struct first_load first = {.m = m, .early = early, .status = EX_OK};
	const struct loader_request request = {
		.path = m->options->config,
		.early = early,
		.refuse_writable = m->was_root,
		.background = m->options->ready_fd >= 0,
	};
	int r;

	*ret = NULL;
	if (m->stopping) /* by a signal before this: the loop has ended */
		return EX_OK;
	r = loader_process_start(&m->loaders, &request, on_first_loaded, &first,
				 &m->next_loader);
	notify_extend_timeout(LOAD_LIMIT_MS);
	while (r >= 0 && !first.ended && !m->stopping)
		r = sd_event_run(m->loop, UINT64_MAX);
	if (r < 0) {
		log_write(LOG_ERR, "cannot load the configuration: %s", strerror(-r));
		return EX_OSERR;
	}
	if (!first.ended) /* first is gone with this call */
		m->next_loader = loader_process_release(m->next_loader);
	/* It is gone since it has loaded: the log has its end. */
	if (!early && first.settings != NULL && m->next_loader == NULL) {
		config_free(first.settings);
		return EX_OSERR;
	}
	*ret = first.settings;
	return first.status;
}

int
start_exit_status(int error)
{
	if (error == -EADDRINUSE)
		return EX_UNAVAILABLE;
	return error == -EINVAL ? EX_CONFIG : EX_OSERR;
}

static bool
is_same_address(const struct addr *a, const struct addr *b)
{
	return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

/* Whether the configuration as the user reads it names the user, group and sockets that root
 * has read. */
static bool
is_same_configuration(const struct master *m, const struct config *early,
		      const struct config *cfg)
{
	size_t n = 0;

	for (const struct listener *l = m->new_listeners; l != NULL; l = l->next)
		n++;
	if (n != cfg->n_listeners || strcmp(early->user, cfg->user) != 0 ||
	    strcmp(early->group, cfg->group) != 0 ||
	    !is_same_address(&early->metrics_addr, &cfg->metrics_addr))
		return false;
	for (size_t i = 0; i < cfg->n_listeners; i++)
		if (listener_find(m->new_listeners, &cfg->listeners[i]) == NULL)
			return false;
	return true;
}

/* Does what needs root, then becomes the configured user. */
static int
open_and_drop_privileges(struct master *m, const struct config *early)
{
	int r;

	if (identity_find(early, &m->id) < 0)
		return EX_CONFIG;
	r = listener_list_open_new(m, early);
	if (r < 0)
		return start_exit_status(r);
	if (start_open_pidfile(m) < 0 || identity_become(&m->id) < 0)
		return EX_OSERR;
	return EX_OK;
}

/* Root's privileges end with it. */
static void
wait_for_early_loader(struct master *m)
{
	while (m->loaders.loaders != NULL && sd_event_run(m->loop, UINT64_MAX) >= 0)
		;
}

static int
start_as_root(struct master *m)
{
	const char *path = m->options->config;
	struct config *early = NULL;
	int status =
		refuse_writable_file(path) < 0 ? EX_CONFIG : load_in_child(m, true, &early);

	wait_for_early_loader(m);
	if (early == NULL)
		return status;
	status = open_and_drop_privileges(m, early);
	if (status == EX_OK) {
		privileges_harden();
		status = load_in_child(m, false, &m->next_cfg);
	}
	if (m->next_cfg != NULL && !is_same_configuration(m, early, m->next_cfg)) {
		log_write(LOG_ERR,
			  "%s: read as user \"%s\" it has another user, group or socket than "
			  "read as root",
			  path, early->user);
		status = EX_CONFIG;
	}
	config_free(early);
	return status;
}

static int
start_as_user(struct master *m)
{
	int status, r;

	privileges_harden();
	status = load_in_child(m, false, &m->next_cfg);
	if (m->next_cfg == NULL)
		return status;
	r = listener_list_open_new(m, m->next_cfg);
	if (r < 0)
		return start_exit_status(r);
	return start_open_pidfile(m) < 0 ? EX_OSERR : EX_OK;
}

int
start_load(struct master *m)
{
	int status;

	m->was_root = geteuid() == 0;
	m->id = (struct identity){.uid = geteuid(), .gid = getegid()};
	m->reload = RELOAD_LOADING; /* a reload waits until the first generation is ready */
	status = m->was_root ? start_as_root(m) : start_as_user(m);
	if (status != EX_OK) {
		m->next_loader = loader_process_release(m->next_loader);
		m->next_cfg = config_free(m->next_cfg);
	}
	return status;
}

/* The pidfile. */

int
start_open_pidfile(struct master *m)
{
	const char *path = m->options->pidfile;

	m->pidfile = -1;
	if (path == NULL)
		return 0;
	m->pidfile = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (m->pidfile >= 0 && (!m->id.drop || fchown(m->pidfile, m->id.uid, m->id.gid) == 0))
		return 0;
	log_write(LOG_ERR, "%s: %s", path, strerror(errno));
	return -EIO;
}

void
start_write_pidfile(struct master *m)
{
	if (m->pidfile < 0)
		return;
	if (ftruncate(m->pidfile, 0) < 0 || dprintf(m->pidfile, "%d\n", (int)getpid()) < 0)
		log_write(LOG_ERR, "%s: %s", m->options->pidfile, strerror(errno));
}

/* In a directory that is not the user's it cannot be removed: then it is emptied. */
void
start_remove_pidfile(struct master *m)
{
	if (m->pidfile < 0)
		return;
	if (unlink(m->options->pidfile) < 0 && ftruncate(m->pidfile, 0) < 0)
		log_write(LOG_WARNING, "%s: %s", m->options->pidfile, strerror(errno));
	close(m->pidfile);
}
