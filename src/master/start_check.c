/* Checks the configuration against this host: users, addresses, directories, the pidfile. What
 * only root can see is looked at by the early reading, all else by the whole one. */
#include "master/start_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "lint/lint.h"
#include "master/address_use.h"
#include "master/listen.h"
#include "master/master.h"
#include "master/privileges.h"
#include "master/socket_holder.h"
#include "util/access.h"
#include "util/buf.h"
#include "util/log.h"

#define FAULT_BYTES 192u

/* What root has found out about an address. */
struct tried_address {
	struct addr addr;
	bool usable;
	char fault[FAULT_BYTES];
	struct tried_address *next;
};

struct start_check {
	const char *path, *pidfile;
	bool by_root;  /* it is root who starts the daemon */
	bool was_root; /* it was root, and this is a reload */
	/* At a reload: what need not be looked at, listeners and the socket for HTTP. */
	struct listener *open;
	const struct listener *metrics; /* NULL: there is none */
	struct identity id;
	char *user;	 /* id.user */
	bool stays_root; /* user = "" */
	struct tried_address *tried;
	config_report_fn *report;
	void *ctx;
	bool failed; /* a mistake outside of the file was reported */
};

/* As root. */

static void
try_address(struct start_check *c, const struct config *cfg, const struct addr *addr)
{
	const struct own_daemon own = {c->path, &cfg->control_addr};
	struct tried_address *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->addr = *addr;
	t->usable = address_is_usable(addr, &own, t->fault, sizeof(t->fault));
	t->next = c->tried;
	c->tried = t;
}

static void
look_as_root(void *ctx, const struct config *cfg)
{
	struct start_check *c = ctx;
	struct identity_faults faults;

	(void)identity_look_up(cfg, &c->id, &faults);
	c->stays_root = cfg->user[0] == '\0';
	if (c->id.drop) {
		c->user = strdup(cfg->user);
		if (c->user == NULL)
			abort();
		c->id.user = c->user;
	}
	for (size_t i = 0; i < cfg->n_listeners; i++)
		if (cfg->listeners[i].addr.len > 0)
			try_address(c, cfg, &cfg->listeners[i].addr);
	if (cfg->metrics_addr.len > 0)
		try_address(c, cfg, &cfg->metrics_addr);
}

/* As the daemon's user. */

static void
check_user_and_group(const struct config *cfg)
{
	struct identity_faults faults;
	struct identity id;

	(void)identity_look_up(cfg, &id, &faults);
	if (faults.user[0] != '\0')
		config_error(cfg, cfg->section, "user", "%s", faults.user);
	if (faults.group[0] != '\0')
		config_error(cfg, cfg->section, "group", "%s", faults.group);
}

/* The directory of a path, in a static buffer. */
static const char *
find_directory(const char *path)
{
	static char dir[4096];
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	(void)snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return dir;
}

/* Of option owner or group: exists tells whether there is a user or group of this name. dir: a
 * socket that is made there can have the group without being given to it; NULL: not so. */
static void
check_socket_id(const struct start_check *c, const struct config *cfg, const struct section *s,
		const char *option, const char *kind, const char *name, bool exists,
		const char *dir)
{
	if (!exists)
		config_error(cfg, s, option, "%s: the %s \"%s\" does not exist", option, kind,
			     name);
	else if (c->was_root)
		config_error(cfg, s, option, "%s: a new socket with it needs a restart",
			     option);
	else if (!c->by_root && dir == NULL)
		config_error(cfg, s, option,
			     "%s: only a daemon that is started as root can set it", option);
	else if (!c->by_root)
		config_error(cfg, s, option,
			     "%s: only a daemon that is started as root can set it; the socket "
			     "inherits it when the directory %s has this group and mode 2750",
			     option, dir);
}

static void
check_socket_owner(const struct start_check *c, const struct config *cfg,
		   const struct listener_conf *l)
{
	if (l->owner != NULL)
		check_socket_id(c, cfg, l->section, "owner", "user", l->owner,
				identity_user_exists(l->owner), NULL);
	if (l->group != NULL)
		check_socket_id(c, cfg, l->section, "group", "group", l->group,
				identity_group_exists(l->group),
				find_directory(l->addr.un.sun_path));
}

/* Why the user of this process cannot make files in the directory; NULL: he can. */
static const char *
find_directory_fault(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return access_error_text(errno);
	if (!S_ISDIR(st.st_mode))
		return strerror(ENOTDIR);
	return faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0 ? access_error_text(errno)
								     : NULL;
}

