/* Random mails. Small sets of names, domains and words, so that the conditions, maps and rules
 * of random configurations (plan.c) often meet them. Sizes are under 1,500 bytes or over 6,000:
 * limits of the policy size lie between, and no footer moves a message over them. */
#include <string.h>

#include "mail.h"

#define X_RUN "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" /* '^(x+x+)+[yz]' takes too many steps on it */

static const char *const senders[] = {"<ann@a.test>", "<ann@a.test>",	    "<bob@b.test>",
				      "<>",	      "<" X_RUN "@a.test>", "<eve@old.test>"};
static const char *const locals[] = {"u1", "u1", "u2", "u2", "u3", "u3+ext", "U4", X_RUN};
static const char *const domains[] = {"a.test",	   "b.test",	"old.test",
				      "gone.test", "many.test", "Sub.B.test"};
static const char *const subjects[] = {"hello",
				       "cheap spam pills",
				       "[EXT] hello",
				       "=?utf-8?q?f=C3=BCr_spam?=",
				       "a long subject that is folded\n over two lines",
				       "hold this",
				       "drop this",
				       "pass this",
				       X_RUN};
static const char *const received[] = {"from [10.0.0.5] by mx.a.test", "from b.test by a.test",
				       "from [192.168.1.9] (helo x)\n\tby mx.b.test"};
static const char *const authors[] = {"Ann <ann@a.test>",
				      "bob@b.test",
				      "\"ann@a.test\" <eve@old.test>",
				      "ann@a.test <eve@old.test>",
				      "ann@a.test, bob@b.test",
				      "Boss, Ann <eve@old.test>",
				      "\"Boss, Ann\" <eve@old.test>",
				      "=?utf-8?q?Ann?= Boss <ann@a.test>",
				      "Undisclosed:;",
				      X_RUN " <" X_RUN "@a.test>"};
static const char *const marks[] = {"no", "yes", "x1", X_RUN};

static const struct {
	const char *type, *encoding, *body;
} contents[] = {
	{NULL, NULL, "plain text\r\n"},
	{NULL, NULL, ""},
	{"text/plain; charset=utf-8", "8bit",
	 "gr\xc3\xbc\xc3\x9f"
	 "e\r\n-- \r\nann\r\n"},
	{"text/plain; charset=iso-8859-1", "quoted-printable", "gr=FC=DFe\r\n"},
	{"text/html", NULL, "<html><body><p>hello</p></body></html>\r\n"},
	{"text/plain; charset=utf-8", "base64", "aGVsbG8gd29ybGQK\r\n"},
	{"text/html; charset=utf-8", "quoted-printable",
	 "<p>he<b>l</b>lo w=C2=ADorld<div><a href=3D\"http://www.link.test/\">te&#120;t</a>\r\n"},
	{"text/plain", NULL, X_RUN "\r\n\r\nhttp://mail.b.test/ and text\r\n"},
	{"multipart/mixed; boundary=b1", NULL,
	 "--b1\r\n\r\ntext\r\n--b1\r\nContent-Type: application/octet-stream; name=run.exe\r\n\r\n"
	 "MZ program\r\n--b1--\r\n"},
	{"multipart/mixed; boundary=b1", NULL,
	 "--b1\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b1\r\n"
	 "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n"
	 "%PDF-1\r\n--b1\r\nContent-Type: application/zip; name=b.zip\r\n\r\nPK\r\n--b1--\r\n"},
	{"multipart/alternative; boundary=b2", NULL,
	 "--b2\r\n\r\ntext\r\n--b2\r\nContent-Type: text/html\r\n\r\n<p>text</p>\r\n--b2--\r\n"},
	{"multipart/mixed; boundary=b3", NULL, "--b3\r\n\r\nnot closed, and no file.exe\r\n"},
	{"application/pdf; name=a.pdf", "base64", "JVBERi0x\r\n"},
	{"multipart/signed; boundary=b4", NULL,
	 "--b4\r\n\r\nsigned\r\n--b4\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n"
	 "--b4--\r\n"},
};

