/* The start: from the command line to an unprivileged process with a configuration and open
 * sockets.
 *
 * Started as root: the configuration is read as root, for user, group, sockets and the pidfile
 * only; sockets and pidfile are opened; the process becomes the configured user; then the
 * configuration is read whole, as that user. So a file that the user cannot read fails the
 * start and not the first reload, and root never compiles patterns. Started as another user:
 * the configuration is read once, then sockets and pidfile are opened. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

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

/* What is needed as root. If there is a mistake in it the whole file is read, so that all
 * mistakes are reported at once. */
static int
load_early_as_root(const char *path, struct config **ret)
{
	struct config *all = NULL;

	if (refuse_writable_file(path) < 0)
		return EX_CONFIG;
	if (config_load_early(path, config_report_to_nobody, NULL, ret) == 0)
		return EX_OK;
	if (config_load(path, config_report_to_file, stderr, &all) == 0) {
		config_free(all);
		(void)config_load_early(path, config_report_to_file, stderr, ret);
	}
	return EX_CONFIG;
}

static int
load_configuration(const char *path, struct config **ret)
{
	return config_load(path, config_report_to_file, stderr, ret) == 0 ? EX_OK : EX_CONFIG;
}

int
start_exit_status(int error)
{
	if (error == -EADDRINUSE)
		return EX_UNAVAILABLE;
	return error == -EINVAL ? EX_CONFIG : EX_OSERR;
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
	    strcmp(early->group, cfg->group) != 0)
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

static int
start_as_root(struct master *m, struct config **ret)
{
	struct config *early = NULL, *cfg = NULL;
	int status = load_early_as_root(m->options->config, &early);

	if (status != EX_OK)
		return status;
	status = open_and_drop_privileges(m, early);
	if (status == EX_OK)
		status = load_configuration(m->options->config, &cfg);
	if (status == EX_OK && !is_same_configuration(m, early, cfg)) {
		log_write(LOG_ERR,
			  "%s: read as user \"%s\" it has another user, group or socket than "
			  "read as root",
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
start_as_user(struct master *m, struct config **ret)
{
	struct config *cfg = NULL;
	int status = load_configuration(m->options->config, &cfg), r;

	if (status != EX_OK)
		return status;
	r = listener_list_open_new(m, cfg);
	if (r < 0)
		status = start_exit_status(r);
	else if (start_open_pidfile(m) < 0)
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
	return m->was_root ? start_as_root(m, ret) : start_as_user(m, ret);
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
