/* Questions to spamd: writing them, and reading the head of the answer. What is behind the head
 * is read by spamd_content.c. */
#include "service/spamd.h"

#include <string.h>

#include "service/spamd_content.h"
#include "util/str.h"

static struct spamd_exchange *
as_spamd(struct exchange *base)
{
	return (struct spamd_exchange *)base;
}

static void
spamd_release(struct exchange *base)
{
	struct spamd_exchange *x = as_spamd(base);

	buf_free(&x->answer);
	buf_free(&x->list);
	buf_free(&x->texts);
	x->symbols = NULL;
	x->fields = NULL;
	x->n_symbols = x->n_fields = 0;
}

static void
spamd_begin(struct exchange *base)
{
	struct spamd_exchange *x = as_spamd(base);

	buf_reset(&x->answer);
	x->at = (struct exchange_position){0};
	x->head_sent = false;
	x->stage = SPAMD_STATUS;
	x->line = x->searched = 0;
	x->is_spam = x->has_verdict = x->has_length = false;
	x->score = x->required = 0;
	x->length = 0;
	x->symbols = NULL;
	x->fields = NULL;
	x->n_symbols = x->n_fields = 0;
	base->text[0] = '\0';
}

static void
write_question(const struct spamd_exchange *x, struct buf *out)
{
	static const char *const words[] = {"SYMBOLS", "HEADERS", "PING"};

	buf_printf(out, "%s SPAMC/1.5\r\n", words[x->command]);
	if (x->user != NULL && str_clean_run(x->user, strlen(x->user)) == strlen(x->user))
		buf_printf(out, "User: %s\r\n", x->user);
	if (x->command != SPAMD_PING)
		buf_printf(out, "Content-length: %llu\r\n",
			   (unsigned long long)x->content.size);
	buf_puts(out, "\r\n");
}

static void
spamd_write(struct exchange *base, struct buf *out)
{
	struct spamd_exchange *x = as_spamd(base);

	if (!x->head_sent)
		write_question(x, out);
	x->head_sent = true;
	exchange_write_content(&x->content, &x->at, EXCHANGE_WINDOW, out);
}

static enum exchange_state
bad_line(struct spamd_exchange *x, const char *line, size_t len)
{
	return exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, line, len);
}

static enum exchange_state
bad_answer(struct spamd_exchange *x, const char *why)
{
	return exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, why, strlen(why));
}

/* "SPAMD/1.1 0 EX_OK". */
static enum exchange_state
take_first_line(struct spamd_exchange *x, const char *line, size_t len)
{
	static const char word[] = "SPAMD/";
	size_t at = strlen(word), n;

	if (len < at || memcmp(line, word, at) != 0)
		return bad_line(x, line, len);
	while (at < len && (str_is_digit(line[at]) || line[at] == '.'))
		at++;
	n = str_blank_run(line + at, len - at);
	at += n;
	if (n == 0 || (n = str_digit_run(line + at, len - at)) == 0 ||
	    (at + n < len && !str_is_blank(line[at + n])))
		return bad_line(x, line, len);
	for (size_t i = at; i < at + n; i++) {
		if (line[i] != '0')
			return exchange_fail(&x->base, EXCHANGE_SERVER_ERROR, line + at,
					     len - at);
	}
	x->stage = SPAMD_HEADER;
	return x->command == SPAMD_PING ? EXCHANGE_ANSWERED : EXCHANGE_GOES_ON;
}

/* A second Content-length must say the same. */
static bool
take_length(struct spamd_exchange *x, const char *s, size_t len)
{
	uint64_t length = 0;

	if (len == 0 || str_digit_run(s, len) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (__builtin_mul_overflow(length, 10, &length) ||
		    __builtin_add_overflow(length, (uint64_t)(s[i] - '0'), &length))
			return false;
	}
	if (x->has_length && x->length != length)
		return false;
	x->has_length = true;
	x->length = length;
	return true;
}

/* Parses a number at the front, "-7.05", into hundredths. Returns its length, 0 when there is
 * none or when it has more than 15 digits before the point. */
static size_t
take_points(const char *s, size_t len, int64_t *ret)
{
	size_t sign = len > 0 && s[0] == '-', n = str_digit_run(s + sign, len - sign),
	       end = sign + n;
	size_t decimals = 0;
	int64_t v = 0;

	if (n == 0 || n > 15)
		return 0;
	for (size_t i = sign; i < end; i++)
		v = 10 * v + (s[i] - '0');
	if (end < len && s[end] == '.') {
		decimals = str_digit_run(s + end + 1, len - end - 1);
		if (decimals == 0)
			return 0;
	}
	v = 10 * v + (decimals > 0 ? s[end + 1] - '0' : 0);
	v = 10 * v + (decimals > 1 ? s[end + 2] - '0' : 0);
	*ret = sign > 0 ? -v : v;
	return end + (decimals > 0 ? 1 + decimals : 0);
}

/* The length of the word at the front that has one of two spellings, in any case, and no letter
 * behind it; 0 when neither is there. */
static size_t
take_word(const char *s, size_t len, const char *one, const char *other)
{
	size_t n = 0;

	while (n < len && str_lower_char(s[n]) >= 'a' && str_lower_char(s[n]) <= 'z')
		n++;
	return str_case_equal_n(s, n, one, strlen(one)) ||
			       str_case_equal_n(s, n, other, strlen(other))
		       ? n
		       : 0;
}

