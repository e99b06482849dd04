/* Finds the inode of a listening socket in /proc/self/net, then a process with a descriptor of
 * it. */
#include "master/socket_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/paths.h"
#include "loader/loader.h"

#define STATE_LISTEN	 0x0Au	  /* of a row of /proc/net/tcp */
#define FLAG_LISTENS	 0x10000u /* __SO_ACCEPTCON, of a row of /proc/net/unix */
#define COMMAND_LINE_MAX 8192u	  /* bytes of a command line that are read */

/* The sockets. */

struct search {
	const struct addr *addr;
	unsigned long inode; /* 0: not found */
	uid_t uid;	     /* its owner */
	bool is_exact;	     /* its address is the same */
};

static bool
read_inet_row(const char *line, struct addr *ret, unsigned long *ret_inode, uid_t *ret_uid)
{
	char host[33];
	unsigned port, state, words[4];
	size_t n;

	if (sscanf(line, " %*u: %32[0-9A-F]:%x %*s %x %*s %*s %*s %u %*u %lu", host, &port,
		   &state, ret_uid, ret_inode) != 5 ||
	    state != STATE_LISTEN)
		return false;
	n = strlen(host) / 8;
	for (size_t i = 0; i < n; i++)
		if (sscanf(host + 8 * i, "%8x", &words[i]) != 1)
			return false;
	*ret = (struct addr){.len = n == 4 ? sizeof(ret->in6) : sizeof(ret->in)};
	ret->sa.sa_family = n == 4 ? AF_INET6 : AF_INET;
	if (n == 4)
		memcpy(&ret->in6.sin6_addr, words, 16);
	else
		memcpy(&ret->in.sin_addr, words, 4);
	ret->in.sin_port = htons((uint16_t)port); /* both families have it there */
	return n == 1 || n == 4;
}

static bool
is_any_host(const struct addr *a)
{
	return a->sa.sa_family == AF_INET ? a->in.sin_addr.s_addr == htonl(INADDR_ANY)
					  : IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

static bool
is_same_host(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr);
}

/* A socket of IPv6 at all hosts may have the port for IPv4, too. */
static void
match_inet_row(struct search *s, const char *line)
{
	struct addr row;
	unsigned long inode;
	uid_t uid;
	bool exact;

	if (!read_inet_row(line, &row, &inode, &uid) || row.in.sin_port != s->addr->in.sin_port)
		return;
	exact = is_same_host(&row, s->addr);
	if (!exact && !is_any_host(&row) &&
	    (!is_any_host(s->addr) || row.sa.sa_family != s->addr->sa.sa_family))
		return;
	if (s->inode != 0 && !exact)
		return;
	s->inode = inode;
	s->uid = uid;
	s->is_exact = exact;
}

static void
match_unix_row(struct search *s, char *line)
{
	unsigned flags;
	unsigned long inode;
	int path_at = 0;
	struct stat st;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%*s %*s %*s %x %*s %*s %lu %n", &flags, &inode, &path_at) != 2 ||
	    path_at == 0 || (flags & FLAG_LISTENS) == 0 ||
	    strcmp(line + path_at, s->addr->un.sun_path) != 0)
		return;
	s->inode = inode;
	s->uid = stat(line + path_at, &st) == 0 ? st.st_uid : (uid_t)-1;
	s->is_exact = true;
}

static void
search_socket_list(struct search *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[512];

	if (f == NULL)
		return;
	while (!s->is_exact && fgets(line, sizeof(line), f) != NULL) {
		if (s->addr->sa.sa_family == AF_UNIX)
			match_unix_row(s, line);
		else
			match_inet_row(s, line);
	}
	(void)fclose(f);
}

static void
search_sockets(struct search *s)
{
	if (s->addr->sa.sa_family == AF_UNIX) {
		search_socket_list(s, "/proc/self/net/unix");
		return;
	}
	if (s->addr->sa.sa_family == AF_INET)
		search_socket_list(s, "/proc/self/net/tcp");
	search_socket_list(s, "/proc/self/net/tcp6");
}

/* The processes. */

