/* A libmilter filter that does what the message says, for child.test.
 *
 *	mail_filter SOCKET all|silent|nothing
 *
 * With "all" it answers every command, with "silent" none but the end of the message, with
 * "nothing" it also declines all commands but the fields of the header. It asks for macros of
 * its own at MAIL. The local part of a path is what is answered to it (reject, tempfail,
 * accept, discard, reply; others: continue), and the value of the last field X-Header, X-Eoh or
 * X-Body to that part of the message (also skip). Each field X-Do is something that is done at
 * the end, in their order; the first letter is the letter of the reply on the wire:
 *
 *	X-Do: h NAME VALUE		X-Do: i INDEX NAME VALUE	X-Do: m INDEX NAME VALUE
 *	X-Do: e ADDRESS ARGUMENTS	X-Do: + ADDRESS ARGUMENTS	X-Do: - ADDRESS
 *	X-Do: b BYTES			X-Do: q REASON			X-Do: p
 *	X-Do: D MACRO (adds X-Macro)	X-Do: k (it dies)		X-Do: s COUNT (adds
 * X-Chunks) X-Do: r, t, d, a, y (the final answer; c when there is none)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#define MAX_DOES 64

static const char *mode;

struct mail {
	char *does[MAX_DOES];
	size_t n_does, chunks;
	sfsistat at_eoh, at_body;
};

static struct mail *
get_mail(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m)
		abort();
	m->at_eoh = m->at_body = SMFIS_CONTINUE;
	smfi_setpriv(ctx, m);
	return m;
}

static sfsistat
set_reply(SMFICTX *ctx)
{
	char code[] = "550", xcode[] = "5.7.9", first[] = "no, 100%% sure", second[] = "really";

	smfi_setmlreply(ctx, code, xcode, first, second, NULL);
	return SMFIS_REJECT;
}

static sfsistat
result_of(SMFICTX *ctx, const char *word)
{
	if (strncmp(word, "reply", 5) == 0)
		return set_reply(ctx);
	return strncmp(word, "reject", 6) == 0	   ? SMFIS_REJECT
	       : strncmp(word, "tempfail", 8) == 0 ? SMFIS_TEMPFAIL
	       : strncmp(word, "accept", 6) == 0   ? SMFIS_ACCEPT
	       : strncmp(word, "discard", 7) == 0  ? SMFIS_DISCARD
	       : strncmp(word, "skip", 4) == 0	   ? SMFIS_SKIP
						   : SMFIS_CONTINUE;
}

/* The answer, as far as the mode has one. */
static sfsistat
answer_of(sfsistat result)
{
	return strcmp(mode, "all") == 0 ? result : SMFIS_NOREPLY;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long offered_actions, unsigned long offered_steps,
	     unsigned long unused2, unsigned long unused3, unsigned long *actions,
	     unsigned long *steps, unsigned long *ret2, unsigned long *ret3)
{
	char wanted[] = "i {mail_addr} {odd}";

	(void)unused2;
	(void)unused3;
	*actions = offered_actions;
	*steps = SMFIP_SKIP & offered_steps;
	if (strcmp(mode, "all") != 0)
		*steps |= SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
			  SMFIP_NR_DATA | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY;
	if (strcmp(mode, "nothing") == 0)
		*steps |= SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NORCPT |
			  SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NOUNKNOWN;
	*ret2 = *ret3 = 0;
	smfi_setsymlist(ctx, SMFIM_ENVFROM, wanted);
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *addr)
{
	(void)ctx;
	(void)addr;
	return answer_of(result_of(ctx, host));
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	return answer_of(result_of(ctx, name));
}

static sfsistat
on_path(SMFICTX *ctx, char **argv)
{
	return answer_of(result_of(ctx, argv[0] + (argv[0][0] == '<')));
}

static sfsistat
on_data(SMFICTX *ctx)
{
	(void)ctx;
	return answer_of(SMFIS_CONTINUE);
}

