/* A field is read piece by piece, a piece being what stands between two commas. What the
 * grammar says of a piece is its first reading. When the piece is irregular, all in it that
 * looks like an address is added, in whatever place it stands. A field in which something is
 * not closed is read twice from that piece on (address_scan.h, skip_open). */
#include "mime/mailboxes.h"

#include <stdint.h>
#include <string.h>

#include "charset/charset.h"
#include "mime/address_scan.h"
#include "mime/words.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/mailbox.h"
#include "util/str.h"

struct span {
	size_t from, to;
};

static const struct span no_span = {0, 0};

static bool
is_empty_span(struct span span)
{
	return span.from == span.to;
}

struct field_reader {
	struct arena *arena;
	struct address_scanner sc;
	struct mailboxes *out;
	size_t cap;
	bool in_group;
	size_t words_before; /* where a piece of nothing but words began, if the last was one;
				else SIZE_MAX */
	struct buf scratch;

	/* The piece. */
	size_t begin;
	size_t first;	   /* of its mailboxes in out */
	struct span words; /* outside of brackets, behind the last bracket */
	struct address_token last_word;
	struct span comment; /* the last one */
	struct span bracket; /* what the last one contains */
	struct buf joined;   /* what all contain, once there are two */
	unsigned n_brackets, n_most;
	size_t open_at;	   /* the '<' of the first bracket */
	unsigned n_signs;  /* '@' in words */
	bool side_by_side; /* words without a dot or '@' between them */
	bool irregular;
};

static void
begin_piece(struct field_reader *r, size_t begin)
{
	r->begin = begin;
	r->first = r->out->n;
	r->words = r->comment = r->bracket = no_span;
	r->last_word = (struct address_token){.to = 0};
	buf_reset(&r->joined);
	r->n_brackets = r->n_most = r->n_signs = 0;
	r->side_by_side = r->irregular = false;
}

/* Is there an '@', also inside of quotes? */
static bool
has_sign(const struct field_reader *r, struct span span)
{
	return memchr(r->sc.s + span.from, '@', span.to - span.from) != NULL;
}

/* Appends what people see of a token: without quotes and backslashes. */
static void
put_shown_token(const char *s, const struct address_token *t, struct buf *out)
{
	size_t from = t->from, to = t->to;

	if (t->kind == ADDRESS_SIGN && (t->sign == '"' || t->sign == '\\'))
		return;
	if (t->kind != ADDRESS_QUOTED && t->kind != ADDRESS_COMMENT) {
		buf_append(out, s + from, to - from);
		return;
	}
	to -= to - from > 1 && (s[to - 1] == '"' || s[to - 1] == ')');
	for (from++; from < to; from++) {
		if (s[from] == '\\' && from + 1 < to)
			from++;
		buf_putc(out, (unsigned char)s[from]);
	}
}

/* Appends the words of a phrase. */
static void
put_phrase(const char *s, struct span span, struct buf *out)
{
	struct address_scanner sc = {
		.s = s, .len = span.to, .at = span.from, .skip_open = true};
	struct address_token t;
	bool gap = false;

	for (address_next_token(&sc, &t); t.kind != ADDRESS_END; address_next_token(&sc, &t)) {
		gap |= t.gap;
		if (t.kind == ADDRESS_COMMENT)
			continue;
		if (gap && out->len > 0)
			buf_putc(out, ' ');
		gap = false;
		put_shown_token(s, &t, out);
	}
}

/* Replaces runs of white space, also behind decoding, by one blank, and drops those at the
 * ends. */
static size_t
squeeze_name(char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool white = str_is_blank(s[i]) || s[i] == '\r' || s[i] == '\n';

		if (white && (n == 0 || s[n - 1] == ' '))
			continue;
		s[n++] = white ? ' ' : s[i];
	}
	return str_trim_blanks(s, n);
}

static char *
copy_squeezed_name(struct arena *arena, struct buf *text)
{
	return arena_dup(arena, text->data, squeeze_name((char *)text->data, text->len));
}

