/* The benchmark's peers: a libmilter filter as one writes it from the manual. It refuses what
 * is too big, by SIZE= or in fact, and what one of ten header rules matches. p has a callback
 * for every stage and libmilter's own negotiation; q asks libmilter for every NO and NR bit
 * that its work allows. Neither logs. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include <libmilter/mfapi.h>
#include <pcre2.h>

#include "rules.h"

static pcre2_code *codes[BENCH_RULES];

struct mail {
	pcre2_match_data *match; /* lives as long as the connection */
	size_t bytes;
	bool refused;
};

static sfsistat
peer_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *addr)
{
	struct mail *m = calloc(1, sizeof(*m));

	if (!m || !host || !addr)
		abort();
	m->match = pcre2_match_data_create(8, NULL);
	smfi_setpriv(ctx, m);
	return SMFIS_CONTINUE;
}

static sfsistat
peer_helo(SMFICTX *ctx, char *name)
{
	return ctx && name ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

/* The state of the connection. q has no connect callback: made here. */
static struct mail *
get_mail(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m)
		abort();
	m->match = pcre2_match_data_create(8, NULL);
	smfi_setpriv(ctx, m);
	return m;
}

static sfsistat
refuse_size(SMFICTX *ctx)
{
	char code[] = "552", xcode[] = "5.3.4", text[] = "Message too big";

	smfi_setreply(ctx, code, xcode, text);
	return SMFIS_REJECT;
}

static sfsistat
peer_envfrom(SMFICTX *ctx, char **argv)
{
	struct mail *m = get_mail(ctx);

	m->bytes = 2;
	m->refused = false;
	for (char **arg = argv + 1; argv[0] && *arg; arg++) {
		if (strncasecmp(*arg, "SIZE=", 5) != 0 ||
		    strtoull(*arg + 5, NULL, 10) <= BENCH_MAX_BYTES)
			continue;
		return refuse_size(ctx);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
peer_envrcpt(SMFICTX *ctx, char **argv)
{
	return ctx && argv[0] ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
peer_data(SMFICTX *ctx)
{
	return ctx ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
peer_unknown(SMFICTX *ctx, const char *line)
{
	return ctx && line ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static bool
hits(struct mail *m, const char *name, const char *value, size_t len)
{
	for (size_t i = 0; i < BENCH_RULES; i++) {
		if (strcasecmp(name, bench_rules[i].header) != 0)
			continue;
		if (pcre2_match(codes[i], (PCRE2_SPTR)value, len, 0, 0, m->match, NULL) >= 0)
			return true;
	}
	return false;
}

static sfsistat
peer_header(SMFICTX *ctx, char *name, char *value)
{
	struct mail *m = get_mail(ctx);
	size_t len = strlen(value);

	m->bytes += strlen(name) + len + 4;
	m->refused = m->refused || hits(m, name, value, len);
	return SMFIS_CONTINUE;
}

static sfsistat
peer_eoh(SMFICTX *ctx)
{
	return ctx ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
peer_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct mail *m = get_mail(ctx);

	m->bytes += data ? len : 0;
	return SMFIS_CONTINUE;
}

static sfsistat
peer_eom(SMFICTX *ctx)
{
	const struct mail *m = get_mail(ctx);

	if (m->bytes > BENCH_MAX_BYTES) {
		return refuse_size(ctx);
	}
	return m->refused ? SMFIS_REJECT : SMFIS_ACCEPT;
}

static sfsistat
peer_abort(SMFICTX *ctx)
{
	return ctx ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
peer_close(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	if (m)
		pcre2_match_data_free(m->match);
	free(m);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

/* q: only what the work needs, answered only where it may refuse. */
static sfsistat
peer_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
	       unsigned long f3, unsigned long *ret_actions, unsigned long *ret_steps,
	       unsigned long *ret_f2, unsigned long *ret_f3)
{
	const unsigned long wanted = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NORCPT |
				     SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NOEOH |
				     SMFIP_NR_HDR | SMFIP_NR_BODY;

	if (!ctx)
		return SMFIS_REJECT;
	*ret_actions = actions & 0;
	*ret_steps = steps & wanted;
	*ret_f2 = f2 & 0;
	*ret_f3 = f3 & 0;
	return SMFIS_CONTINUE;
}

static char peer_name[] = "peer";

static struct smfiDesc filter = {
	.xxfi_name = peer_name,
	.xxfi_version = SMFI_VERSION,
	.xxfi_connect = peer_connect,
	.xxfi_helo = peer_helo,
	.xxfi_envfrom = peer_envfrom,
	.xxfi_envrcpt = peer_envrcpt,
	.xxfi_header = peer_header,
	.xxfi_eoh = peer_eoh,
	.xxfi_body = peer_body,
	.xxfi_eom = peer_eom,
	.xxfi_abort = peer_abort,
	.xxfi_close = peer_close,
	.xxfi_unknown = peer_unknown,
	.xxfi_data = peer_data,
};

static void
compile_rules(void)
{
	for (size_t i = 0; i < BENCH_RULES; i++) {
		int error;
		size_t at;

		codes[i] = pcre2_compile((PCRE2_SPTR)bench_rules[i].pattern,
					 PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
		if (!codes[i] || pcre2_jit_compile(codes[i], PCRE2_JIT_COMPLETE) != 0)
			abort();
	}
}

int
main(int argc, char **argv)
{
	if (argc != 3 || (strcmp(argv[1], "p") != 0 && strcmp(argv[1], "q") != 0)) {
		fprintf(stderr, "usage: peer p|q SOCKET\n");
		return EX_USAGE;
	}
	if (argv[1][0] == 'q')
		filter.xxfi_negotiate = peer_negotiate;
	compile_rules();
	if (smfi_setconn(argv[2]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
		return EX_UNAVAILABLE;
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_OSERR;
}