static ssize_t
read_process_file(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

/* "X" of "-c X", "-cX", "-dc X", "--config X", "--config=X"; NULL: another argument. */
static const char *
find_config_argument(const char *arg, const char *next)
{
	const char *at;

	if (strncmp(arg, "--config", 8) == 0)
		return arg[8] == '=' ? arg + 9 : next;
	if (arg[0] != '-' || arg[1] == '-')
		return NULL;
	at = arg + strcspn(arg, "cp");
	if (*at != 'c')
		return NULL;
	return at[1] != '\0' ? at + 1 : next;
}

/* What is behind MASTER_TITLE; NULL: it is the command line of a start. */
static const char *
find_config_in_title(const char *line)
{
	size_t len = strlen(MASTER_TITLE);

	return strncmp(line, MASTER_TITLE, len) == 0 ? line + len : NULL;
}

/* Whether the daemon's configuration file is the one at config_path. True also if that cannot
 * be seen: its name is relative to a directory which the daemon has left, or which is hidden.
 */
static bool
serves_config(pid_t pid, const char *config_path)
{
	char line[COMMAND_LINE_MAX], path[COMMAND_LINE_MAX + 64];
	const char *file = CONFIG_FILE, *found;
	ssize_t n = read_process_file(pid, "cmdline", line, sizeof(line));
	struct stat theirs, ours;

	for (const char *arg = line; n > 0 && arg < line + n; arg += strlen(arg) + 1) {
		const char *next = arg + strlen(arg) + 1;

		found = find_config_argument(arg, next < line + n ? next : NULL);
		if (found == NULL)
			found = find_config_in_title(arg);
		if (found != NULL)
			file = found;
	}
	if (file[0] == '/')
		(void)snprintf(path, sizeof(path), "%s", file);
	else
		(void)snprintf(path, sizeof(path), "/proc/%d/cwd/%s", (int)pid, file);
	if (n <= 0)
		return false; /* it has ended */
	if (stat(path, &theirs) < 0)
		return file[0] != '/';
	return stat(config_path, &ours) == 0 && theirs.st_dev == ours.st_dev &&
	       theirs.st_ino == ours.st_ino;
}

/* 1: it has a descriptor of the socket, 0: none, -EACCES: it may not be looked at. */
static int
has_socket(pid_t pid, unsigned long inode)
{
	char path[64];
	const struct dirent *e;
	struct stat st;
	DIR *dir;
	int found = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return errno == EACCES ? -EACCES : 0;
	while (found == 0 && (e = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && S_ISSOCK(st.st_mode) &&
		    st.st_ino == inode)
			found = 1;
	(void)closedir(dir);
	return found;
}

/* What is looked for in each process. */
struct wanted {
	unsigned long inode;	     /* the socket at the address */
	unsigned long control_inode; /* 0: no process listens at our control socket */
	const char *config_path;
};

static bool
is_own_daemon(pid_t pid, const char *name, const struct wanted *w)
{
	if (strncmp(name, "polymilter", strlen("polymilter")) != 0)
		return false;
	return serves_config(pid, w->config_path) ||
	       (w->control_inode != 0 && has_socket(pid, w->control_inode) > 0);
}

/* ret is HOLDER_UNKNOWN, or what the processes before this one have made of it. */
static void
look_at_process(pid_t pid, const struct wanted *w, struct socket_holder *ret)
{
	char name[sizeof(ret->name)];
	int r = has_socket(pid, w->inode);

	if (r == 0 || read_process_file(pid, "comm", name, sizeof(name)) <= 0)
		return;
	name[strcspn(name, "\n")] = '\0';
	if (strcmp(name, WORKER_PROCESS_NAME) == 0 || strcmp(name, LOADER_PROCESS_NAME) == 0)
		return; /* its master has the socket, too */
	if (is_own_daemon(pid, name, w)) {
		ret->kind = HOLDER_OURS;
	} else if (r > 0 && ret->kind == HOLDER_UNKNOWN) {
		ret->kind = HOLDER_OTHER;
		ret->pid = pid;
		memcpy(ret->name, name, sizeof(name));
	}
}

static unsigned long
find_inode(const struct addr *addr)
{
	struct search s = {.addr = addr};

	if (addr->len > 0)
		search_sockets(&s);
	return s.inode;
}

void
socket_holder_find(const struct addr *addr, const struct own_daemon *own,
		   struct socket_holder *ret)
{
	struct wanted w = {.config_path = own->config_path};
	struct search s = {.addr = addr};
	const struct dirent *e;
	DIR *dir;

	*ret = (struct socket_holder){.kind = HOLDER_NONE};
	search_sockets(&s);
	if (s.inode == 0)
		return;
	ret->kind = HOLDER_UNKNOWN;
	ret->overlaps = !s.is_exact;
	w.inode = s.inode;
	w.control_inode = find_inode(own->control);
	dir = opendir("/proc");
	while (dir != NULL && ret->kind != HOLDER_OURS && (e = readdir(dir)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]))
			look_at_process((pid_t)strtol(e->d_name, NULL, 10), &w, ret);
	if (dir != NULL)
		(void)closedir(dir);
	/* In a sandbox as that of the unit, the processes of this user are hidden as well. */
	if (ret->kind == HOLDER_UNKNOWN && s.uid == geteuid())
		ret->kind = HOLDER_OURS;
}