static void
check_socket_directory(const struct config *cfg, const struct section *s, const char *option,
		       const struct addr *addr)
{
	const char *dir = find_directory(addr->un.sun_path);
	const char *fault = find_directory_fault(dir);

	if (fault != NULL)
		config_error(cfg, s, option,
			     "%s: the socket cannot be made in the directory %s: %s", option,
			     dir, fault);
}

/* Of the option with this value. */
static void
check_socket_address(struct start_check *c, const struct config *cfg, const struct section *s,
		     const char *option, const char *value, const struct addr *addr)
{
	const struct tried_address *t = c->tried;

	while (t != NULL &&
	       (t->addr.len != addr->len || memcmp(&t->addr.sa, &addr->sa, addr->len) != 0))
		t = t->next;
	if (t == NULL) {
		try_address(c, cfg, addr);
		t = c->tried;
	}
	if (!t->usable)
		config_error(cfg, s, option, "%s: '%s': %s", option, value, t->fault);
}

static void
check_metrics_socket(struct start_check *c, const struct config *cfg)
{
	const struct listener_conf conf = {.addr = cfg->metrics_addr};

	if (conf.addr.len == 0 || (c->metrics != NULL && listener_fits(c->metrics, &conf)))
		return;
	check_socket_address(c, cfg, cfg->control_section, "metrics", cfg->metrics,
			     &cfg->metrics_addr);
	if (conf.addr.sa.sa_family == AF_UNIX)
		check_socket_directory(cfg, cfg->control_section, "metrics",
				       &cfg->metrics_addr);
}

static void
check_log(const struct config *cfg)
{
	int r = log_try(cfg->log_target);

	if (r < 0)
		config_error(cfg, cfg->log_section, "target",
			     "target: %s: %s; with target = \"auto\" or \"stderr\" it is not "
			     "needed",
			     log_socket_path(cfg->log_target), access_error_text(-r));
}

/* A socket that is open stays as it is, whatever a reload says. */
static void
warn_of_socket_owner(const struct listener_conf *l)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (l->addr.sa.sa_family != AF_UNIX || stat(l->addr.un.sun_path, &st) < 0 ||
	    identity_of_listener(l, &uid, &gid) < 0)
		return;
	if (uid != (uid_t)-1 && uid != st.st_uid)
		section_warning(l->section, "owner",
				"owner: the socket keeps its owner until a restart");
	if (gid != (gid_t)-1 && gid != st.st_gid)
		section_warning(l->section, "group",
				"group: the socket keeps its group until a restart");
}

static void
check_sockets(struct start_check *c, const struct config *cfg)
{
	if (cfg->control_written && cfg->control_addr.len > 0)
		check_socket_directory(cfg, cfg->control_section, "socket", &cfg->control_addr);
	check_metrics_socket(c, cfg);
	for (size_t i = 0; i < cfg->n_listeners; i++) {
		const struct listener_conf *l = &cfg->listeners[i];

		if (l->addr.len == 0)
			continue; /* systemd's, or a mistake in it was reported */
		if (listener_find(c->open, l) != NULL) {
			if (c->was_root)
				warn_of_socket_owner(l);
			continue;
		}
		check_socket_address(c, cfg, l->section, "socket", l->socket, &l->addr);
		if (l->addr.sa.sa_family != AF_UNIX)
			continue;
		check_socket_owner(c, cfg, l);
		check_socket_directory(cfg, l->section, "socket", &l->addr);
	}
}

static void
look_as_user(void *ctx, const struct config *cfg)
{
	check_user_and_group(cfg);
	check_log(cfg);
	check_sockets(ctx, cfg);
}

static void
look_for_doubts(void *ctx, const struct config *cfg)
{
	(void)ctx;
	lint_config(cfg);
}

static void
report_pidfile_fault(struct start_check *c, const char *text, const char *reason)
{
	struct buf b = {0};

	buf_printf(&b, "%s%s", text, reason);
	c->failed = true;
	c->report(c->ctx, CONFIG_ERROR, c->pidfile, 0, buf_string(&b));
	buf_free(&b);
}

/* Root could make it in any directory, but the daemon's user is to remove it. */
static void
check_pidfile(struct start_check *c)
{
	const char *fault;
	struct stat st;

	if (c->pidfile == NULL)
		return;
	fault = find_directory_fault(find_directory(c->pidfile));
	if (lstat(c->pidfile, &st) < 0) {
		if (fault != NULL)
			report_pidfile_fault(
				c, "the pidfile cannot be made in its directory: ", fault);
	} else if (!S_ISREG(st.st_mode)) {
		report_pidfile_fault(c, "the pidfile is no regular file", "");
	} else if (!c->by_root && faccessat(AT_FDCWD, c->pidfile, W_OK, AT_EACCESS) < 0) {
		report_pidfile_fault(c, "the pidfile: ", access_error_text(errno));
	}
}

