/* polymilterctl services: asks each server of each service whether it works.
 *
 * It becomes the user of the daemon first, when root calls it: whether a socket can be reached
 * depends on who connects. All servers are asked at once, each on a connection of its own. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "config/config.h"
#include "config/paths.h"
#include "ctl/command.h"
#include "ctl/json.h"
#include "ctl/services.h"
#include "master/privileges.h"

enum { OPT_CONFIG, OPT_JSON };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE", "configuration file (default: " CONFIG_FILE ")", 'c'},
	[OPT_JSON] = {"json", NULL, "print the result as a JSON object", 0},
	{0},
};

static void
print_server(const struct server_check *check, unsigned number)
{
	printf("  %u  %s  ", number, check->server->text);
	if (check->reason != NULL)
		printf("%s%s%s\n", check->reason, *check->text != '\0' ? ": " : "",
		       check->text);
	else
		printf("up  %" PRIu64 ".%" PRIu64 " ms  %s\n", check->us / 1000,
		       check->us % 1000 / 100, check->text);
}

static void
print_service(const struct service *s, const struct server_check *checks)
{
	printf("service \"%s\" (%s)\n", s->name,
	       s->kind != NULL ? s->kind->name : "no policy uses it, it is not asked");
	for (size_t i = 0; i < s->n && s->kind != NULL; i++)
		print_server(&checks[s->servers[i].number], (unsigned)i + 1);
}

static void
add_json_server(json_t *list, const struct server_check *check)
{
	json_t *object = json_add_object(list);

	json_put_text(object, "server", check->server->text);
	json_put_bool(object, "up", check->reason == NULL);
	if (check->reason != NULL)
		json_put_text(object, "reason", check->reason);
	else
		json_put_number(object, "microseconds", check->us);
	if (*check->text != '\0')
		json_put_text(object, check->reason != NULL ? "text" : "version", check->text);
}

static void
print_json_services(const struct config *cfg, const struct server_check *checks)
{
	json_t *object = json_new_object();
	json_t *list = json_put_list(object, "services");

	for (size_t i = 0; i < cfg->n_services; i++) {
		const struct service *s = cfg->services[i];
		json_t *row = json_add_object(list), *servers;

		json_put_text(row, "name", s->name);
		if (s->kind != NULL)
			json_put_text(row, "kind", s->kind->name);
		servers = json_put_list(row, "servers");
		for (size_t k = 0; k < s->n && s->kind != NULL; k++)
			add_json_server(servers, &checks[s->servers[k].number]);
	}
	json_print(stdout, object, JSON_INDENT(2));
}

static int
become_daemon_user(const struct command *c, const struct config *cfg)
{
	struct identity_faults faults;
	struct identity id;

	if (identity_look_up(cfg, &id, &faults) < 0)
		return command_fail(c, EX_NOUSER, "%s",
				    *faults.user != '\0' ? faults.user : faults.group);
	return identity_become(&id) < 0 ? EX_OSERR : EX_OK;
}

static int
show_services(const struct config *cfg, bool json)
{
	struct server_check *checks = services_check(cfg);
	int status = EX_OK;

	for (size_t i = 0; i < cfg->n_servers; i++)
		if (checks[i].reason != NULL)
			status = EX_UNAVAILABLE;
	if (json)
		print_json_services(cfg, checks);
	for (size_t i = 0; i < cfg->n_services && !json; i++)
		print_service(cfg->services[i], checks);
	if (cfg->n_services == 0 && !json)
		printf("%s has no services\n", cfg->path);
	free(checks);
	return status;
}

static int
services_run(const struct command *c, const struct command_args *args)
{
	const char *path =
		args->values[OPT_CONFIG] != NULL ? args->values[OPT_CONFIG] : CONFIG_FILE;
	struct config *cfg = NULL;
	int r = config_load(path, config_report_to_file, stderr, &cfg);
	int status;

	if (r < 0)
		return r == -EINVAL ? EX_CONFIG : EX_NOINPUT;
	status = become_daemon_user(c, cfg);
	if (status == EX_OK)
		status = show_services(cfg, args->values[OPT_JSON] != NULL);
	config_free(cfg);
	return status;
}

const struct command command_services = {
	.name = "services",
	.operands = "",
	.summary = "Ask each server of each service whether it works",
	.options = options,
	.run = services_run,
};
