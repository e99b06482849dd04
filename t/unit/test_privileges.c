/* src/master/privileges: users, groups, limits. What only root can do is tested as root. What
 * cannot be undone is done in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caught_log.h"
#include "master/privileges.h"

#define NO_ONE "polymilter-none"

static struct config cfg;

static int
set_up(void **state)
{
	(void)state;
	catch_log();
	cfg = (struct config){.path = "test.conf", .user = "nobody", .group = ""};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	release_log();
	return 0;
}

/* Calls fn in a child. The lines it logged are lost; its result is what counts. */
static void
in_child(bool (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void
test_started_unprivileged(void **state)
{
	struct identity id;

	(void)state;
	if (geteuid() == 0)
		skip();
	cfg.user = NO_ONE; /* not looked at */
	assert_int_equal(identity_find(&cfg, &id), 0);
	assert_false(id.drop);
	assert_null(id.user);
	assert_int_equal(id.uid, geteuid());
	assert_int_equal(id.gid, getegid());
	assert_string_equal(lines(), "");
	assert_int_equal(identity_become(&id), 0);
}

static void
test_user_and_its_group(void **state)
{
	const struct passwd *pw = getpwnam("nobody");
	struct identity id;

	(void)state;
	need_root();
	assert_non_null(pw);
	assert_int_equal(identity_find(&cfg, &id), 0);
	assert_true(id.drop);
	assert_string_equal(id.user, "nobody");
	assert_int_equal(id.uid, pw->pw_uid);
	assert_int_equal(id.gid, pw->pw_gid);
	cfg.group = "mail";
	assert_int_equal(identity_find(&cfg, &id), 0);
	assert_int_equal(id.gid, getgrnam("mail")->gr_gid);
	assert_string_equal(lines(), "");
}

static void
test_unknown_user(void **state)
{
	struct identity id;

	(void)state;
	need_root();
	cfg.user = NO_ONE;
	assert_int_equal(identity_find(&cfg, &id), -ENOENT);
	assert_true(is_logged("test.conf: the user \"" NO_ONE
			      "\", the default, does not exist: "
			      "create it (\"useradd --system --user-group --no-create-home "
			      "--shell /usr/sbin/nologin " NO_ONE "\"), or name another one"));
	forget_lines();
	cfg.user_written = true;
	assert_int_equal(identity_find(&cfg, &id), -ENOENT);
	assert_true(is_logged("the user \"" NO_ONE "\" does not exist"));
}

static void
test_unknown_group(void **state)
{
	struct identity id;

	(void)state;
	need_root();
	cfg.group = NO_ONE;
	assert_int_equal(identity_find(&cfg, &id), -ENOENT);
	assert_true(is_logged("test.conf: the group \"" NO_ONE "\" does not exist: create it "
			      "(\"groupadd --system " NO_ONE "\")"));
}

static void
test_stays_root(void **state)
{
	struct identity id;

	(void)state;
	need_root();
	cfg.user = "";
	assert_int_equal(identity_find(&cfg, &id), 0);
	assert_false(id.drop);
	assert_int_equal(id.uid, 0);
	assert_string_equal(lines(), "test.conf: user = \"\": this daemon stays root\n");
	assert_int_equal(identity_become(&id), 0);
	assert_int_equal(geteuid(), 0);
}

static bool
become_nobody(void)
{
	uid_t uids[3];
	gid_t gids[3], groups[64];
	struct identity id;
	int n;

	if (identity_find(&cfg, &id) < 0 || identity_become(&id) < 0 ||
	    getresuid(&uids[0], &uids[1], &uids[2]) < 0 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) < 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (uids[i] != id.uid || gids[i] != id.gid)
			return false;
	n = getgroups(64, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			return false;
	return setuid(0) < 0 && n >= 0;
}

static void
test_become(void **state)
{
	(void)state;
	need_root();
	cfg.group = "mail";
	in_child(become_nobody);
}

/* A second time, without the privileges that it needs. */
static bool
become_twice(void)
{
	struct identity id;

	return identity_find(&cfg, &id) == 0 && identity_become(&id) == 0 &&
	       identity_become(&id) < 0 && is_logged("cannot become user \"nobody\": ");
}

static void
test_cannot_become(void **state)
{
	(void)state;
	need_root();
	in_child(become_twice);
}

static void
test_listener_ids(void **state)
{
	struct listener_conf conf = {.name = "mx"};
	uid_t uid = 7;
	gid_t gid = 7;

	(void)state;
	assert_int_equal(identity_of_listener(&conf, &uid, &gid), 0);
	assert_true(uid == (uid_t)-1 && gid == (gid_t)-1);
	conf.owner = "nobody";
	conf.group = "mail";
	assert_int_equal(identity_of_listener(&conf, &uid, &gid), 0);
	assert_int_equal(uid, getpwnam("nobody")->pw_uid);
	assert_int_equal(gid, getgrnam("mail")->gr_gid);
	conf.group = NO_ONE;
	assert_int_equal(identity_of_listener(&conf, &uid, &gid), -EINVAL);
	conf.owner = NO_ONE;
	assert_int_equal(identity_of_listener(&conf, &uid, &gid), -EINVAL);
	assert_string_equal(lines(), "listener \"mx\": group \"" NO_ONE "\" does not exist\n"
				     "listener \"mx\": owner \"" NO_ONE "\" does not exist\n");
}

static bool
harden(void)
{
	struct rlimit l = {1000, 2000};

	if (setrlimit(RLIMIT_CORE, &l) < 0)
		return false;
	privileges_harden();
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && getrlimit(RLIMIT_CORE, &l) == 0 &&
	       l.rlim_cur == 0 && l.rlim_max == 2000;
}

static bool
raise_descriptors(void)
{
	struct rlimit l = {64, 100};

	return setrlimit(RLIMIT_NOFILE, &l) == 0 && privileges_raise_nofile() == 100 &&
	       getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur == 100 &&
	       privileges_raise_nofile() == 100;
}

static void
test_limits(void **state)
{
	(void)state;
	in_child(harden);
	in_child(raise_descriptors);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_started_unprivileged),
		TEST(test_user_and_its_group),
		TEST(test_unknown_user),
		TEST(test_unknown_group),
		TEST(test_stays_root),
		TEST(test_become),
		TEST(test_cannot_become),
		TEST(test_listener_ids),
		TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