/* Looks at what only root sees, then becomes the daemon's user if the file names one that
 * exists. 0 and whether root may read the file; or a negative errno after a report. */
static int
prepare_as_root(struct start_check *c, bool *ret_refused)
{
	const struct config_check check = {.run = look_as_root, .ctx = c, .early = true};
	struct config *cfg = NULL;
	int r = config_load_checked(c->path, &check, config_report_to_nobody, NULL, &cfg);

	config_free(cfg);
	if (r < 0 && r != -EINVAL) {
		(void)config_load_early(c->path, c->report, c->ctx, &cfg);
		return r;
	}
	*ret_refused = r < 0;
	if (c->stays_root)
		c->report(c->ctx, CONFIG_WARNING, c->path, 0,
			  "user = \"\": this daemon stays root");
	return identity_become(&c->id);
}

/* When root refuses a file that is good otherwise, the early reading has the reason. */
static int
load_as_daemon(struct start_check *c, bool refused, struct config **ret)
{
	const struct config_check check = {
		.run = look_as_user,
		.run_good = look_for_doubts,
		.ctx = c,
		.refuse_writable = c->by_root,
	};
	struct config *cfg = NULL;
	int r = config_load_checked(c->path, &check, c->report, c->ctx, ret);

	if (r == 0 && refused)
		(void)config_load_early(c->path, c->report, c->ctx, &cfg);
	config_free(cfg);
	if (r == 0 || r == -EINVAL)
		check_pidfile(c);
	if (r == 0 && (refused || c->failed)) {
		*ret = config_free(*ret);
		r = -EINVAL;
	}
	return r;
}

static void
free_start_check(struct start_check *c)
{
	while (c->tried != NULL) {
		struct tried_address *next = c->tried->next;

		free(c->tried);
		c->tried = next;
	}
	free(c->user);
}

int
start_check(const char *path, const char *pidfile, config_report_fn *report, void *ctx,
	    struct config **ret)
{
	struct start_check c = {.path = path, .pidfile = pidfile, .report = report, .ctx = ctx};
	bool refused = false;
	int r = 0;

	c.by_root = geteuid() == 0;
	if (c.by_root)
		r = prepare_as_root(&c, &refused);
	if (r == 0)
		r = load_as_daemon(&c, refused, ret);
	free_start_check(&c);
	return r;
}

void
start_check_reload(const struct config *cfg, const char *path, bool was_root,
		   struct listener *open, const struct listener *metrics)
{
	struct start_check c = {
		.path = path, .was_root = was_root, .open = open, .metrics = metrics};

	if (was_root) /* else user and group are not used */
		check_user_and_group(cfg);
	check_sockets(&c, cfg);
	free_start_check(&c);
}

struct printed_check {
	FILE *mistakes;
	unsigned errors;
};

static void
print_mistake(void *ctx, enum config_severity severity, const char *file, unsigned line,
	      const char *text)
{
	struct printed_check *p = ctx;

	p->errors += severity == CONFIG_ERROR;
	config_report_to_file(p->mistakes, severity, file, line, text);
}

int
start_check_print(const char *path, const char *pidfile, FILE *mistakes, FILE *good,
		  struct config **ret)
{
	struct printed_check p = {.mistakes = mistakes};
	struct config *cfg = NULL;
	int r = start_check(path, pidfile, print_mistake, &p, &cfg);

	if (p.errors > 0)
		(void)fprintf(mistakes, "%s: %u error%s\n", path, p.errors,
			      p.errors == 1 ? "" : "s");
	if (r < 0)
		return r;
	if (good != NULL)
		(void)fprintf(good, "%s: good, %zu listener%s, %zu polic%s\n", cfg->path,
			      cfg->n_listeners, cfg->n_listeners == 1 ? "" : "s",
			      cfg->n_policies, cfg->n_policies == 1 ? "y" : "ies");
	*ret = cfg;
	return 0;
}

int
master_test(const char *path, const char *pidfile)
{
	struct config *cfg = NULL;

	if (start_check_print(path, pidfile, stderr, stdout, &cfg) < 0)
		return EX_CONFIG;
	config_free(cfg);
	return EX_OK;
}
