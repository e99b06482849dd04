/* Brings addresses as clients write them to one form. Input: an address of MAIL or RCPT, any
 * bytes but NUL; output: the mailbox. Nearly all addresses are in that form already, which one
 * loop finds out; the others are read as in RFC 5322, section 3.4.1, with the obsolete forms,
 * since both Postfix and Sendmail do so. The bytes without quotes, backslashes, blanks and
 * comments are written to `text`; the last '@' in it begins the domain, quoted or not, as in
 * Postfix's internal form. */
#include "util/mailbox.h"

#include <stdbool.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/domain.h"
#include "util/str.h"

#define FIELD_BYTES 512u /* of a mailbox, in a header field */

/* Bytes of an atom (RFC 5321, section 4.1.2, and RFC 6531, section 3.3), dots, and '@'. */
enum byte_class { OTHER = 1, ATEXT_UTF8 = 2, ATEXT = 4, DOT = 8, AT = 16 };
#define O   OTHER
#define A   ATEXT
#define U   ATEXT_UTF8
#define U16 U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U
/* clang-format off */
static const unsigned char byte_classes[256] = {
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	O, A, O, A, A, A, A, A, O, O, A, A, O, A, DOT, A, /*  !"#$%&'()*+,-./ */
	A, A, A, A, A, A, A, A, A, A, O, O, O, A, O, A,	  /* 0123456789:;<=>? */
	AT, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
	A, A, A, A, A, A, A, A, A, A, A, O, O, O, A, A,	  /* PQRSTUVWXYZ[\]^_ */
	A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
	A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, O,	  /* pqrstuvwxyz{|}~ */
	U16, U16, U16, U16, U16, U16, U16, U16,
};
/* clang-format on */
#undef O
#undef A
#undef U
#undef U16

static enum byte_class
class_of_byte(char c)
{
	return (enum byte_class)byte_classes[(unsigned char)c];
}

/* A mailbox in ASCII that is in the one form already. */
static bool
is_plain_mailbox(const char *s, size_t len)
{
	unsigned seen = 0, signs = 0;

	if (len == 0 || s[0] == '@' || s[len - 1] == '.' || s[len - 1] == '@')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned class = class_of_byte(s[i]);

		seen |= class;
		signs += class / AT;
	}
	return (seen & (OTHER | ATEXT_UTF8)) == 0 && signs <= 1;
}

/* The same between brackets. */
static bool
is_plain_path(const char *addr, size_t len)
{
	return len > 2 && addr[0] == '<' && addr[len - 1] == '>' &&
	       is_plain_mailbox(addr + 1, len - 2);
}

/* Behind the quoted string, the comment, or the escaped character that begins at p; p itself
 * when none does. One that is not closed ends with the text. */
static const char *
skip_opaque(const char *p)
{
	const char open = *p, close = open == '(' ? ')' : '"';
	size_t depth = 1;

	if (open == '\\')
		return p[1] == '\0' ? p + 1 : p + 2;
	if (open != '"' && open != '(')
		return p;
	for (p++; *p != '\0' && depth > 0; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == close)
			depth--;
		else if (open == '(' && *p == '(')
			depth++;
	}
	return p;
}

/* Where the mailbox stands: behind the last bracket that opens, up to the next that closes. */
static const char *
find_path_content(const char *addr, size_t *ret_len)
{
	const char *begin = addr, *p = addr;

	while (*p != '\0' && *p != '>') {
		const char *next = skip_opaque(p);

		if (*p == '<')
			begin = p + 1;
		p = next == p ? p + 1 : next;
	}
	*ret_len = (size_t)(p - begin);
	return begin;
}

/* Behind the colon of a source route, which begins at p with '@'; p when there is no colon. */
static const char *
skip_source_route(const char *p, const char *end)
{
	bool in_literal = false; /* an address literal: [IPv6:2001:db8::1] */

	for (const char *q = p; q < end;) {
		const char *next = skip_opaque(q);

		if (*q == ':' && !in_literal)
			return q + 1;
		if (*q == '[' || *q == ']')
			in_literal = *q == '[';
		q = next == q ? q + 1 : next;
	}
	return p;
}

/* Where the mailbox begins: behind blanks, comments and source routes. */
static const char *
skip_before_mailbox(const char *p, const char *end)
{
	while (p < end) {
		const char *next = *p == '@'	      ? skip_source_route(p, end)
				   : *p == '('	      ? skip_opaque(p)
				   : str_is_blank(*p) ? p + 1
						      : p;

		if (next == p)
			break;
		p = next;
	}
	return p;
}

struct mailbox_reader {
	char *text; /* what was read, without NUL */
	size_t len;
	bool word; /* text ends with a word, not with a dot or '@' */
	bool gap;  /* there was a blank or comment behind that word */
};

static void
put_word_char(struct mailbox_reader *r, char c)
{
	if (r->word && r->gap && c != ']')
		r->text[r->len++] = '.';
	r->text[r->len++] = c;
	r->word = c != '[';
	r->gap = false;
}

/* Reads the quoted string from p up to next. */
static void
read_quoted_string(struct mailbox_reader *r, const char *p, const char *next)
{
	if (next[-1] == '"' && next - p > 1)
		next--;
	for (p++; p < next; p++) {
		if (*p == '\\' && p + 1 < next)
			p++;
		put_word_char(r, *p);
	}
}