/* Sets the name to the text in scratch. */
static void
set_name(struct field_reader *r, struct mailbox *m)
{
	struct buf *raw = &r->scratch, text = {0};

	m->name = "";
	m->undecoded = NULL;
	if (raw->len == 0)
		return;
	if (mime_header_form((const char *)raw->data, raw->len) != HEADER_CODED) {
		m->name = copy_squeezed_name(r->arena, raw);
		return;
	}
	if (!mime_decode_header((const char *)raw->data, raw->len, &text)) {
		struct buf undecoded = {0};

		mime_unfold_header((const char *)raw->data, raw->len, &undecoded);
		m->undecoded = copy_squeezed_name(r->arena, &undecoded);
		buf_free(&undecoded);
	}
	m->name = text.len > 0 ? copy_squeezed_name(r->arena, &text) : "";
	buf_free(&text);
}

static void
set_phrase(struct field_reader *r, struct mailbox *m, struct span phrase)
{
	buf_reset(&r->scratch);
	put_phrase(r->sc.s, phrase, &r->scratch);
	set_name(r, m);
}

static void
set_comment_as_name(struct field_reader *r, struct mailbox *m)
{
	struct address_token t = {
		.kind = ADDRESS_COMMENT, .from = r->comment.from, .to = r->comment.to};

	buf_reset(&r->scratch);
	put_shown_token(r->sc.s, &t, &r->scratch);
	set_name(r, m);
}

/* The address that the text is, in its one form. */
static char *
make_address(struct field_reader *r, const char *text, size_t len)
{
	struct buf clean = {0};
	char *address;

	if (str_is_utf8(text, len)) {
		address = mailbox_from_path(r->arena, arena_dup(r->arena, text, len));
	} else {
		charset_guess_to_utf8(text, len, &clean);
		address = mailbox_from_path(r->arena, buf_string(&clean));
		buf_free(&clean);
	}
	return address;
}

/* Adds a mailbox with the address that the text is; NULL: there are too many. */
static struct mailbox *
add_address(struct field_reader *r, const char *text, size_t len)
{
	struct mailboxes *out = r->out;
	struct mailbox *m;
	char *address, *at;

	if (out->n == MAILBOXES_MAX) {
		out->truncated = r->irregular = true;
		return NULL;
	}
	out->mailbox = arena_grow(r->arena, out->mailbox, out->n, &r->cap, sizeof(*m));
	m = &out->mailbox[out->n++];
	address = make_address(r, text, len);
	at = strrchr(address, '@');
	if (at != NULL)
		str_lower(at);
	*m = (struct mailbox){
		.address = address, .domain = mailbox_domain(address), .name = ""};
	return m;
}

/* A run of words and '@' in which addresses are. */
struct address_run {
	struct span span;
	size_t before, last; /* where the part before the last '@', and the last part, begin */
	unsigned n_signs;
};

/* The same address as the first reading of the piece, or another one that is there, is not
 * added again; only a few are compared. */
static void
add_other_reading(struct field_reader *r, const char *text, size_t len)
{
	struct mailboxes *out = r->out;
	size_t end = out->n, known = end < r->first + 8 ? end : r->first + 8;
	struct mailbox *m = add_address(r, text, len);

	for (size_t i = r->first; m != NULL && i < known; i++)
		if (strcmp(out->mailbox[i].address, m->address) == 0)
			out->n = end;
}

static void
add_run(struct field_reader *r, const char *s, struct address_run *run)
{
	if (run->n_signs > 0)
		add_other_reading(r, s + run->span.from, run->span.to - run->span.from);
	if (run->n_signs > 1)
		add_other_reading(r, s + run->before, run->span.to - run->before);
	*run = (struct address_run){.n_signs = 0};
}

/* Of a@b@c: a@b is one address, b@c another. */
static void
add_sign_to_run(struct field_reader *r, const char *s, struct address_run *run,
		const struct address_token *t)
{
	if (run->n_signs > 0) {
		add_other_reading(r, s + run->before, t->from - run->before);
		run->before = run->last;
	}
	run->last = t->to;
	run->n_signs++;
}

