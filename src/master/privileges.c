/* Looks up users and groups, drops privileges, sets resource limits. */
#include "master/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "util/log.h"

/* More than any configuration needs; the limit of some systems is a billion. */
#define NOFILE_MAX (1u << 20)

static int
find_group_id(const char *name, gid_t *ret)
{
	const struct group *gr = getgrnam(name);

	if (gr == NULL)
		return -ENOENT;
	*ret = gr->gr_gid;
	return 0;
}

static void
describe_missing_user(const struct config *cfg, char *buf, size_t size)
{
	(void)snprintf(buf, size,
		       "the user \"%s\"%s does not exist: create it (\"useradd --system "
		       "--user-group --no-create-home --shell /usr/sbin/nologin %s\"), or "
		       "name another one with user = \"...\"",
		       cfg->user, cfg->user_written ? "" : ", the default,", cfg->user);
}

static void
describe_missing_group(const struct config *cfg, char *buf, size_t size)
{
	(void)snprintf(buf, size,
		       "the group \"%s\" does not exist: create it (\"groupadd --system "
		       "%s\"), or name another one with group = \"...\"",
		       cfg->group, cfg->group);
}

int
identity_look_up(const struct config *cfg, struct identity *ret, struct identity_faults *faults)
{
	struct identity id = {.uid = geteuid(), .gid = getegid()};
	const struct passwd *pw;

	*ret = id;
	*faults = (struct identity_faults){0};
	if (id.uid != 0 || cfg->user[0] == '\0')
		return 0;
	pw = getpwnam(cfg->user);
	if (pw == NULL)
		describe_missing_user(cfg, faults->user, sizeof(faults->user));
	else
		id = (struct identity){
			.drop = true, .user = cfg->user, .uid = pw->pw_uid, .gid = pw->pw_gid};
	if (cfg->group[0] != '\0' && find_group_id(cfg->group, &id.gid) < 0)
		describe_missing_group(cfg, faults->group, sizeof(faults->group));
	if (pw != NULL)
		*ret = id;
	return faults->user[0] != '\0' || faults->group[0] != '\0' ? -ENOENT : 0;
}

int
identity_find(const struct config *cfg, struct identity *ret)
{
	struct identity_faults faults;
	struct identity id;
	int r = identity_look_up(cfg, &id, &faults);

	if (faults.user[0] != '\0')
		log_write(LOG_ERR, "%s: %s", cfg->path, faults.user);
	if (faults.group[0] != '\0')
		log_write(LOG_ERR, "%s: %s", cfg->path, faults.group);
	if (r < 0)
		return r;
	if (id.uid == 0 && cfg->user[0] == '\0')
		log_write(LOG_WARNING, "%s: user = \"\": this daemon stays root", cfg->path);
	*ret = id;
	return 0;
}

/* -ENOTRECOVERABLE: the process became the user, but root can be regained. */
static int
set_user_ids(const struct identity *id)
{
	if (initgroups(id->user, id->gid) < 0 || setresgid(id->gid, id->gid, id->gid) < 0 ||
	    setresuid(id->uid, id->uid, id->uid) < 0)
		return -errno;
	if (id->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return -ENOTRECOVERABLE;
	return 0;
}

int
identity_become(const struct identity *id)
{
	int r;

	if (!id->drop)
		return 0;
	r = set_user_ids(id);
	if (r == -ENOTRECOVERABLE)
		log_write(LOG_ERR,
			  "privileges of root can be regained after they were dropped");
	else if (r < 0)
		log_write(LOG_ERR, "cannot become user \"%s\": %s", id->user, strerror(-r));
	return r;
}

bool
identity_user_exists(const char *name)
{
	return getpwnam(name) != NULL;
}

bool
identity_group_exists(const char *name)
{
	return getgrnam(name) != NULL;
}

int
identity_of_listener(const struct listener_conf *conf, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct passwd *pw = conf->owner != NULL ? getpwnam(conf->owner) : NULL;
	gid_t gid = (gid_t)-1;

	if (conf->owner != NULL && pw == NULL) {
		log_write(LOG_ERR, "listener \"%s\": owner \"%s\" does not exist", conf->name,
			  conf->owner);
		return -EINVAL;
	}
	if (conf->group != NULL && find_group_id(conf->group, &gid) < 0) {
		log_write(LOG_ERR, "listener \"%s\": group \"%s\" does not exist", conf->name,
			  conf->group);
		return -EINVAL;
	}
	*ret_uid = pw != NULL ? pw->pw_uid : (uid_t)-1;
	*ret_gid = gid;
	return 0;
}

void
privileges_harden(void)
{
	struct rlimit core;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		log_write(LOG_WARNING, "no_new_privs: %s", strerror(errno));
	if (getrlimit(RLIMIT_CORE, &core) < 0)
		core.rlim_max = 0;
	core.rlim_cur = 0;
	if (setrlimit(RLIMIT_CORE, &core) < 0)
		log_write(LOG_WARNING, "RLIMIT_CORE: %s", strerror(errno));
}

size_t
privileges_raise_nofile(void)
{
	struct rlimit now, want;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return 1024;
	want = now;
	want.rlim_cur = now.rlim_max < NOFILE_MAX ? now.rlim_max : NOFILE_MAX;
	if (want.rlim_cur > now.rlim_cur && setrlimit(RLIMIT_NOFILE, &want) == 0)
		now = want;
	return now.rlim_cur < NOFILE_MAX ? (size_t)now.rlim_cur : NOFILE_MAX;
}
