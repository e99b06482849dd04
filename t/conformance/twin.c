/* A libmilter filter with the policies of polymilter.conf: it has the same verdicts and makes
 * the same changes in the same order, and requests the same terms. differences.test compares
 * its answers with the daemon's.
 *
 *     twin [all] SOCKET
 *
 * SOCKET is an address as in smfi_setconn(). With "all" the MTA sends every stage and waits for
 * every answer. The filter supports the messages of t/conformance/sessions, not all mail: the
 * Subject is searched for a word, and a footer is for plain text only. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include <libmilter/mfapi.h>

#define MAX_BYTES  1048576u
#define MAX_RCPTS  4
#define MAX_FIELDS 64
#define OLD_DOMAIN "@old.example"
#define FOOTER	   "Example Ltd\r\n"

/* A sender or recipient. */
struct path {
	char *addr; /* as the MTA sent it */
	char *args; /* separated by blanks; NULL: none */
};

struct field {
	char *name, *value;
};

struct mail {
	struct path sender, rcpts[MAX_RCPTS];
	struct field fields[MAX_FIELDS];
	size_t n_rcpts, n_fields;
	unsigned char *body;
	size_t body_len;
	size_t bytes; /* of headers and body, as they are transferred */
};

static void *
check_alloc(void *p)
{
	if (!p)
		abort();
	return p;
}

static void
free_path(struct path *p)
{
	free(p->addr);
	free(p->args);
}

static void
clear_mail(struct mail *m)
{
	free_path(&m->sender);
	for (size_t i = 0; i < m->n_rcpts; i++)
		free_path(&m->rcpts[i]);
	for (size_t i = 0; i < m->n_fields; i++) {
		free(m->fields[i].name);
		free(m->fields[i].value);
	}
	free(m->body);
	*m = (struct mail){.bytes = 2}; /* the empty line behind the headers */
}

static struct mail *
get_mail(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	if (!m) {
		m = check_alloc(calloc(1, sizeof(*m)));
		smfi_setpriv(ctx, m);
		clear_mail(m);
	}
	return m;
}

/* Whether a new sender, or a new recipient, gets this argument of the old one. */
static bool
is_kept_arg(const char *arg)
{
	return *arg && strncasecmp(arg, "SIZE=", 5) != 0 && strncasecmp(arg, "BODY=", 5) != 0;
}

static struct path
make_path(char **argv)
{
	struct path p = {.addr = check_alloc(strdup(argv[0]))};

	for (char **arg = argv + 1; *arg; arg++) {
		char *joined = NULL;

		if (!is_kept_arg(*arg))
			continue;
		if (asprintf(&joined, "%s%s%s", p.args ? p.args : "", p.args ? " " : "", *arg) <
		    0)
			abort();
		free(p.args);
		p.args = joined;
	}
	return p;
}

