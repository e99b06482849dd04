/* Questions to clamd: writing the commands, and reading the one line of the answer. */
#include "service/clamd.h"

#include <string.h>

#include "util/str.h"

static const char stream_word[] = "stream: ", found_word[] = " FOUND", error_word[] = " ERROR";

static struct clamd_exchange *
as_clamd(struct exchange *base)
{
	return (struct clamd_exchange *)base;
}

static void
clamd_release(struct exchange *base)
{
	buf_free(&as_clamd(base)->line);
}

static void
clamd_begin(struct exchange *base)
{
	struct clamd_exchange *x = as_clamd(base);

	buf_reset(&x->line);
	x->at = (struct exchange_position){0};
	x->command_sent = x->all_sent = false;
	x->result = CLAMD_CLEAN;
	x->virus[0] = x->version[0] = base->text[0] = '\0';
}

/* A window with its length in front. One that is not full is the last: the length 0 behind it
 * ends the message. */
static void
write_chunk(struct clamd_exchange *x, struct buf *out)
{
	size_t at = out->len, n;

	buf_put_u32(out, 0);
	n = exchange_write_content(&x->content, &x->at, EXCHANGE_WINDOW, out);
	for (unsigned i = 0; i < 4; i++)
		out->data[at + i] = (unsigned char)(n >> (24 - 8 * i));
	x->all_sent = n < EXCHANGE_WINDOW;
	if (x->all_sent && n > 0)
		buf_put_u32(out, 0);
}

static void
clamd_write(struct exchange *base, struct buf *out)
{
	struct clamd_exchange *x = as_clamd(base);

	if (!x->command_sent)
		buf_append(out, x->command, strlen(x->command) + 1);
	x->command_sent = true;
	if (x->has_content && !x->all_sent)
		write_chunk(x, out);
}

/* Whether the line is these words, begins with them, ends with them. */
static bool
answer_is(const char *line, size_t len, const char *words)
{
	return len == strlen(words) && memcmp(line, words, len) == 0;
}

static bool
answer_begins(const char *line, size_t len, const char *words)
{
	return len >= strlen(words) && memcmp(line, words, strlen(words)) == 0;
}

static bool
answer_ends(const char *line, size_t len, const char *words)
{
	size_t n = strlen(words);

	return len >= n && memcmp(line + len - n, words, n) == 0;
}

static void
copy_printable(char *to, size_t max, const char *from, size_t len)
{
	size_t n = len < max ? len : max;

	for (size_t i = 0; i < n; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[n] = '\0';
}

/* Its begin counts: behind it stands which limit, or which kind of file. "(null)" is what some
 * versions say in place of a limit's name. */
static enum clamd_result
result_of_name(const char *name)
{
	if (answer_begins(name, strlen(name), "Heuristics.Limits.Exceeded") ||
	    answer_begins(name, strlen(name), "(null)"))
		return CLAMD_SCAN_LIMIT;
	if (answer_begins(name, strlen(name), "Heuristics.Encrypted"))
		return CLAMD_ENCRYPTED;
	return CLAMD_INFECTED;
}

/* A line that is none of the answers wanted. */
static enum exchange_state
judge_failure(struct clamd_exchange *x, const char *line, size_t len)
{
	enum exchange_state state = EXCHANGE_BAD_ANSWER;

	if (answer_is(line, len, "INSTREAM size limit exceeded. ERROR"))
		state = EXCHANGE_TOO_BIG;
	else if (answer_ends(line, len, error_word) ||
		 answer_is(line, len, "COMMAND READ TIMED OUT") ||
		 answer_is(line, len, "UNKNOWN COMMAND"))
		state = EXCHANGE_SERVER_ERROR;
	return exchange_fail(&x->base, state, line, len);
}

static enum exchange_state
judge_scan(struct clamd_exchange *x, const char *line, size_t len)
{
	static const char early[] = "OK before the whole message was sent";
	size_t around = strlen(stream_word) + strlen(found_word);

	if (answer_is(line, len, "stream: OK")) {
		if (!x->all_sent)
			return exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, early,
					     strlen(early));
		x->result = CLAMD_CLEAN;
		return EXCHANGE_ANSWERED;
	}
	if (len > around && answer_begins(line, len, stream_word) &&
	    answer_ends(line, len, found_word)) {
		copy_printable(x->virus, CLAMD_VIRUS_BYTES, line + strlen(stream_word),
			       len - around);
		x->result = result_of_name(x->virus);
		return EXCHANGE_ANSWERED;
	}
	return judge_failure(x, line, len);
}

static enum exchange_state
judge_pong(struct clamd_exchange *x, const char *line, size_t len)
{
	return answer_is(line, len, "PONG") ? EXCHANGE_ANSWERED : judge_failure(x, line, len);
}

static enum exchange_state
judge_version(struct clamd_exchange *x, const char *line, size_t len)
{
	if (!answer_begins(line, len, "ClamAV "))
		return judge_failure(x, line, len);
	copy_printable(x->version, CLAMD_VERSION_BYTES, line, len);
	return EXCHANGE_ANSWERED;
}

/* The number of bytes before the NUL or LF that ends the line; len when there is none. */
static size_t
answer_line_length(const char *data, size_t len)
{
	const char *nul = memchr(data, '\0', len);
	size_t n = nul != NULL ? (size_t)(nul - data) : len;
	const char *lf = memchr(data, '\n', n);

	return lf != NULL ? (size_t)(lf - data) : n;
}

/* What stands behind the line is ignored: there is one answer. */
static enum exchange_state
clamd_read(struct exchange *base, const char *data, size_t len)
{
	struct clamd_exchange *x = as_clamd(base);
	size_t n = answer_line_length(data, len), room = base->max_answer - x->line.len;

	buf_append(&x->line, data, n < room ? n : room);
	if (n > room)
		return exchange_fail(base, EXCHANGE_BAD_ANSWER, buf_string(&x->line),
				     x->line.len);
	if (n == len)
		return EXCHANGE_GOES_ON;
	return x->judge(x, buf_string(&x->line), x->line.len);
}

static enum exchange_state
clamd_end(struct exchange *base)
{
	(void)base;
	return EXCHANGE_CUT;
}

static void
clamd_make(struct clamd_exchange *x, const char *command,
	   enum exchange_state (*judge)(struct clamd_exchange *, const char *, size_t))
{
	static const struct exchange_ops ops = {
		.begin = clamd_begin,
		.write = clamd_write,
		.read = clamd_read,
		.end = clamd_end,
		.release = clamd_release,
	};

	*x = (struct clamd_exchange){.base.ops = &ops, .command = command, .judge = judge};
}

void
clamd_scan(struct clamd_exchange *x, const struct exchange_content *content)
{
	clamd_make(x, "zINSTREAM", judge_scan);
	x->has_content = true;
	x->content = *content;
}

void
clamd_ping(struct clamd_exchange *x)
{
	clamd_make(x, "zPING", judge_pong);
}

void
clamd_version(struct clamd_exchange *x)
{
	clamd_make(x, "zVERSION", judge_version);
}