/* Goes on with the run, or begins one. */
static void
add_token_to_run(struct field_reader *r, const char *s, struct address_run *run,
		 const struct address_token *t)
{
	if (is_empty_span(run->span))
		run->span.from = run->before = t->from;
	run->span.to = t->to;
	if (t->sign == '@')
		add_sign_to_run(r, s, run, t);
	if (t->kind == ADDRESS_QUOTED && memchr(s + t->from, '@', t->to - t->from) != NULL)
		add_other_reading(r, s + t->from, t->to - t->from);
}

/* Adds all that looks like an address, in s from at up to len. */
static void
add_all_addresses(struct field_reader *r, const char *s, size_t at, size_t len)
{
	struct address_scanner sc = {.s = s, .at = at, .len = len, .skip_open = true};
	struct address_run run = {.n_signs = 0};
	struct address_token t, last = {.kind = ADDRESS_END};

	for (address_next_token(&sc, &t); t.kind != ADDRESS_END && !r->out->truncated;
	     address_next_token(&sc, &t)) {
		bool ends = t.kind == ADDRESS_SIGN && t.sign != '@';

		if (t.kind == ADDRESS_COMMENT)
			continue;
		if (ends || (!is_empty_span(run.span) && !address_tokens_join(s, &last, &t)))
			add_run(r, s, &run);
		if (!ends)
			add_token_to_run(r, s, &run, &t);
		last = t;
	}
	add_run(r, s, &run);
}

static bool
may_be_encoded(const char *text, size_t len)
{
	return memmem(text, len, "=?", 2) != NULL;
}

/* A program that decodes a field before it takes it apart finds addresses in encoded words. */
static void
add_encoded_addresses(struct field_reader *r, const char *text, size_t len)
{
	struct buf decoded = {0};

	if (!may_be_encoded(text, len))
		return;
	(void)mime_decode_header(text, len, &decoded);
	add_all_addresses(r, buf_string(&decoded), 0, decoded.len);
	buf_free(&decoded);
}

/* Adds the first reading of an address. The name is the phrase. */
static void
add_mailbox(struct field_reader *r, struct span address, struct span phrase)
{
	const char *text = r->sc.s + address.from;
	size_t len = address.to - address.from;
	struct mailbox *m;

	if (is_empty_span(address) && is_empty_span(phrase))
		return;
	m = add_address(r, text, len);
	if (m == NULL)
		return;
	if (!is_empty_span(phrase))
		set_phrase(r, m, phrase);
	r->n_most += m->domain[0] != '\0';
	r->irregular |= may_be_encoded(text, len);
}

/* Perl's Mail::Address reads what stands in two brackets as one address. */
static void
join_bracket(struct field_reader *r, struct span before)
{
	const char *s = r->sc.s;

	if (r->n_brackets == 1)
		buf_append(&r->joined, s + before.from, before.to - before.from);
	buf_append(&r->joined, s + r->bracket.from, r->bracket.to - r->bracket.from);
	r->irregular = true;
}

static void
end_bracket(struct field_reader *r, struct span bracket)
{
	struct span before = r->bracket;

	r->irregular |= r->n_signs > 0;
	r->bracket = bracket;
	if (r->n_brackets > 0)
		join_bracket(r, before);
	add_mailbox(r, bracket, r->words);
	r->n_brackets++;
	r->n_signs = 0;
	r->words = no_span;
}

static bool
is_quoted_domain(const struct address_token *last, const struct address_token *t)
{
	return last->sign == '@' && t->kind == ADDRESS_QUOTED;
}

/* What is known of the inside of a bracket while it is read. */
struct bracket_state {
	struct span content;
	struct address_token last;
	unsigned n_signs;
	bool in_route;
};

static void
begin_bracket(struct bracket_state *b, const struct address_token *t)
{
	*b = (struct bracket_state){.content = {t->to, t->to}, .last = {.to = 0}};
}

static void
add_bracket_word(struct field_reader *r, struct bracket_state *b, const struct address_token *t)
{
	if (b->last.to > 0)
		r->irregular |= !address_tokens_join(r->sc.s, &b->last, t) ||
				is_quoted_domain(&b->last, t);
	if (t->sign == '@' && is_empty_span(b->content)) {
		b->in_route = r->irregular = true;
	} else if (t->sign == '@') {
		r->irregular |= b->n_signs > 0;
		b->n_signs++;
	}
	b->content.to = t->to;
	b->last = *t;
}

