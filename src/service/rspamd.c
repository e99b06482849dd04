/* The exchanges with rspamd: what is sent, and what its answers mean. rspamd_request.c writes
 * the head, rspamd_answer.c and rspamd_changes.c read the JSON. */
#include "service/rspamd.h"

#include <errno.h>
#include <string.h>

#include "service/rspamd_private.h"
#include "util/arena.h"
#include "util/str.h"

static void
begin_rspamd(struct exchange *base)
{
	struct rspamd_exchange *x = (struct rspamd_exchange *)base;

	http_answer_begin(&x->http);
	x->arena = arena_free(x->arena);
	x->at = (struct exchange_position){0};
	x->head_is_written = false;
	x->n_rcpts_left_out = 0;
	x->answer = (struct rspamd_answer){0};
	x->server = "";
	base->text[0] = '\0';
}

static void
release_rspamd(struct exchange *base)
{
	struct rspamd_exchange *x = (struct rspamd_exchange *)base;

	http_answer_free(&x->http);
	x->arena = arena_free(x->arena);
	x->answer = (struct rspamd_answer){0};
	x->server = "";
}

static void
write_check(struct exchange *base, struct buf *out)
{
	struct rspamd_exchange *x = (struct rspamd_exchange *)base;

	if (!x->head_is_written) {
		x->n_rcpts_left_out = rspamd_write_head(out, &x->request, x->content.size);
		x->head_is_written = true;
		return;
	}
	exchange_write_content(&x->content, &x->at, EXCHANGE_WINDOW, out);
}

static void
write_ping(struct exchange *base, struct buf *out)
{
	struct rspamd_exchange *x = (struct rspamd_exchange *)base;

	if (!x->head_is_written)
		buf_puts(
			out,
			"GET /ping HTTP/1.1\r\nHost: rspamd\r\nUser-Agent: polymilter\r\n\r\n");
	x->head_is_written = true;
}

/* What is no HTTP, or too long. */
static enum exchange_state
report_bad_http(struct rspamd_exchange *x)
{
	struct buf text = {0};
	enum exchange_state state;

	buf_puts(&text, x->http.why);
	if (x->http.line.len > 0) {
		size_t len =
			str_trim_line_end((const char *)x->http.line.data, x->http.line.len);

		buf_puts(&text, ": ");
		buf_append(&text, x->http.line.data, len);
	}
	state = exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, (const char *)text.data, text.len);
	buf_free(&text);
	return state;
}

/* The text of {"error": "..."}, or NULL. */
static const char *
error_of_answer(const json_t *root, size_t *ret_len)
{
	const json_t *error = json_object_get(root, "error");

	if (!json_is_string(error) || json_string_length(error) == 0)
		return NULL;
	*ret_len = json_string_length(error);
	return json_string_value(error);
}

/* A status other than 200. */
static enum exchange_state
report_status(struct rspamd_exchange *x)
{
	const struct http_answer *a = &x->http;
	enum exchange_state state = a->status == 413 ? EXCHANGE_TOO_BIG
				    : a->status >= 400 && a->status < 600
					    ? EXCHANGE_SERVER_ERROR
					    : EXCHANGE_BAD_ANSWER;
	struct buf text = {0}, why = {0};
	json_t *root = json_read_object((const char *)a->body.data, a->body.len, &why);
	size_t len = strlen(a->reason);
	const char *error = root ? error_of_answer(root, &len) : NULL;

	buf_printf(&text, "%u ", a->status);
	buf_append(&text, error ? error : a->reason, len);
	state = exchange_fail(&x->base, state, (const char *)text.data, text.len);
	json_read_free(root);
	buf_free(&why);
	buf_free(&text);
	return state;
}

static enum exchange_state
read_whole_ping(struct rspamd_exchange *x)
{
	const struct buf *body = &x->http.body;

	if (body->len >= 4 && memcmp(body->data, "pong", 4) == 0)
		return EXCHANGE_ANSWERED;
	return exchange_fail(&x->base, EXCHANGE_BAD_ANSWER, (const char *)body->data,
			     body->len);
}

static enum exchange_state
read_whole_answer(struct rspamd_exchange *x)
{
	x->server = x->http.server;
	if (x->http.status != 200)
		return report_status(x);
	if (x->is_ping)
		return read_whole_ping(x);
	x->arena = arena_new();
	return rspamd_read_answer(x, (const char *)x->http.body.data, x->http.body.len);
}

static enum exchange_state
read_rspamd(struct exchange *base, const char *data, size_t len)
{
	struct rspamd_exchange *x = (struct rspamd_exchange *)base;
	int r = http_answer_read(&x->http, base->max_answer, data, len);

	if (r == 0)
		return EXCHANGE_GOES_ON;
	return r == 1 ? read_whole_answer(x) : report_bad_http(x);
}

static enum exchange_state
end_rspamd(struct exchange *base)
{
	struct rspamd_exchange *x = (struct rspamd_exchange *)base;

	return http_answer_end(&x->http) == 1 ? read_whole_answer(x) : EXCHANGE_CUT;
}

void
rspamd_check(struct rspamd_exchange *x, const struct rspamd_request *request,
	     const struct exchange_content *content)
{
	static const struct exchange_ops ops = {begin_rspamd, write_check, read_rspamd,
						end_rspamd, release_rspamd};

	*x = (struct rspamd_exchange){
		.base.ops = &ops,
		.request = *request,
		.content = *content,
		.server = "",
	};
}

void
rspamd_ping(struct rspamd_exchange *x)
{
	static const struct exchange_ops ops = {begin_rspamd, write_ping, read_rspamd,
						end_rspamd, release_rspamd};

	*x = (struct rspamd_exchange){.base.ops = &ops, .is_ping = true, .server = ""};
}
