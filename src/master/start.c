/* From the command line to an unprivileged process with its sockets. operations.md 3.1. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "master/state.h"
#include "util/log.h"

/* The workers of a master that was killed end a moment after it, and until then its addresses
 * are in use. */
#define WORKERS_END_MS 3000u

static void
report_nothing(void *ctx, enum config_severity kind, const char *file, unsigned line,
	       const char *text)
{
	*(unsigned *)ctx += file != NULL && line > 0 && text != NULL && kind == CONFIG_ERROR;
}

/* Root reads only a file that nobody else could have written. */
static int
check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH) != 0) {
		log_write(LOG_ERR, "%s is writable by others: root does not read it", path);
		return -EPERM;
	}
	return 0;
}

/* What is needed as root. When that is wrong all of it is read, to tell all mistakes at once.
 */
static int
load_early(const char *path, struct config **ret)
{
	unsigned mistakes = 0;
	struct config *all = NULL;

	if (check_file(path) < 0)
		return EX_CONFIG;
	if (config_load_early(path, report_nothing, &mistakes, ret) == 0)
		return EX_OK;
	if (config_load(path, config_report_to_file, stderr, &all) == 0) {
		config_free(all);
		(void)config_load_early(path, config_report_to_file, stderr, ret);
	}
	return EX_CONFIG;
}

int
start_exit_status(int error)
{
	if (error == -EADDRINUSE)
		return EX_UNAVAILABLE;
	return error == -EINVAL ? EX_CONFIG : EX_OSERR;
}

static int
check_owner(const struct master *m, const struct listener_conf *conf)
{
	if ((conf->owner == NULL && conf->group == NULL) || geteuid() == 0)
		return 0;
	log_write(LOG_ERR, "listener \"%s\": owner and group need %s", conf->name,
		  m->was_root ? "a restart" : "a daemon that is started as root");
	return -EINVAL;
}

int
start_listeners(struct master *m, const struct config *cfg)
{
	unsigned wait_ms = m->newest == NULL ? WORKERS_END_MS : 0; /* a reload blocks nothing */
	struct listener *l;
	int r;

	for (size_t i = 0; i < cfg->n_listeners; i++) {
		const struct listener_conf *conf = &cfg->listeners[i];

		if (listener_find(m->acceptor.listeners, conf) != NULL ||
		    listener_find(m->fresh, conf) != NULL)
			continue;
		r = check_owner(m, conf);
		if (r == 0)
			r = listener_open(conf, &m->id, &m->inherited, wait_ms, &l);
		if (r < 0)
			return r;
		l->next = m->fresh;
		m->fresh = l;
	}
	return 0;
}

/* What root read must be what the user reads. */
static bool
is_same(const struct master *m, const struct config *early, const struct config *cfg)
{
	size_t n = 0;

	for (const struct listener *l = m->fresh; l != NULL; l = l->next)
		n++;
	if (n != cfg->n_listeners || strcmp(early->user, cfg->user) != 0 ||
	    strcmp(early->group, cfg->group) != 0)
		return false;
	for (size_t i = 0; i < cfg->n_listeners; i++)
		if (listener_find(m->fresh, &cfg->listeners[i]) == NULL)
			return false;
	return true;
}

static int
load(const char *path, struct config **ret)
{
	return config_load(path, config_report_to_file, stderr, ret) == 0 ? EX_OK : EX_CONFIG;
}

/* All that needs root, then without it. */
static int
open_and_drop(struct master *m, const struct config *early)
{
	int r;

	if (identity_find(early, &m->id) < 0)
		return EX_CONFIG;
	r = start_listeners(m, early);
	if (r < 0)
		return start_exit_status(r);
	if (start_pidfile(m) < 0 || identity_become(&m->id) < 0)
		return EX_OSERR;
	return EX_OK;
}

static int
load_as_root(struct master *m, struct config **ret)
{
	struct config *early = NULL, *cfg = NULL;
	int status = load_early(m->options->config, &early);

	if (status != EX_OK)
		return status;
	status = open_and_drop(m, early);
	if (status == EX_OK)
		status = load(m->options->config, &cfg);
	if (status == EX_OK && !is_same(m, early, cfg)) {
		log_write(LOG_ERR,
			  "%s: read as user \"%s\" it says something else than to root",
			  m->options->config, early->user);
		status = EX_CONFIG;
	}
	config_free(early);
	if (status == EX_OK)
		*ret = cfg;
	else
		config_free(cfg);
	return status;
}

static int
load_as_user(struct master *m, struct config **ret)
{
	struct config *cfg = NULL;
	int status = load(m->options->config, &cfg), r;

	if (status != EX_OK)
		return status;
	r = start_listeners(m, cfg);
	if (r < 0)
		status = start_exit_status(r);
	else if (start_pidfile(m) < 0)
		status = EX_OSERR;
	if (status == EX_OK)
		*ret = cfg;
	else
		config_free(cfg);
	return status;
}

int
start_load(struct master *m, struct config **ret)
{
	m->was_root = geteuid() == 0;
	m->id = (struct identity){.uid = geteuid(), .gid = getegid()};
	return m->was_root ? load_as_root(m, ret) : load_as_user(m, ret);
}

/* The same, but without sockets. */
int
master_test(const char *path)
{
	struct config *early = NULL, *cfg = NULL;
	struct identity id = {.drop = false};
	int status = EX_OK;

	if (geteuid() == 0) {
		status = load_early(path, &early);
		if (status == EX_OK && identity_find(early, &id) < 0)
			status = EX_CONFIG;
		if (status == EX_OK && identity_become(&id) < 0)
			status = EX_CONFIG;
	}
	if (status == EX_OK)
		status = load(path, &cfg);
	config_free(early);
	config_free(cfg);
	return status;
}

/* The pidfile is made while we may, and written when we are ready. */
int
start_pidfile(struct master *m)
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

/* Where the directory is not ours it stays, empty. */
void
start_remove_pidfile(struct master *m)
{
	if (m->pidfile < 0)
		return;
	if (unlink(m->options->pidfile) < 0 && ftruncate(m->pidfile, 0) < 0)
		log_write(LOG_WARNING, "%s: %s", m->options->pidfile, strerror(errno));
	close(m->pidfile);
}
