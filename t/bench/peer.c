/* The libmilter filters p and q to which the benchmark compares polymilter: they have the
 * policies of polymilter.conf, in the style of the libmilter manual.
 *
 *     peer p|q WORK SOCKET
 *
 * WORK is a listener of polymilter.conf; SOCKET is an address as in smfi_setconn(). The filter
 * refuses messages that are too large, by SIZE= or in fact, and messages with a header that one
 * of ten rules matches; it moves recipients to another domain; it appends a footer to plain
 * text of authenticated clients. It matches header values as they come, without unfolding and
 * decoding them, which is less work than polymilter's. p has a callback for every stage and
 * libmilter's default negotiation; q requests every NO and NR bit that its work allows. Neither
 * of them logs. */
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

#define MAX_ADDRESS 512

/* What each listener of polymilter.conf does. */
static const struct work {
	const char *name;
	bool declared, size, rules, moved, footer;
} works[] = {
	{"headers", true, true, true, false, false},
	{"measured", false, true, true, false, false},
	{"all", true, true, true, true, true},
	{"rules", false, false, true, false, false},
	{"count", true, true, false, false, false},
};

static const struct work *work;
static pcre2_code *codes[BENCH_RULES];
static sfsistat unanswered = SMFIS_CONTINUE; /* result of callbacks that q does not answer */

struct address {
	char text[MAX_ADDRESS];
	struct address *next;
};

struct mail {
	pcre2_match_data *match; /* of the connection, as is the memory of body */
	size_t bytes;
	bool refused;
	bool footer; /* the message gets a footer, by its headers so far */
	char *body;  /* stored for the footer */
	size_t len, cap;
	struct address *moved; /* recipients in the old domain, as they came */
};

/* The state of the connection. The first call makes it; p and q make it in different callbacks.
 */
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

static void
clear_mail(struct mail *m)
{
	for (struct address *a = m->moved, *next; a; a = next) {
		next = a->next;
		free(a);
	}
	m->moved = NULL;
	m->bytes = 2;
	m->len = 0;
	m->refused = m->footer = false;
}