static sfsistat
on_field(SMFICTX *ctx, char *name, char *value)
{
	struct mail *m = get_mail(ctx);

	if (strcmp(name, "X-Do") == 0 && m->n_does < MAX_DOES)
		m->does[m->n_does++] = strdup(value);
	else if (strcmp(name, "X-Header") == 0)
		return answer_of(result_of(ctx, value));
	else if (strcmp(name, "X-Eoh") == 0)
		m->at_eoh = result_of(ctx, value);
	else if (strcmp(name, "X-Body") == 0)
		m->at_body = result_of(ctx, value);
	return answer_of(SMFIS_CONTINUE);
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	return answer_of(get_mail(ctx)->at_eoh);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct mail *m = get_mail(ctx);

	(void)data;
	(void)len;
	m->chunks++;
	return answer_of(m->at_body);
}

/* Splits off the next word. */
static char *
next_word(char **s)
{
	char *word = strsep(s, " ");

	return word ? word : *s;
}

static void
do_field(SMFICTX *ctx, char what, char *s)
{
	int index = what == 'h' ? 0 : atoi(next_word(&s));
	char *name = next_word(&s);

	if (what == 'h')
		smfi_addheader(ctx, name, s);
	else if (what == 'i')
		smfi_insheader(ctx, index, name, s);
	else
		smfi_chgheader(ctx, name, index, s);
}

static void
do_path(SMFICTX *ctx, char what, char *s)
{
	char *addr = next_word(&s);

	if (what == 'e')
		smfi_chgfrom(ctx, addr, s);
	else if (what == '-')
		smfi_delrcpt(ctx, addr);
	else if (s)
		smfi_addrcpt_par(ctx, addr, s);
	else
		smfi_addrcpt(ctx, addr);
}

static void
add_note(SMFICTX *ctx, const char *name, const char *value)
{
	char field[32], text[64];

	snprintf(field, sizeof(field), "%s", name);
	snprintf(text, sizeof(text), "%s", value);
	smfi_addheader(ctx, field, text);
}

static void
do_note(SMFICTX *ctx, struct mail *m, char what, char *s)
{
	char text[32];
	const char *value = what == 'D' ? smfi_getsymval(ctx, s) : NULL;

	snprintf(text, sizeof(text), "%zu", m->chunks);
	if (what == 'D')
		add_note(ctx, "X-Macro", value ? value : "none");
	else
		add_note(ctx, "X-Chunks", text);
}

/* Returns the final answer that this is, or SMFIS_CONTINUE. */
static sfsistat
do_one(SMFICTX *ctx, struct mail *m, char *s)
{
	char what = s[0];

	s += s[1] == ' ' ? 2 : 1;
	if (strchr("him", what))
		do_field(ctx, what, s);
	else if (strchr("e+-", what))
		do_path(ctx, what, s);
	else if (strchr("Ds", what))
		do_note(ctx, m, what, s);
	else if (what == 'b')
		smfi_replacebody(ctx, (unsigned char *)s, (int)strlen(s));
	else if (what == 'q')
		smfi_quarantine(ctx, s);
	else if (what == 'p')
		smfi_progress(ctx);
	else if (what == 'k')
		_exit(0);
	return what == 'r'   ? SMFIS_REJECT
	       : what == 't' ? SMFIS_TEMPFAIL
	       : what == 'd' ? SMFIS_DISCARD
	       : what == 'a' ? SMFIS_ACCEPT
	       : what == 'y' ? set_reply(ctx)
			     : SMFIS_CONTINUE;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct mail *m = get_mail(ctx);
	sfsistat result = SMFIS_CONTINUE, r;

	for (size_t i = 0; i < m->n_does; i++) {
		r = do_one(ctx, m, m->does[i]);
		if (r != SMFIS_CONTINUE)
			result = r;
	}
	return result;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	for (size_t i = 0; m && i < m->n_does; i++)
		free(m->does[i]);
	free(m);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	char name[] = "mail_filter";
	struct smfiDesc filter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT |
			      SMFIF_ADDRCPT_PAR | SMFIF_DELRCPT | SMFIF_CHGFROM |
			      SMFIF_QUARANTINE | SMFIF_SETSYMLIST,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_path,
		.xxfi_envrcpt = on_path,
		.xxfi_header = on_field,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_close = on_close,
		.xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc != 3)
		return EX_USAGE;
	mode = argv[2];
	if (smfi_setconn(argv[1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
		return EX_UNAVAILABLE;
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_OSERR;
}