/* Reads a bracket behind its '<'. Returns the token that ends it if it ends the piece, too,
 * else
 * '>' or, with a bracket that is not closed, the end. */
static void
read_bracket(struct field_reader *r, struct address_token *t)
{
	struct bracket_state b;

	if (r->n_brackets == 0)
		r->open_at = t->from;
	begin_bracket(&b, t);
	for (address_next_token(&r->sc, t); t->kind != ADDRESS_END && t->sign != '>';
	     address_next_token(&r->sc, t)) {
		if (t->kind == ADDRESS_COMMENT) {
			r->comment = (struct span){t->from, t->to};
		} else if (t->sign == '<' || (t->sign == ':' && b.in_route)) {
			begin_bracket(&b, t);
			r->irregular = true;
		} else if ((t->sign == ',' || t->sign == ';') && !b.in_route) {
			break;
		} else {
			r->irregular |= t->sign != '\0' && t->sign != '@';
			add_bracket_word(r, &b, t);
		}
	}
	r->irregular |= t->sign != '>';
	end_bracket(r, b.content);
}

/* "Boss, Jane <jane@x>", without quotes: some programs display all of it. */
static void
add_longer_name(struct field_reader *r)
{
	struct mailbox first = r->out->mailbox[r->first], *m;
	struct span phrase = {r->words_before, r->open_at};

	m = add_address(r, first.address, strlen(first.address));
	if (m != NULL)
		set_phrase(r, m, phrase);
	r->irregular = true;
}

/* Python's getaddresses() joins words that stand side by side. */
static void
join_words(struct field_reader *r)
{
	struct address_scanner sc = {.s = r->sc.s,
				     .at = r->words.from,
				     .len = r->words.to,
				     .skip_open = r->sc.skip_open};
	struct address_token t;

	for (address_next_token(&sc, &t); t.kind != ADDRESS_END; address_next_token(&sc, &t))
		if (t.kind != ADDRESS_COMMENT)
			buf_append(&r->joined, sc.s + t.from, t.to - t.from);
	add_other_reading(r, (const char *)r->joined.data, r->joined.len);
}

/* The readings of a piece without brackets. */
static void
end_plain_piece(struct field_reader *r)
{
	size_t first = r->out->n;

	if (is_empty_span(r->words))
		return;
	r->irregular |= r->n_signs > 1 || (r->side_by_side && has_sign(r, r->words));
	add_mailbox(r, r->words, r->n_signs == 0 ? r->words : no_span);
	if (r->n_signs > 0 && r->side_by_side)
		join_words(r);
	if (r->out->n > first && r->n_signs > 0 && r->comment.from > r->words.from)
		set_comment_as_name(r, &r->out->mailbox[first]);
}

static void
end_bracket_piece(struct field_reader *r)
{
	struct mailboxes *out = r->out;
	struct mailbox *m = out->n > r->first ? &out->mailbox[r->first] : NULL;

	r->irregular |= !is_empty_span(r->words);
	r->n_most += r->n_signs > 0;
	if (r->joined.len > 0)
		(void)add_address(r, (const char *)r->joined.data, r->joined.len);
	if (m != NULL && m->name[0] == '\0' && r->n_brackets == 1 &&
	    r->comment.to > r->bracket.from)
		set_comment_as_name(r, m);
	if (m != NULL && r->words_before != SIZE_MAX)
		add_longer_name(r);
}

/* Has the piece a mailbox with a domain? */
static bool
has_complete(const struct field_reader *r)
{
	const struct mailboxes *out = r->out;

	for (size_t i = r->first; i < out->n; i++)
		if (out->mailbox[i].domain[0] != '\0')
			return true;
	return false;
}