__attribute__((format(printf, 4, 5))) static sfsistat
set_refusal(SMFICTX *ctx, const char *code, const char *xcode, const char *fmt, ...)
{
	char text[200], code_copy[4], xcode_copy[8];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(code_copy, sizeof(code_copy), "%s", code);
	(void)snprintf(xcode_copy, sizeof(xcode_copy), "%s", xcode);
	if (smfi_setreply(ctx, code_copy, xcode_copy, text) != MI_SUCCESS)
		abort();
	return code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static sfsistat
twin_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *addr)
{
	(void)addr;
	return ctx && host ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
twin_helo(SMFICTX *ctx, char *name)
{
	return ctx && name ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
twin_envfrom(SMFICTX *ctx, char **argv)
{
	struct mail *m = get_mail(ctx);

	clear_mail(m);
	m->sender = make_path(argv);
	for (char **arg = argv + 1; *arg; arg++) {
		unsigned long long size = 0;

		if (strncasecmp(*arg, "SIZE=", 5) == 0)
			size = strtoull(*arg + 5, NULL, 10);
		if (size > MAX_BYTES)
			return set_refusal(ctx, "552", "5.3.4",
					   "Message too large: %llu of %u bytes", size,
					   MAX_BYTES);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
twin_envrcpt(SMFICTX *ctx, char **argv)
{
	struct mail *m = get_mail(ctx);

	if (m->n_rcpts == MAX_RCPTS)
		return set_refusal(ctx, "452", "4.5.3", "Too many recipients: %d at a time",
				   MAX_RCPTS);
	m->rcpts[m->n_rcpts++] = make_path(argv);
	return SMFIS_CONTINUE;
}

static sfsistat
twin_header(SMFICTX *ctx, char *name, char *value)
{
	struct mail *m = get_mail(ctx);

	if (m->n_fields == MAX_FIELDS)
		abort();
	m->fields[m->n_fields++] =
		(struct field){check_alloc(strdup(name)), check_alloc(strdup(value))};
	m->bytes += strlen(name) + strlen(value) + 4;
	for (const char *p = value; *p; p++)
		m->bytes += *p == '\n';
	return SMFIS_CONTINUE;
}

static sfsistat
twin_plain(SMFICTX *ctx)
{
	return ctx ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
twin_unknown(SMFICTX *ctx, const char *line)
{
	return ctx && line ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static void
append_body(struct mail *m, const void *data, size_t len)
{
	m->body = check_alloc(realloc(m->body, m->body_len + len + 1));
	memcpy(m->body + m->body_len, data, len);
	m->body_len += len;
}

static sfsistat
twin_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct mail *m = get_mail(ctx);

	append_body(m, data, len);
	m->bytes += len;
	return SMFIS_CONTINUE;
}

static const char *
find_field(const struct mail *m, const char *name)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (strcasecmp(m->fields[i].name, name) == 0)
			return m->fields[i].value;
	return NULL;
}

static bool
subject_has(const struct mail *m, const char *word)
{
	const char *subject = find_field(m, "Subject");

	return subject && strstr(subject, word);
}

static bool
is_number(const char *s)
{
	return s && *s && s[strspn(s, "0123456789")] == '\0';
}

/* Changes headers from the last one to the first: when Postfix removes a header, later ones of
 * its name get other numbers. */
static void
change_headers(SMFICTX *ctx, const struct mail *m)
{
	char mark[] = "X-Mark", seen[] = "seen", top[] = "X-Top", first[] = "first";
	char daemon_port[] = "{daemon_port}", port[] = "X-Port", known[] = "known";

	for (size_t i = m->n_fields; i-- > 0;) {
		const struct field *f = &m->fields[i];
		int nth = 0;

		for (size_t j = 0; j <= i; j++)
			nth += strcasecmp(m->fields[j].name, f->name) == 0;
		if (strcasecmp(f->name, "X-Secret") == 0) {
			smfi_chgheader(ctx, f->name, nth, NULL);
		} else if (strcasecmp(f->name, "Subject") == 0 && nth == 1 &&
			   subject_has(m, "lottery")) {
			char *tagged = NULL;

			if (asprintf(&tagged, "[SPAM?] %s", f->value + strspn(f->value, " ")) <
			    0)
				abort();
			smfi_chgheader(ctx, f->name, nth, tagged);
			free(tagged);
		}
	}
	smfi_insheader(ctx, 1, top, first);
	smfi_addheader(ctx, mark, seen);
	if (!subject_has(m, "pass-me") && is_number(smfi_getsymval(ctx, daemon_port)))
		smfi_addheader(ctx, port, known);
}

/* The address with the new domain; NULL when it is not in the old one. The caller frees it. */
static char *
move_address(const char *addr)
{
	const char *domain = strcasestr(addr, OLD_DOMAIN);
	char *moved = NULL;

	if (!domain)
		return NULL;
	if (asprintf(&moved, "%.*s@new.example%s", (int)(domain - addr), addr,
		     domain + strlen(OLD_DOMAIN)) < 0)
		abort();
	return moved;
}

static void
change_envelope(SMFICTX *ctx, struct mail *m)
{
	char *sender = move_address(m->sender.addr);

	if (sender)
		smfi_chgfrom(ctx, sender, m->sender.args);
	free(sender);
	for (size_t i = 0; i < m->n_rcpts; i++) {
		char *moved = move_address(m->rcpts[i].addr);

		if (moved)
			smfi_delrcpt(ctx, m->rcpts[i].addr);
		free(moved);
	}
	for (size_t i = 0; i < m->n_rcpts; i++) {
		char *moved = move_address(m->rcpts[i].addr);

		if (moved && (!m->rcpts[i].args ||
			      smfi_addrcpt_par(ctx, moved, m->rcpts[i].args) != MI_SUCCESS))
			smfi_addrcpt(ctx, moved); /* the MTA does not offer ADDRCPT_PAR */
		free(moved);
	}
}

static bool
ends_with(const struct mail *m, const char *end)
{
	size_t len = strlen(end);

	return m->body_len >= len && memcmp(m->body + m->body_len - len, end, len) == 0;
}

/* Appends the footer behind an empty line. */
static void
change_body(SMFICTX *ctx, struct mail *m)
{
	if (m->body_len > 0 && !ends_with(m, "\r\n"))
		append_body(m, "\r\n", 2);
	if (m->body_len > 0 && !ends_with(m, "\r\n\r\n"))
		append_body(m, "\r\n", 2);
	append_body(m, FOOTER, strlen(FOOTER));
	smfi_replacebody(ctx, m->body, (int)m->body_len);
}

/* The verdict by size, word in the Subject, and attachment; SMFIS_CONTINUE: the message may be
 * changed. */
static sfsistat
find_verdict(SMFICTX *ctx, const struct mail *m)
{
	char code[] = "550", xcode[] = "5.7.1", one[] = "Not here,", two[] = "not 100%% today";

	if (m->bytes > MAX_BYTES)
		return set_refusal(ctx, "552", "5.3.4", "Message too large: %zu of %u bytes",
				   m->bytes, MAX_BYTES);
	if (subject_has(m, "refuse-me"))
		return smfi_setmlreply(ctx, code, xcode, one, two, (char *)NULL) == MI_SUCCESS
			       ? SMFIS_REJECT
			       : SMFIS_TEMPFAIL;
	if (subject_has(m, "delay-me"))
		return set_refusal(ctx, "451", "4.7.1", "Later");
	if (subject_has(m, "lose-me"))
		return SMFIS_DISCARD;
	if (m->body && memmem(m->body, m->body_len, ".exe\"", 5))
		return set_refusal(ctx, "554", "5.7.1", "No programs");
	return SMFIS_CONTINUE;
}

static sfsistat
twin_eom(SMFICTX *ctx)
{
	struct mail *m = get_mail(ctx);
	sfsistat verdict = find_verdict(ctx, m);
	char reason[] = "hold";

	if (verdict == SMFIS_CONTINUE) {
		change_headers(ctx, m);
		change_envelope(ctx, m);
		if (subject_has(m, "pass-me"))
			verdict = SMFIS_ACCEPT;
		else if (find_field(m, "X-Footer"))
			change_body(ctx, m);
		if (subject_has(m, "hold-me"))
			smfi_quarantine(ctx, reason);
	}
	clear_mail(m);
	return verdict;
}

static sfsistat
twin_abort(SMFICTX *ctx)
{
	clear_mail(get_mail(ctx));
	return SMFIS_CONTINUE;
}

static sfsistat
twin_close(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	if (m)
		clear_mail(m);
	free(m);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

/* Macro lists by stage (SMFIM_...): what the MTAs send by default, and {daemon_port}. */
static const char *const macros[] = {
	"j _ {daemon_name} {daemon_addr} v {if_name} {if_addr} {daemon_port}",
	"{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer} {daemon_port}",
	"i {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_addr} {mail_host} "
	"{mail_mailer} {daemon_port}",
	"i {rcpt_addr} {rcpt_host} {rcpt_mailer} {daemon_port}",
	"i {daemon_port}",
	"i {msg_id} {daemon_port}",
	"i {daemon_port}",
};

static void
request_macros(SMFICTX *ctx)
{
	for (int i = SMFIM_FIRST; i <= SMFIM_LAST; i++) {
		char *list = check_alloc(strdup(macros[i]));

		smfi_setsymlist(ctx, i, list);
		free(list);
	}
}

static bool request_all; /* the argument "all" */

/* Requests the terms that the daemon's chain requests. libmilter removes protocol bits that are
 * not offered, and replaces NR bits itself. */
static sfsistat
twin_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
	       unsigned long f3, unsigned long *ret_actions, unsigned long *ret_steps,
	       unsigned long *ret_f2, unsigned long *ret_f3)
{
	const unsigned long wanted = SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_CONN |
				     SMFIP_NR_HELO | SMFIP_NR_HDR | SMFIP_NR_EOH |
				     SMFIP_NR_BODY;

	*ret_actions = (actions & (SMFIF_ADDRCPT_PAR | SMFIF_SETSYMLIST)) | SMFIF_ADDHDRS |
		       SMFIF_CHGBODY | SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_CHGHDRS |
		       SMFIF_QUARANTINE | SMFIF_CHGFROM;
	*ret_steps = (steps & 0) | (request_all ? 0 : wanted);
	*ret_f2 = f2 & 0;
	*ret_f3 = f3 & 0;
	if (actions & SMFIF_SETSYMLIST)
		request_macros(ctx);
	return SMFIS_CONTINUE;
}

static char twin_name[] = "twin";

static struct smfiDesc filter = {
	.xxfi_name = twin_name,
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT | SMFIF_DELRCPT |
		      SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_CHGFROM | SMFIF_ADDRCPT_PAR,
	.xxfi_connect = twin_connect,
	.xxfi_helo = twin_helo,
	.xxfi_envfrom = twin_envfrom,
	.xxfi_envrcpt = twin_envrcpt,
	.xxfi_header = twin_header,
	.xxfi_eoh = twin_plain,
	.xxfi_body = twin_body,
	.xxfi_eom = twin_eom,
	.xxfi_abort = twin_abort,
	.xxfi_close = twin_close,
	.xxfi_unknown = twin_unknown,
	.xxfi_data = twin_plain,
	.xxfi_negotiate = twin_negotiate,
};

int
main(int argc, char **argv)
{
	request_all = argc == 3 && strcmp(argv[1], "all") == 0;
	if (argc != 2 && !request_all) {
		fprintf(stderr, "usage: twin [all] SOCKET\n");
		return EX_USAGE;
	}
	if (smfi_setconn(argv[argc - 1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
		return EX_UNAVAILABLE;
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_OSERR;
}