static sfsistat
peer_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *addr)
{
	return get_mail(ctx) && host && addr ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
peer_helo(SMFICTX *ctx, char *name)
{
	return ctx && name ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
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
	char login[] = "{auth_authen}";
	struct mail *m = get_mail(ctx);

	clear_mail(m);
	m->footer = work->footer && smfi_getsymval(ctx, login) != NULL;
	if (!work->declared)
		return unanswered;
	for (char **arg = argv + 1; argv[0] && *arg; arg++) {
		if (strncasecmp(*arg, "SIZE=", 5) == 0 &&
		    strtoull(*arg + 5, NULL, 10) > BENCH_MAX_BYTES)
			return refuse_size(ctx);
	}
	return SMFIS_CONTINUE;
}

/* The '@' of an address in the old domain; NULL for other addresses. */
static const char *
find_old_domain(const char *rcpt)
{
	const char *at = strrchr(rcpt, '@');
	size_t n = strlen(BENCH_OLD_DOMAIN);

	if (!at || strncasecmp(at + 1, BENCH_OLD_DOMAIN, n) != 0)
		return NULL;
	return at[1 + n] == '\0' || strcmp(at + 1 + n, ">") == 0 ? at : NULL;
}

static sfsistat
peer_envrcpt(SMFICTX *ctx, char **argv)
{
	struct mail *m = get_mail(ctx);

	if (work->moved && find_old_domain(argv[0]) && strlen(argv[0]) < MAX_ADDRESS) {
		struct address *a = calloc(1, sizeof(*a));

		if (!a)
			abort();
		memcpy(a->text, argv[0], strlen(argv[0]));
		a->next = m->moved;
		m->moved = a;
	}
	return unanswered;
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
rule_matches(struct mail *m, const char *name, const char *value, size_t len)
{
	for (size_t i = 0; i < BENCH_RULES; i++) {
		if (strcasecmp(name, bench_rules[i].header) != 0)
			continue;
		if (pcre2_match(codes[i], (PCRE2_SPTR)value, len, 0, 0, m->match, NULL) >= 0)
			return true;
	}
	return false;
}

/* Whether a message with this header gets no footer: it is not a text to which ASCII can be
 * appended, or it is automatic, of a mailing list or signed. */
static bool
forbids_footer(const char *name, const char *value)
{
	if (strcasecmp(name, "Content-Type") == 0)
		return !strcasestr(value, "text/plain") ||
		       (!strcasestr(value, "utf-8") && !strcasestr(value, "us-ascii"));
	if (strcasecmp(name, "Content-Transfer-Encoding") == 0)
		return !strcasestr(value, "7bit") && !strcasestr(value, "8bit");
	if (strcasecmp(name, "Auto-Submitted") == 0)
		return !strcasestr(value, "no");
	return strcasecmp(name, "List-Id") == 0 || strcasecmp(name, "DKIM-Signature") == 0;
}

static sfsistat
peer_header(SMFICTX *ctx, char *name, char *value)
{
	struct mail *m = get_mail(ctx);
	size_t len = strlen(value);

	m->bytes += strlen(name) + len + 4;
	if (work->rules && !m->refused)
		m->refused = rule_matches(m, name, value, len);
	if (m->footer && forbids_footer(name, value))
		m->footer = false;
	return m->refused && unanswered == SMFIS_CONTINUE ? SMFIS_REJECT : unanswered;
}

static sfsistat
peer_eoh(SMFICTX *ctx)
{
	return ctx ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static void
store_body(struct mail *m, const void *data, size_t len)
{
	if (m->cap - m->len < len) {
		m->cap = 2 * (m->len + len);
		m->body = realloc(m->body, m->cap);
		if (!m->body)
			abort();
	}
	memcpy(m->body + m->len, data, len);
	m->len += len;
}

static sfsistat
peer_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct mail *m = get_mail(ctx);

	m->bytes += len;
	if (m->footer && !m->refused)
		store_body(m, data, len);
	return unanswered;
}

static void
add_footer(SMFICTX *ctx, struct mail *m)
{
	static const char text[] = "\r\n" BENCH_FOOTER "\r\n";

	store_body(m, text, sizeof(text) - 1);
	for (size_t at = 0; at < m->len; at += MILTER_CHUNK_SIZE) {
		size_t left = m->len - at;

		smfi_replacebody(ctx, (unsigned char *)m->body + at,
				 (int)(left < MILTER_CHUNK_SIZE ? left : MILTER_CHUNK_SIZE));
	}
}

static void
move_recipients(SMFICTX *ctx, struct mail *m)
{
	for (struct address *a = m->moved; a; a = a->next) {
		char to[MAX_ADDRESS + sizeof(BENCH_NEW_DOMAIN)];
		const char *at = find_old_domain(a->text);

		snprintf(to, sizeof(to), "%.*s@" BENCH_NEW_DOMAIN "%s", (int)(at - a->text),
			 a->text, a->text[0] == '<' ? ">" : "");
		smfi_delrcpt(ctx, a->text);
		smfi_addrcpt(ctx, to);
	}
}

static sfsistat
peer_eom(SMFICTX *ctx)
{
	struct mail *m = get_mail(ctx);

	if (work->size && m->bytes > BENCH_MAX_BYTES)
		return refuse_size(ctx);
	if (m->refused)
		return SMFIS_REJECT;
	move_recipients(ctx, m);
	if (m->footer)
		add_footer(ctx, m);
	return SMFIS_ACCEPT;
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

	if (m) {
		clear_mail(m);
		pcre2_match_data_free(m->match);
		free(m->body);
	}
	free(m);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

/* q requests the stages that its work needs, and answers those at which it can refuse. */
static sfsistat
peer_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
	       unsigned long f3, unsigned long *ret_actions, unsigned long *ret_steps,
	       unsigned long *ret_f2, unsigned long *ret_f3)
{
	unsigned long wanted = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA |
			       SMFIP_NOEOH | SMFIP_NR_HDR;

	wanted |= work->moved ? SMFIP_NR_RCPT : SMFIP_NORCPT;
	wanted |= work->size || work->footer ? SMFIP_NR_BODY : SMFIP_NOBODY;
	wanted |= work->declared ? 0 : SMFIP_NR_MAIL;
	if (!ctx || (steps & wanted) != wanted)
		return SMFIS_REJECT;
	*ret_actions = actions & (SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_CHGBODY);
	*ret_steps = wanted;
	*ret_f2 = f2 & 0;
	*ret_f3 = f3 & 0;
	return SMFIS_CONTINUE;
}

static char peer_name[] = "peer";

static struct smfiDesc filter = {
	.xxfi_name = peer_name,
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_CHGBODY,
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

static bool
choose_work(const char *name)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (strcmp(works[i].name, name) == 0)
			work = &works[i];
	return work != NULL;
}

int
main(int argc, char **argv)
{
	if (argc != 4 || (strcmp(argv[1], "p") != 0 && strcmp(argv[1], "q") != 0) ||
	    !choose_work(argv[2])) {
		fprintf(stderr, "usage: peer p|q WORK SOCKET\n");
		return EX_USAGE;
	}
	if (argv[1][0] == 'q') {
		filter.xxfi_negotiate = peer_negotiate;
		unanswered = SMFIS_NOREPLY;
	}
	compile_rules();
	if (smfi_setconn(argv[3]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
		return EX_UNAVAILABLE;
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_OSERR;
}
