/* Reads an answer of an HTTP server: see http_answer.h. The head is collected and read by
 * lines, the body by its length. */
#include "service/http_answer.h"

#include <errno.h>
#include <string.h>

#include "util/str.h"

void
http_answer_begin(struct http_answer *a)
{
	struct buf body = a->body, line = a->line;

	buf_reset(&body);
	buf_reset(&line);
	*a = (struct http_answer){.body = body, .line = line};
}

void
http_answer_free(struct http_answer *a)
{
	buf_free(&a->body);
	buf_free(&a->line);
	*a = (struct http_answer){0};
}

static int
refuse_answer(struct http_answer *a, const char *why)
{
	a->why = why;
	return -EBADMSG;
}

/* Not about one line. */
static int
refuse_whole_answer(struct http_answer *a, const char *why)
{
	buf_reset(&a->line);
	return refuse_answer(a, why);
}

/* The bytes of a reason or of a value: blanks, visible ones, and those above ASCII (RFC 9110,
 * section 5.5). */
static bool
is_field_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

/* A field name: a token (RFC 9110, section 5.6.2). */
static bool
is_token(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", s[i]) != NULL)
			return false;
	return len > 0;
}

static void
copy_server_words(char ret[static HTTP_SERVER_BYTES], const char *s, size_t len)
{
	size_t n = len < HTTP_SERVER_BYTES ? len : HTTP_SERVER_BYTES - 1;

	for (size_t i = 0; i < n; i++)
		ret[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	ret[n] = '\0';
}

/* "HTTP/1.1 200 OK" (RFC 9112, section 4). The reason may be empty, the blank before it may
 * not. */
static int
read_status_line(struct http_answer *a, const char *s, size_t len)
{
	bool good = len >= 13 && memcmp(s, "HTTP/1.", 7) == 0 && str_is_digit(s[7]) &&
		    s[8] == ' ' && s[9] >= '1' && s[9] <= '9' && str_is_digit(s[10]) &&
		    str_is_digit(s[11]) && s[12] == ' ' && is_field_text(s + 13, len - 13);

	if (!good)
		return refuse_answer(a, "not a status line of HTTP/1");
	a->status = (unsigned)((s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0'));
	copy_server_words(a->reason, s + 13, len - 13);
	a->place = HTTP_FIELD_LINES;
	return 0;
}

static int
read_content_length(struct http_answer *a, const char *s, size_t len)
{
	uint64_t n = 0;

	if (a->has_length)
		return refuse_answer(a, "a second Content-Length");
	if (len == 0 || len > 18) /* 18 digits fit */
		return refuse_answer(a, "not a length");
	for (size_t i = 0; i < len; i++) {
		if (!str_is_digit(s[i]))
			return refuse_answer(a, "not a length");
		n = n * 10 + (unsigned)(s[i] - '0');
	}
	a->has_length = true;
	a->length = n;
	return 0;
}

static int
read_field_line(struct http_answer *a, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t name_len = colon ? (size_t)(colon - s) : 0, value_len, blanks;
	const char *value;

	if (++a->n_fields > HTTP_FIELDS)
		return refuse_whole_answer(a, "too many header fields");
	if (!is_token(s, name_len) || !is_field_text(s, len))
		return refuse_answer(a, "not a header field");
	value = s + name_len + 1;
	value_len = len - name_len - 1;
	blanks = str_blank_run(value, value_len);
	value += blanks;
	value_len = str_trim_blanks(value, value_len - blanks);
	if (str_case_equal_n(s, name_len, "Content-Length", 14))
		return read_content_length(a, value, value_len);
	if (str_case_equal_n(s, name_len, "Transfer-Encoding", 17))
		return refuse_answer(a, "a body with a transfer encoding is not read");
	if (str_case_equal_n(s, name_len, "Server", 6))
		copy_server_words(a->server, value, value_len);
	return 0;
}

/* The empty line behind the fields. */
static int
end_head(struct http_answer *a, size_t max)
{
	if (a->status == 101) /* we asked for no other protocol */
		return refuse_whole_answer(a, "the protocol is switched");
	if (a->status < 200) {
		a->place = HTTP_STATUS_LINE;
		a->has_length = false;
		a->length = 0;
		return 0;
	}
	if (a->status == 204 || a->status == 304 || (a->has_length && a->length == 0)) {
		a->place = HTTP_COMPLETE;
		return 1;
	}
	if (a->has_length && a->length > max - a->head_bytes)
		return refuse_whole_answer(a, "the answer is too long");
	a->place = HTTP_BODY;
	return 0;
}

/* The line in a->line, which ends with LF. */
static int
read_head_line(struct http_answer *a, size_t max)
{
	const char *s = buf_string(&a->line);
	size_t len = a->line.len - 1;
	int r;

	if (len == 0 || s[len - 1] != '\r')
		return refuse_answer(a, "a line does not end with CR LF");
	len--;
	if (a->place == HTTP_STATUS_LINE)
		r = read_status_line(a, s, len);
	else
		r = len == 0 ? end_head(a, max) : read_field_line(a, s, len);
	if (r >= 0)
		buf_reset(&a->line);
	return r;
}

/* Takes bytes up to the end of a line. Returns as http_answer_read(). */
static int
take_head_bytes(struct http_answer *a, size_t max, const char **data, size_t *len)
{
	const char *lf = memchr(*data, '\n', *len);
	size_t n = lf ? (size_t)(lf - *data) + 1 : *len;

	if (n > HTTP_LINE_BYTES - a->line.len)
		return refuse_whole_answer(a, "a line of the head is too long");
	if (n > max - a->head_bytes)
		return refuse_whole_answer(a, "the answer is too long");
	buf_append(&a->line, *data, n);
	a->head_bytes += n;
	*data += n;
	*len -= n;
	return lf ? read_head_line(a, max) : 0;
}

static int
take_body_bytes(struct http_answer *a, size_t max, const char *data, size_t len)
{
	uint64_t left = a->has_length ? a->length - a->body.len : len;

	if (len > left)
		len = (size_t)left;
	if (len > max - a->head_bytes - a->body.len)
		return refuse_whole_answer(a, "the answer is too long");
	buf_append(&a->body, data, len);
	if (!a->has_length || a->body.len < a->length)
		return 0;
	a->place = HTTP_COMPLETE;
	return 1;
}

int
http_answer_read(struct http_answer *a, size_t max, const char *data, size_t len)
{
	int r = 0;

	while (r == 0 && len > 0 && a->place != HTTP_BODY)
		r = take_head_bytes(a, max, &data, &len);
	if (r == 0 && len > 0)
		r = take_body_bytes(a, max, data, len);
	return r;
}

int
http_answer_end(struct http_answer *a)
{
	if (a->place != HTTP_BODY || a->has_length)
		return -ECONNRESET;
	a->place = HTTP_COMPLETE;
	return 1;
}