/* Skips blanks, this sign, and blanks. False when the sign is not there. */
static bool
skip_sign(const char **s, const char *end, char sign)
{
	*s += str_blank_run(*s, (size_t)(end - *s));
	if (*s == end || **s != sign)
		return false;
	(*s)++;
	*s += str_blank_run(*s, (size_t)(end - *s));
	return true;
}

/* "True ; 7.0 / 5.0"; REPORT_IFSPAM's spelling of False is "No". Once only. */
static bool
take_verdict(struct spamd_exchange *x, const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = take_word(s, len, "True", "Yes");

	x->is_spam = n > 0;
	if (n == 0)
		n = take_word(s, len, "False", "No");
	s += n;
	if (n == 0 || x->has_verdict || !skip_sign(&s, end, ';'))
		return false;
	n = take_points(s, (size_t)(end - s), &x->score);
	s += n;
	if (n == 0 || !skip_sign(&s, end, '/'))
		return false;
	x->has_verdict = true;
	n = take_points(s, (size_t)(end - s), &x->required);
	return n > 0 && s + n == end;
}

/* Behind the head. An answer to a part of the message is none to the message. */
static enum exchange_state
begin_content(struct spamd_exchange *x)
{
	if (!x->has_verdict)
		return bad_answer(x, "no Spam line");
	if (x->at.sent < x->content.size)
		return bad_answer(x, "a result before the whole message was sent");
	if (x->has_length && x->length > x->base.max_answer - x->line)
		return bad_answer(x, "longer than max_answer");
	x->stage = SPAMD_CONTENT;
	return EXCHANGE_GOES_ON;
}

/* A field of the head, or the empty line behind it. Unknown fields are skipped. */
static enum exchange_state
take_field(struct spamd_exchange *x, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *value;
	size_t name_len, n;

	if (len == 0)
		return begin_content(x);
	if (colon == NULL)
		return bad_line(x, line, len);
	name_len = str_trim_blanks(line, (size_t)(colon - line));
	value = colon + 1;
	n = (size_t)(line + len - value);
	value += str_blank_run(value, n);
	n = str_trim_blanks(value, (size_t)(line + len - value));
	if (str_case_equal_n(line, name_len, "Spam", 4))
		return take_verdict(x, value, n) ? EXCHANGE_GOES_ON : bad_line(x, line, len);
	if (str_case_equal_n(line, name_len, "Content-length", 14))
		return take_length(x, value, n) ? EXCHANGE_GOES_ON : bad_line(x, line, len);
	return EXCHANGE_GOES_ON;
}

/* Takes the lines of the head that are there. */
static enum exchange_state
take_head(struct spamd_exchange *x)
{
	enum exchange_state state = EXCHANGE_GOES_ON;

	while (state == EXCHANGE_GOES_ON && x->stage != SPAMD_CONTENT) {
		const char *data = buf_string(&x->answer), *line = data + x->line;
		const char *lf = memchr(data + x->searched, '\n', x->answer.len - x->searched);
		size_t len;

		if (lf == NULL) {
			x->searched = x->answer.len;
			return EXCHANGE_GOES_ON;
		}
		x->line = x->searched = (size_t)(lf + 1 - data);
		len = str_trim_line_end(line, (size_t)(lf + 1 - line));
		state = x->stage == SPAMD_STATUS ? take_first_line(x, line, len)
						 : take_field(x, line, len);
	}
	return state;
}

/* The answer is kept up to max_answer bytes, and may be complete within them. */
static enum exchange_state
spamd_read(struct exchange *base, const char *data, size_t len)
{
	struct spamd_exchange *x = as_spamd(base);
	size_t room = base->max_answer - x->answer.len, n = len < room ? len : room;
	enum exchange_state state;

	buf_append(&x->answer, data, n);
	state = take_head(x);
	if (state != EXCHANGE_GOES_ON)
		return state;
	if (x->stage == SPAMD_CONTENT && x->has_length && x->answer.len - x->line >= x->length)
		return spamd_take_content(x, (size_t)x->length);
	return n < len ? bad_answer(x, "longer than max_answer") : EXCHANGE_GOES_ON;
}

/* Without Content-length the end of the connection is the end of the content. That of HEADERS
 * ends with an empty line, which tells whether it is whole. */
static enum exchange_state
spamd_end(struct exchange *base)
{
	struct spamd_exchange *x = as_spamd(base);

	if (x->stage != SPAMD_CONTENT || x->has_length)
		return EXCHANGE_CUT;
	return spamd_take_content(x, x->answer.len - x->line);
}

static void
spamd_make(struct spamd_exchange *x, enum spamd_command command,
	   const struct exchange_content *content, const char *user)
{
	static const struct exchange_ops ops = {
		.begin = spamd_begin,
		.write = spamd_write,
		.read = spamd_read,
		.end = spamd_end,
		.release = spamd_release,
	};

	*x = (struct spamd_exchange){.base.ops = &ops, .command = command, .user = user};
	if (content != NULL)
		x->content = *content;
}

void
spamd_symbols(struct spamd_exchange *x, const struct exchange_content *content,
	      const char *user)
{
	spamd_make(x, SPAMD_SYMBOLS, content, user);
}

void
spamd_headers(struct spamd_exchange *x, const struct exchange_content *content,
	      const char *user)
{
	spamd_make(x, SPAMD_HEADERS, content, user);
}

void
spamd_ping(struct spamd_exchange *x)
{
	spamd_make(x, SPAMD_PING, NULL, NULL);
}