static void
put_separator(struct mailbox_reader *r, char c)
{
	r->text[r->len++] = c;
	r->word = r->gap = false;
}

static void
read_mailbox_text(struct mailbox_reader *r, const char *p, const char *end)
{
	while (p < end) {
		const char *next = skip_opaque(p);

		if (next > end)
			next = end;
		if (*p == '"')
			read_quoted_string(r, p, next);
		else if (*p == '\\' && next - p == 2)
			put_word_char(r, p[1]);
		else if (*p == '(' || str_is_blank(*p) || *p == ';' || *p == '\r' || *p == '\n')
			r->gap = true;
		else if (*p == '.' || *p == '@')
			put_separator(r, *p);
		else
			put_word_char(r, *p);
		p = next == p ? p + 1 : next;
	}
}

static bool
local_needs_quotes(const char *local, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (class_of_byte(local[i]) == OTHER || local[i] == '@')
			return true;
	return len == 0;
}

/* Writes len bytes as a quoted string. Returns what is behind it. */
static char *
write_quoted_string(char *out, const char *local, size_t len)
{
	*out++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (local[i] == '"' || local[i] == '\\')
			*out++ = '\\';
		*out++ = local[i];
	}
	*out++ = '"';
	return out;
}

/* The mailbox of a local part without quotes and what follows it: "", or a domain with its '@'.
 */
static char *
join_mailbox(struct arena *arena, const char *local, size_t len, const char *domain)
{
	char *mailbox = arena_alloc(arena, 2 * len + 3 + strlen(domain)), *out = mailbox;

	if (local_needs_quotes(local, len))
		out = write_quoted_string(out, local, len);
	else
		out = (char *)mempcpy(out, local, len);
	strcpy(out, domain);
	return mailbox;
}

/* The text as a mailbox. It may be written to and has room for one more byte. */
static char *
make_mailbox(struct arena *arena, char *text, size_t len)
{
	char *at = memrchr(text, '@', len);
	char ascii[DOMAIN_MAX_BYTES];

	if (len == 0)
		return arena_strdup(arena, "");
	while (at != NULL && len > 0 && text[len - 1] == '.')
		len--;
	text[len] = '\0';
	if (at == NULL)
		return join_mailbox(arena, text, len, "");
	return join_mailbox(arena, text, (size_t)(at - text), domain_ascii(at, ascii));
}

char *
mailbox_from_path(struct arena *arena, const char *addr)
{
	size_t len = strlen(addr);
	struct mailbox_reader r = {0};
	const char *begin, *end;

	if (is_plain_path(addr, len))
		return arena_dup(arena, addr + 1, len - 2);
	if (is_plain_mailbox(addr, len))
		return arena_dup(arena, addr, len);
	begin = find_path_content(addr, &len);
	end = begin + len;
	r.text = arena_alloc(arena, len + 1);
	read_mailbox_text(&r, skip_before_mailbox(begin, end), end);
	return make_mailbox(arena, r.text, r.len);
}

const char *
mailbox_for_command(struct arena *arena, const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');
	size_t len = at == NULL ? strlen(mailbox) : (size_t)(at - mailbox);
	const char *dots = strstr(mailbox, "..");
	char *quoted, *end;

	if (len == 0 || mailbox[0] == '"')
		return mailbox;
	if (mailbox[0] != '.' && mailbox[len - 1] != '.' &&
	    (dots == NULL || dots >= mailbox + len))
		return mailbox;
	quoted = arena_alloc(arena, 2 * len + 3 + strlen(mailbox + len));
	end = write_quoted_string(quoted, mailbox, len);
	strcpy(end, mailbox + len);
	return quoted;
}

const char *
mailbox_domain(const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');

	return at == NULL ? "" : at + 1;
}

/* Does the text end with this byte, which no backslash escapes? */
static bool
ends_with_bare(const char *begin, const char *end, char c)
{
	size_t backslashes = 0;

	if (end == begin || end[-1] != c)
		return false;
	for (const char *p = end - 1; p > begin && p[-1] == '\\'; p--)
		backslashes++;
	return backslashes % 2 == 0;
}

const char *
mailbox_removal_path(struct arena *arena, const char *addr)
{
	size_t len, whole = strlen(addr);
	const char *begin, *end;

	if (is_plain_path(addr, whole))
		return addr;
	begin = find_path_content(addr, &len);
	end = begin + len;
	if (begin == addr)
		return addr;
	if (begin == addr + 1 && begin < end && *begin == '@')
		begin = skip_source_route(begin, end);
	if (ends_with_bare(begin, end, ';'))
		end--;
	if (begin == addr + 1 && end == addr + whole - 1)
		return addr;
	return arena_printf(arena, "<%.*s>", (int)(end - begin), begin);
}

void
mailbox_append_to_field(struct buf *out, const char *mailbox)
{
	size_t len = strnlen(mailbox, FIELD_BYTES);
	bool is_utf8 = str_is_utf8(mailbox, len);

	buf_putc(out, '<');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)mailbox[i];
		bool plain = c >= 0x80 ? is_utf8 : c >= ' ' && c < 0x7f && c != '<' && c != '>';

		buf_putc(out, plain ? c : '?');
	}
	buf_putc(out, '>');
}