/* t: what ends the piece. */
static void
end_piece(struct field_reader *r, const struct address_token *t)
{
	bool only_words = r->n_brackets == 0 && r->n_signs == 0 && !is_empty_span(r->words);

	if (r->n_brackets > 0)
		end_bracket_piece(r);
	else
		end_plain_piece(r);
	if (r->irregular) {
		add_all_addresses(r, r->sc.s, r->begin, t->from);
		add_encoded_addresses(r, r->sc.s + r->begin, t->from - r->begin);
	}
	r->out->irregular |= r->irregular;
	if (has_complete(r))
		r->out->n_most += r->n_most > 0 ? r->n_most : 1;
	r->words_before = only_words && t->sign == ',' && !r->in_group ? r->begin : SIZE_MAX;
	begin_piece(r, t->to);
}

static void
add_field_word(struct field_reader *r, const struct address_token *t)
{
	if (is_empty_span(r->words))
		r->words.from = t->from;
	else
		r->side_by_side |= !address_tokens_join(r->sc.s, &r->last_word, t);
	r->irregular |= is_quoted_domain(&r->last_word, t);
	r->words.to = t->to;
	r->last_word = *t;
	r->n_signs += t->sign == '@';
}

static void
add_stray_sign(struct field_reader *r, const struct address_token *t)
{
	r->irregular = true;
	add_field_word(r, t);
}

/* The begin of a group: its name is no mailbox. */
static void
begin_group(struct field_reader *r, const struct address_token *t)
{
	if (r->irregular || r->n_brackets > 0 || r->in_group || has_sign(r, r->words)) {
		add_stray_sign(r, t);
		return;
	}
	r->in_group = true;
	begin_piece(r, t->to);
}

static void
end_group(struct field_reader *r, const struct address_token *t)
{
	r->irregular |= !r->in_group;
	end_piece(r, t);
	r->in_group = false;
}

static void
read_field_sign(struct field_reader *r, struct address_token *t)
{
	if (t->sign == '<')
		read_bracket(r, t);
	else if (t->sign == '@')
		add_field_word(r, t);
	else if (t->sign == ':')
		begin_group(r, t);
	else if (t->sign != ',' && t->sign != ';')
		add_stray_sign(r, t);
	if (t->sign == ',')
		end_piece(r, t);
	else if (t->sign == ';')
		end_group(r, t);
}

/* Reads all pieces but the last, which the caller ends at ret_end. */
static void
read_pieces(struct field_reader *r, struct address_token *ret_end)
{
	struct address_token t;

	do {
		address_next_token(&r->sc, &t);
		if (t.kind == ADDRESS_COMMENT)
			r->comment = (struct span){t.from, t.to};
		else if (t.kind == ADDRESS_SIGN)
			read_field_sign(r, &t);
		else if (t.kind != ADDRESS_END)
			add_field_word(r, &t);
	} while (t.kind != ADDRESS_END && !r->out->truncated);
	*ret_end = t;
}

/* The readings of the last piece in which what is not closed does not go on to the end. */
static void
read_last_piece_again(struct field_reader *r, size_t begin, size_t words_before)
{
	struct address_token end;

	r->sc = (struct address_scanner){
		.s = r->sc.s, .len = r->sc.len, .at = begin, .skip_open = true};
	r->words_before = words_before;
	begin_piece(r, begin);
	read_pieces(r, &end);
	end_piece(r, &end);
	r->out->irregular = true;
}

void
mailboxes_read(struct arena *arena, const char *value, size_t len, struct mailboxes *ret)
{
	struct field_reader r = {.arena = arena,
				 .sc = {.s = value, .len = len},
				 .out = ret,
				 .words_before = SIZE_MAX};
	struct address_token end;
	size_t begin, words_before, n_most;
	unsigned first_most;

	*ret = (struct mailboxes){.n = 0};
	read_pieces(&r, &end);
	begin = r.begin;
	words_before = r.words_before;
	n_most = ret->n_most;
	end_piece(&r, &end);
	if (r.sc.has_open && !ret->truncated) {
		first_most = (unsigned)(ret->n_most - n_most);
		ret->n_most = n_most;
		read_last_piece_again(&r, begin, words_before);
		if (ret->n_most < n_most + first_most)
			ret->n_most = n_most + first_most;
	}
	ret->irregular |= ret->truncated;
	buf_free(&r.scratch);
	buf_free(&r.joined);
}