static void
put_field(struct mail *m, const char *name, const char *value)
{
	m->fields[m->n_fields++] = (struct mail_field){.name = name, .value = value};
}

static bool
has_rcpt(const struct mail *m, const char *addr)
{
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (strcasecmp(m->rcpts[i].addr, addr) == 0)
			return true;
	return false;
}

static void
put_envelope(struct mail *m, struct random *r)
{
	/* One for all: of two recipients that become one, the arguments of the first count. */
	const char *args = random_chance(r, 20) ? "NOTIFY=FAILURE" : NULL;
	size_t n = 1 + random_below(r, 4);

	m->sender = RANDOM_OF(r, senders);
	while (m->n_rcpts < n) {
		const char *addr = arena_printf(m->arena, "<%s@%s>", RANDOM_OF(r, locals),
						RANDOM_OF(r, domains));

		if (!has_rcpt(m, addr))
			m->rcpts[m->n_rcpts++] = (struct mail_rcpt){
				.addr = addr,
				.args = args,
			};
	}
}

static void
put_from(struct mail *m, struct random *r)
{
	if (random_chance(r, 50)) {
		put_field(m, "From", "Ann <ann@a.test>");
		return;
	}
	if (random_chance(r, 80))
		put_field(m, "From", RANDOM_OF(r, authors));
	if (random_chance(r, 10))
		put_field(m, "From", RANDOM_OF(r, authors));
	if (random_chance(r, 20))
		put_field(m, "Reply-To", RANDOM_OF(r, authors));
}

static void
put_fields(struct mail *m, struct random *r)
{
	for (size_t n = random_below(r, 4); n > 0; n--)
		put_field(m, "Received", RANDOM_OF(r, received));
	put_from(m, r);
	put_field(m, "To", "u1@b.test");
	if (random_chance(r, 90))
		put_field(m, "Subject", RANDOM_OF(r, subjects));
	for (size_t n = random_below(r, 3); n > 0; n--)
		put_field(m, random_chance(r, 50) ? "X-A" : "x-a", RANDOM_OF(r, marks));
	if (random_chance(r, 30))
		put_field(m, "X-B", RANDOM_OF(r, marks));
	if (random_chance(r, 10))
		put_field(m, "Subject", RANDOM_OF(r, subjects));
}

/* A text of that size, for limits. */
static void
make_body_large(struct mail *m)
{
	struct buf body = {0};

	while (body.len < 6000)
		buf_printf(&body, "%0900d\r\n", (int)body.len);
	m->body_len = body.len;
	m->body = arena_dup(m->arena, body.data, body.len);
	buf_free(&body);
}

static void
put_content(struct mail *m, struct random *r)
{
	size_t n = sizeof(contents) / sizeof(contents[0]);
	size_t i = random_chance(r, 30) ? 0 : random_below(r, n);

	if (contents[i].type != NULL) {
		put_field(m, "MIME-Version", "1.0");
		put_field(m, "Content-Type", contents[i].type);
	}
	if (contents[i].encoding != NULL)
		put_field(m, "Content-Transfer-Encoding", contents[i].encoding);
	m->body = contents[i].body;
	m->body_len = strlen(m->body);
	if (contents[i].type == NULL && random_chance(r, 70))
		make_body_large(m);
}

void
mail_random(struct mail *m, struct arena *arena, struct random *r)
{
	*m = (struct mail){.arena = arena,
			   .host = "client.test",
			   .addr = random_chance(r, 50) ? "192.0.2.1" : "198.51.100.7",
			   .family = '4',
			   .port = 4000,
			   .helo = random_chance(r, 15) ? X_RUN : "client.test",
			   .auth = random_chance(r, 30) ? "ann" : NULL};
	put_envelope(m, r);
	put_field(m, "Received", "by the MTA itself");
	m->fields[0].own = true;
	put_fields(m, r);
	put_content(m, r);
	if (random_chance(r, 60))
		m->sender_args = arena_printf(arena, "SIZE=%zu", mail_size(m));
}

void
mail_make_local(struct mail *m)
{
	m->host = "localhost";
	m->addr = "127.0.0.1";
	m->port = 0;
}
