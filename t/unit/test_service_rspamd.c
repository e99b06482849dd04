/* Unit tests of service/rspamd: what is sent, and what its answers mean. The answers are those
 * of rspamd 3.4, shortened; t/services asks a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "service/rspamd.h"
#include "util/buf.h"
#include "util/memory.h"

#define MAX_ANSWER (1u << 20)
#define NO_ACTION  "\"action\":\"no action\",\"score\":0.0"

static const struct slice hello = {"A: b\r\n\r\nhello\r\n", 15};
static const struct exchange_content content = {&hello, 1, 15};

static void
begin(struct rspamd_exchange *x)
{
	x->base.max_answer = MAX_ANSWER;
	x->base.ops->begin(&x->base);
}

/* A question about the message, begun. */
static void
begin_check(struct rspamd_exchange *x)
{
	static const struct rspamd_request nothing;

	rspamd_check(x, &nothing, &content);
	begin(x);
}

static void
release(struct rspamd_exchange *x)
{
	x->base.ops->release(&x->base);
}

/* Reads an answer with this status line's end and body. */
static enum exchange_state
read_status(struct rspamd_exchange *x, const char *status, const char *body, size_t len)
{
	struct buf b = {0};
	enum exchange_state state;

	buf_printf(&b, "HTTP/1.1 %s\r\nServer: rspamd/3.4\r\nContent-Length: %zu\r\n\r\n",
		   status, len);
	buf_append(&b, body, len);
	begin_check(x);
	state = x->base.ops->read(&x->base, (const char *)b.data, b.len);
	buf_free(&b);
	return state;
}

static enum exchange_state
read_json(struct rspamd_exchange *x, const char *json)
{
	return read_status(x, "200 OK", json, strlen(json));
}

/* All that it writes. */
static const char *
written(struct rspamd_exchange *x, struct buf *all)
{
	size_t before;

	buf_reset(all);
	do {
		before = all->len;
		x->base.ops->write(&x->base, all);
	} while (all->len > before);
	return buf_string(all);
}

static void
test_request(void **state)
{
	static const char *const rcpts[] = {"<b@example.org>",
					    "<gr\xc3\xbc\xc3\x9f@example.org>"};
	static const struct rspamd_request r = {
		.ip = "192.0.2.1:40000",
		.helo = "helo.example",
		.hostname = "client.example",
		.from = "<>",
		.rcpts = rcpts,
		.n_rcpts = 2,
		.user = "joe",
		.queue_id = "4XYZ",
		.mta_name = "mx.example",
		.mailer = "smtp",
		.tls_version = "TLSv1.3",
		.tls_cipher = "AES",
		.tls_issuer = "CA",
		.settings_id = "out",
		.mta_tag = "tag",
	};
	struct rspamd_exchange x;
	struct buf out = {0};

	(void)state;
	rspamd_check(&x, &r, &content);
	for (int connection = 0; connection < 2; connection++) {
		begin(&x);
		assert_string_equal(written(&x, &out),
				    "POST /checkv2 HTTP/1.1\r\n"
				    "Host: rspamd\r\n"
				    "User-Agent: polymilter\r\n"
				    "Flags: milter\r\n"
				    "Content-Length: 15\r\n"
				    "IP: 192.0.2.1:40000\r\n"
				    "Helo: helo.example\r\n"
				    "Hostname: client.example\r\n"
				    "User: joe\r\n"
				    "Queue-ID: 4XYZ\r\n"
				    "MTA-Name: mx.example\r\n"
				    "Mailer: smtp\r\n"
				    "TLS-Version: TLSv1.3\r\n"
				    "TLS-Cipher: AES\r\n"
				    "TLS-Cert-Issuer: CA\r\n"
				    "Settings-ID: out\r\n"
				    "MTA-Tag: tag\r\n"
				    "From: <>\r\n"
				    "Rcpt: <b@example.org>\r\n"
				    "Rcpt: <gr\xc3\xbc\xc3\x9f@example.org>\r\n"
				    "\r\n"
				    "A: b\r\n\r\nhello\r\n");
		assert_int_equal(x.n_rcpts_left_out, 0);
	}
	release(&x);
	buf_free(&out);
}

static void
test_request_without_facts(void **state)
{
	static const struct rspamd_request r = {.helo = "", .user = " ", .from = ""};
	struct rspamd_exchange x;
	struct buf out = {0};

	(void)state;
	rspamd_check(&x, &r, &content);
	begin(&x);
	assert_string_equal(written(&x, &out), "POST /checkv2 HTTP/1.1\r\n"
					       "Host: rspamd\r\n"
					       "User-Agent: polymilter\r\n"
					       "Flags: milter\r\n"
					       "Content-Length: 15\r\n"
					       "\r\n"
					       "A: b\r\n\r\nhello\r\n");
	release(&x);
	buf_free(&out);
}

/* No value ends its line, and none is longer than rspamd.h says. */
static void
test_values_are_cleaned(void **state)
{
	char long_helo[1000], long_from[1001];
	const char *rcpt = "<a\r\nFlags: x\xc2\x85\xe2\x82>";
	struct rspamd_request r = {.helo = long_helo,
				   .queue_id = "4\xff\xc3\xa4\r\n\r\nX\t\x7f",
				   .from = long_from,
				   .rcpts = &rcpt,
				   .n_rcpts = 1};
	struct rspamd_exchange x;
	struct buf out = {0};
	const char *helo, *from;

	(void)state;
	memset(long_helo, 'h', sizeof(long_helo) - 1);
	long_helo[sizeof(long_helo) - 1] = '\0';
	for (size_t i = 0; i + 2 < sizeof(long_from); i += 2) /* the limit is in a character */
		memcpy(long_from + 1 + i, "\xc3\xa4", 2);
	long_from[0] = '<';
	long_from[sizeof(long_from) - 1] = '\0';
	rspamd_check(&x, &r, &content);
	begin(&x);
	written(&x, &out);
	assert_non_null(strstr(buf_string(&out), "\r\nQueue-ID: 4??????X??\r\n"));
	assert_non_null(strstr(buf_string(&out), "\r\nRcpt: <a??Flags: x??"
						 "?>\r\n\r\nA: b\r\n"));
	helo = strstr(buf_string(&out), "Helo: ") + 6;
	assert_int_equal(strcspn(helo, "\r"), RSPAMD_VALUE_BYTES);
	from = strstr(buf_string(&out), "From: ") + 6;
	assert_int_equal(strcspn(from, "\r"), RSPAMD_ADDRESS_BYTES - 1);
	release(&x);
	buf_free(&out);
}

/* 1,000 recipients: of short addresses all are told, of long ones as many as there is room for,
 * and the head ends as it should. */
static void
test_many_recipients(void **state)
{
	static const char *const addresses[] = {
		"<someone.with.a.name@department.example.org>",
		"<someone.with.a.name.that.is.longer.than.others@department.example.org>",
	};
	struct rspamd_exchange x;
	struct buf out = {0};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		const char *rcpts[1000];
		struct rspamd_request r = {.rcpts = rcpts, .n_rcpts = 1000};
		size_t told = 0, head;

		for (size_t i = 0; i < 1000; i++)
			rcpts[i] = addresses[k];
		rspamd_check(&x, &r, &content);
		begin(&x);
		head = (size_t)(strstr(written(&x, &out), "\r\n\r\n") - buf_string(&out)) + 4;
		assert_true(head <= RSPAMD_HEAD_BYTES);
		assert_string_equal(buf_string(&out) + head, hello.data);
		for (const char *p = buf_string(&out); (p = strstr(p, "\r\nRcpt: <")); p++)
			told++;
		assert_int_equal(told + x.n_rcpts_left_out, 1000);
		assert_true(k == 0 ? told == 1000 : told > 800 && told < 900);
		release(&x);
	}
	buf_free(&out);
}

/* What rspamd 3.4 says about a mail for which it wants all kinds of things. */
static void
test_answer(void **state)
{
	static const char json[] =
		"{\"is_skipped\":false,\"score\":3.574999,\"required_score\":-15.125,"
		"\"action\":\"add header\",\"symbols\":{"
		"\"MIME_GOOD\":{\"name\":\"MIME_GOOD\",\"score\":-0.100000,"
		"\"metric_score\":-0.100000,\"options\":[\"text/plain\",7,\"a\\u0001b\"]},"
		"\"R_DKIM_NA\":{\"name\":\"R_DKIM_NA\",\"score\":0.0}},"
		"\"messages\":{\"smtp_message\":\"Go away, \\\"spammer\\\"\\r\\n250 \xc3\xa9\"},"
		"\"message-id\":\"1@x.example\",\"time_real\":0.209110,"
		"\"dkim-signature\":\"v=1; d=one.example;\\r\\n\\tb=H/C\","
		"\"milter\":{\"no_action\":true,\"spam_header\":{\"X-Spam-My\":\"yes\"},"
		"\"change_from\":\"new@example.org\",\"add_rcpt\":[\"add@example.org\"],"
		"\"del_rcpt\":[\"<b@example.org>\",\"<c@example.org>\"],"
		"\"reject\":\"quarantine\",\"add_headers\":{"
		"\"X-Two\":[{\"order\":0,\"value\":\"a\"},{\"order\":-2,\"value\":\"b\"}],"
		"\"X-Bare\":\"bare\",\"X-Index\":{\"value\":\"v\",\"index\":1},"
		"\"X-Number\":5},"
		"\"remove_headers\":{\"X-Neg\":-1,\"X-Spam\":0,\"X-List\":[1,2]}}}";
	struct rspamd_exchange x;
	const struct rspamd_answer *a = &x.answer;

	(void)state;
	assert_int_equal(read_json(&x, json), EXCHANGE_ANSWERED);
	assert_string_equal(x.server, "rspamd/3.4");
	assert_int_equal(a->action, RSPAMD_ADD_HEADER);
	assert_string_equal(a->action_name, "add header");
	assert_int_equal(a->instead, RSPAMD_INSTEAD_QUARANTINE);
	assert_false(a->is_skipped);
	assert_true(a->no_action);
	assert_int_equal(a->score, 357);
	assert_int_equal(a->required_score, -1513);
	assert_int_equal(a->n_symbols, 2);
	assert_string_equal(a->symbols[0].name, "MIME_GOOD");
	assert_int_equal(a->symbols[0].n_options, 2);
	assert_string_equal(a->symbols[0].options[0], "text/plain");
	assert_string_equal(a->symbols[0].options[1], "ab");
	assert_string_equal(a->symbols[1].name, "R_DKIM_NA");
	assert_int_equal(a->symbols[1].n_options, 0);
	assert_string_equal(a->smtp_message, "Go away, \"spammer\" 250 ?");
	assert_null(a->subject);
	assert_int_equal(a->n_dkim_signatures, 1);
	assert_string_equal(a->dkim_signatures[0], "v=1; d=one.example;\n\tb=H/C");
	assert_string_equal(a->change_from, "new@example.org");
	assert_int_equal(a->n_add_rcpt, 1);
	assert_string_equal(a->add_rcpt[0], "add@example.org");
	assert_int_equal(a->n_del_rcpt, 2);
	assert_string_equal(a->del_rcpt[1], "<c@example.org>");
	assert_int_equal(a->n_spam_headers, 1);
	assert_string_equal(a->spam_headers[0].name, "X-Spam-My");
	assert_string_equal(a->spam_headers[0].value, "yes");

	static const struct rspamd_header added[] = {{"X-Two", "a", 0},
						     {"X-Two", "b", -2},
						     {"X-Bare", "bare", -1},
						     {"X-Index", "v", 1}};
	static const struct rspamd_removal removed[] = {
		{"X-Neg", -1}, {"X-Spam", 0}, {"X-List", 1}, {"X-List", 2}};

	assert_int_equal(a->n_add_headers, 4);
	assert_int_equal(a->n_remove_headers, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(a->add_headers[i].name, added[i].name);
		assert_string_equal(a->add_headers[i].value, added[i].value);
		assert_int_equal(a->add_headers[i].order, added[i].order);
		assert_string_equal(a->remove_headers[i].name, removed[i].name);
		assert_int_equal(a->remove_headers[i].nth, removed[i].nth);
	}
	release(&x);
	assert_null(a->action_name);
	release(&x);
}

static void
test_actions(void **state)
{
	static const struct {
		const char *name;
		enum rspamd_action action;
	} actions[] = {
		{"no action", RSPAMD_NO_ACTION},
		{"greylist", RSPAMD_GREYLIST},
		{"add header", RSPAMD_ADD_HEADER},
		{"rewrite subject", RSPAMD_REWRITE_SUBJECT},
		{"soft reject", RSPAMD_SOFT_REJECT},
		{"reject", RSPAMD_REJECT},
		{"quarantine", RSPAMD_QUARANTINE},
		{"discard", RSPAMD_DISCARD},
		{"my action", RSPAMD_OTHER},
		{"Reject", RSPAMD_OTHER},
	};
	struct rspamd_exchange x;
	char json[400];

	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		snprintf(json, sizeof(json), "{\"action\":\"%s\",\"score\":15}",
			 actions[i].name);
		assert_int_equal(read_json(&x, json), EXCHANGE_ANSWERED);
		assert_int_equal(x.answer.action, actions[i].action);
		assert_string_equal(x.answer.action_name, actions[i].name);
		assert_int_equal(x.answer.score, 1500);
		assert_int_equal(x.answer.instead, RSPAMD_AS_IT_IS);
		release(&x);
	}
}

static void
test_scores(void **state)
{
	static const struct {
		const char *sent;
		int64_t hundredths;
	} scores[] = {
		{"0.0", 0},
		{"7", 700},
		{"4.995", 500},
		{"-0.004", 0},
		{"-0.006", -1},
		{"1e1", 1000},
		{"1e300", 100000000000000},
		{"-1e300", -100000000000000},
	};
	struct rspamd_exchange x;
	char json[100];

	(void)state;
	for (size_t i = 0; i < sizeof(scores) / sizeof(scores[0]); i++) {
		snprintf(json, sizeof(json), "{\"action\":\"reject\",\"score\":%s}",
			 scores[i].sent);
		assert_int_equal(read_json(&x, json), EXCHANGE_ANSWERED);
		assert_true(x.answer.score == scores[i].hundredths);
		release(&x);
	}
}

/* GTUBE: it is skipped, and refused. */
static void
test_skipped(void **state)
{
	struct rspamd_exchange x;

	(void)state;
	assert_int_equal(read_json(&x, "{\"is_skipped\":true,\"score\":15.0,"
				       "\"required_score\":null,\"action\":\"reject\","
				       "\"messages\":{\"smtp_message\":\"Gtube pattern\"}}"),
			 EXCHANGE_ANSWERED);
	assert_true(x.answer.is_skipped);
	assert_int_equal(x.answer.action, RSPAMD_REJECT);
	assert_string_equal(x.answer.smtp_message, "Gtube pattern");
	assert_int_equal(x.answer.required_score, 0);
	release(&x);
}

static void
test_bad_answers(void **state)
{
	static const struct {
		const char *json, *text;
	} bad[] = {
		{"{}", "no action in the answer"},
		{"{\"action\":null,\"score\":1}", "no action in the answer"},
		{"{\"action\":\" \\u0000\",\"score\":1}", "an empty action in the answer"},
		{"{\"action\":\"reject\"}", "no score in the answer"},
		{"{\"action\":\"reject\",\"score\":\"15\"}", "no score in the answer"},
		{"{" NO_ACTION ",\"symbols\":[]}", "symbols of another form in the answer"},
		{"{" NO_ACTION ",\"milter\":{\"add_headers\":{\"X\\nY\":\"v\"}}}",
		 "a change of a field whose name is none in the answer"},
		{"{" NO_ACTION ",\"milter\":{\"add_headers\":{\"X:\":\"v\"}}}",
		 "a change of a field whose name is none in the answer"},
		{"{" NO_ACTION ",\"milter\":{\"remove_headers\":{\"\":0}}}",
		 "a change of a field whose name is none in the answer"},
		{"{" NO_ACTION ",\"milter\":{\"spam_header\":{\"\xc3\xa4\":\"v\"}}}",
		 "a change of a field whose name is none in the answer"},
		{"{" NO_ACTION ",\"milter\":{\"change_from\":\"a\\nb\"}}",
		 "an address that is none in the answer"},
		{"{" NO_ACTION ",\"milter\":{\"add_rcpt\":[\"a\\u0000b\"]}}",
		 "an address that is none in the answer"},
		{"{" NO_ACTION "} x", "JSON, byte 36: end of file expected near 'x'"},
		{"{" NO_ACTION ",\"score\":1}",
		 "JSON, byte 41: duplicate object key near '\\\"score\\\"'"},
		{"", "JSON, byte 0: \\'[\\' or \\'{\\' expected near end of file"},
	};
	struct rspamd_exchange x;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_json(&x, bad[i].json), EXCHANGE_BAD_ANSWER);
		if (bad[i].json[0] != '\0')
			assert_string_equal(x.base.text, bad[i].text);
		release(&x);
	}
}

/* Values of fields, as the model has them. */
static void
test_values_of_fields(void **state)
{
	static const struct {
		const char *sent, *read;
	} values[] = {
		{"a", "a"},
		{"", ""},
		{" \\t a b ", "a b "},
		{"a;\\n\\tb", "a;\n\tb"},
		{"a;\\r\\n\\tb\\r\\n c", "a;\n\tb\n c"},
		{"one\\nX-More: two", "one\n\tX-More: two"},
		{"one\\rtwo", "onetwo"},
		{"a\\u0000\\u0001\\u007fb", "ab"},
		{"a\\n", "a"},
		{"a\\n\\n\\tb", "a\n\tb"},
		{"a\\n \\t\\n\\n b", "a\n b"},
		{"a\\n\\u0000", "a"},
		{"\\n\\tb", "\n\tb"},
		{"gr\xc3\xbc\xc3\x9f\xff", "gr\xc3\xbc\xc3\x9f\xef\xbf\xbd"},
	};
	struct rspamd_exchange x;
	char json[400];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(json, sizeof(json),
			 "{" NO_ACTION ",\"subject\":\"%s\",\"dkim-signature\":[\"%s\"],"
			 "\"milter\":{\"add_headers\":{\"X\":{\"value\":\"%s\"}},"
			 "\"spam_header\":\"%s\"}}",
			 values[i].sent, values[i].sent, values[i].sent, values[i].sent);
		assert_int_equal(read_json(&x, json), EXCHANGE_ANSWERED);
		assert_string_equal(x.answer.subject, values[i].read);
		assert_string_equal(x.answer.dkim_signatures[0], values[i].read);
		assert_string_equal(x.answer.add_headers[0].value, values[i].read);
		assert_string_equal(x.answer.spam_headers[0].value, values[i].read);
		assert_null(x.answer.spam_headers[0].name);
		release(&x);
	}
}

/* What is of another form than rspamd's own milter takes is left out, as it does. */
static void
test_other_forms_are_left_out(void **state)
{
	struct rspamd_exchange x;
	const struct rspamd_answer *a = &x.answer;

	(void)state;
	assert_int_equal(
		read_json(&x, "{" NO_ACTION ",\"messages\":[],\"subject\":1,\"symbols\":"
			      "{\"A\":1,\"B\":{\"options\":{\"x\":1}}},"
			      "\"dkim-signature\":{},\"milter\":{\"add_headers\":{"
			      "\"A\":{},\"B\":{\"value\":1},\"C\":[[\"x\"],null]},"
			      "\"remove_headers\":{\"A\":\"1\",\"B\":1e300},\"change_from\":7,"
			      "\"add_rcpt\":{\"a\":\"b\"},\"del_rcpt\":\"<b@x>\","
			      "\"spam_header\":true,\"reject\":\"no\",\"no_action\":1}}"),
		EXCHANGE_ANSWERED);
	assert_null(a->smtp_message);
	assert_null(a->subject);
	assert_int_equal(a->n_symbols, 2);
	assert_int_equal(a->symbols[1].n_options, 0);
	assert_int_equal(a->n_dkim_signatures, 0);
	assert_int_equal(a->n_add_headers, 0);
	assert_int_equal(a->n_remove_headers, 1);
	assert_int_equal(a->remove_headers[0].nth, 1000000);
	assert_null(a->change_from);
	assert_int_equal(a->n_add_rcpt, 0);
	assert_int_equal(a->n_del_rcpt, 1);
	assert_int_equal(a->n_spam_headers, 0);
	assert_int_equal(a->instead, RSPAMD_AS_IT_IS);
	assert_false(a->no_action);
	release(&x);
	assert_int_equal(read_json(&x, "{" NO_ACTION ",\"milter\":[]}"), EXCHANGE_ANSWERED);
	release(&x);
}

/* 100 changes of all kinds are taken, one more is too much. */
static void
test_many_changes(void **state)
{
	struct rspamd_exchange x;
	struct buf b = {0};

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		buf_reset(&b);
		buf_puts(&b, "{" NO_ACTION ",\"dkim-signature\":[\"s\",\"t\"],\"milter\":{"
			     "\"change_from\":\"a@b\",\"add_rcpt\":[\"a@b\"],"
			     "\"del_rcpt\":[\"a@b\"],\"spam_header\":\"yes\","
			     "\"remove_headers\":{\"A\":0},\"add_headers\":{\"X\":[\"v\"");
		for (size_t i = 1; i < RSPAMD_MAX_CHANGES - 7 + more; i++)
			buf_puts(&b, ",\"v\"");
		buf_puts(&b, "]}}}");
		assert_int_equal(read_json(&x, buf_string(&b)),
				 more == 0 ? EXCHANGE_ANSWERED : EXCHANGE_BAD_ANSWER);
		if (more == 0)
			assert_int_equal(x.answer.n_add_headers, RSPAMD_MAX_CHANGES - 7);
		else
			assert_string_equal(x.base.text, "more than 100 changes in the answer");
		release(&x);
	}
	buf_free(&b);
}

static void
test_errors_of_the_server(void **state)
{
	static const struct {
		const char *status, *body;
		enum exchange_state state;
		const char *text;
	} answers[] = {
		{"500 invalid command",
		 "{\"error\":\"invalid command\",\"error_domain\":\"protocol-error\"}",
		 EXCHANGE_SERVER_ERROR, "500 invalid command"},
		{"503 Busy", "{\"error\":\"timeout\\u0007\"}", EXCHANGE_SERVER_ERROR,
		 "503 timeout\\x07"},
		{"503 Busy", "<html>", EXCHANGE_SERVER_ERROR, "503 Busy"},
		{"403 Forbidden", "", EXCHANGE_SERVER_ERROR, "403 Forbidden"},
		{"413 Too large", "", EXCHANGE_TOO_BIG, "413 Too large"},
		{"302 Found", "", EXCHANGE_BAD_ANSWER, "302 Found"},
		{"201 Created", "{" NO_ACTION "}", EXCHANGE_BAD_ANSWER, "201 Created"},
		{"204 ", "", EXCHANGE_BAD_ANSWER, "204 "},
		{"600 x", "", EXCHANGE_BAD_ANSWER, "600 x"},
	};
	struct rspamd_exchange x;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(read_status(&x, answers[i].status, answers[i].body,
					     strlen(answers[i].body)),
				 answers[i].state);
		assert_string_equal(x.base.text, answers[i].text);
		release(&x);
	}
}

static void
test_what_is_no_http(void **state)
{
	static const char smtp[] = "220 <mx> ESMTP\r\n",
			  unended[] = "HTTP/1.1 200 OK\r\n\r\n{" NO_ACTION "}";
	struct rspamd_exchange x;

	(void)state;
	begin_check(&x);
	assert_int_equal(x.base.ops->read(&x.base, smtp, sizeof(smtp) - 1),
			 EXCHANGE_BAD_ANSWER);
	assert_string_equal(x.base.text, "not a status line of HTTP/1: 220 \\<mx\\> ESMTP");
	x.base.max_answer = 20;
	x.base.ops->begin(&x.base);
	assert_string_equal(x.base.text, "");
	assert_int_equal(x.base.ops->read(&x.base, unended, sizeof(unended) - 1),
			 EXCHANGE_BAD_ANSWER);
	assert_string_equal(x.base.text, "the answer is too long");
	release(&x);
}

static void
test_end(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{";
	static const char unended[] = "HTTP/1.1 200 OK\r\n\r\n{" NO_ACTION "}";
	struct rspamd_exchange x;

	(void)state;
	begin_check(&x);
	assert_int_equal(x.base.ops->end(&x.base), EXCHANGE_CUT);
	begin(&x);
	assert_int_equal(x.base.ops->read(&x.base, head, sizeof(head) - 1), EXCHANGE_GOES_ON);
	assert_int_equal(x.base.ops->end(&x.base), EXCHANGE_CUT);
	begin(&x);
	assert_int_equal(x.base.ops->read(&x.base, unended, sizeof(unended) - 1),
			 EXCHANGE_GOES_ON);
	assert_int_equal(x.base.ops->end(&x.base), EXCHANGE_ANSWERED);
	assert_int_equal(x.answer.action, RSPAMD_NO_ACTION);
	release(&x);
}

/* An answer before the message is sent is the answer; in pieces of one byte it is the same. */
static void
test_answer_in_pieces(void **state)
{
	static const char answer[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n{" NO_ACTION "}";
	size_t before = memory_used();
	struct rspamd_exchange x;
	enum exchange_state s = EXCHANGE_GOES_ON;
	struct buf out = {0};

	(void)state;
	begin_check(&x);
	x.base.ops->write(&x.base, &out); /* the head alone */
	for (size_t i = 0; i < sizeof(answer) - 1; i++) {
		assert_int_equal(s, EXCHANGE_GOES_ON);
		s = x.base.ops->read(&x.base, answer + i, 1);
	}
	assert_int_equal(s, EXCHANGE_ANSWERED);
	release(&x);
	buf_free(&out);
	assert_int_equal(memory_used(), before);
}

static void
test_ping(void **state)
{
	static const struct {
		const char *answer;
		enum exchange_state state;
		const char *text;
	} answers[] = {
		{"HTTP/1.1 200 OK\r\nServer: rspamd/3.4\r\nContent-Length: 6\r\n\r\npong\r\n",
		 EXCHANGE_ANSWERED, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", EXCHANGE_BAD_ANSWER,
		 "hello"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", EXCHANGE_BAD_ANSWER, ""},
		{"HTTP/1.1 404 Not found\r\nContent-Length: 0\r\n\r\n", EXCHANGE_SERVER_ERROR,
		 "404 Not found"},
	};
	struct rspamd_exchange x;
	struct buf out = {0};

	(void)state;
	rspamd_ping(&x);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		begin(&x);
		assert_string_equal(written(&x, &out), "GET /ping HTTP/1.1\r\nHost: rspamd\r\n"
						       "User-Agent: polymilter\r\n\r\n");
		assert_int_equal(
			x.base.ops->read(&x.base, answers[i].answer, strlen(answers[i].answer)),
			answers[i].state);
		assert_string_equal(x.server, i == 0 ? "rspamd/3.4" : "");
		assert_string_equal(x.base.text, answers[i].text);
	}
	release(&x);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_request_without_facts),
		cmocka_unit_test(test_values_are_cleaned),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_values_of_fields),
		cmocka_unit_test(test_other_forms_are_left_out),
		cmocka_unit_test(test_many_changes),
		cmocka_unit_test(test_errors_of_the_server),
		cmocka_unit_test(test_what_is_no_http),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_answer_in_pieces),
		cmocka_unit_test(test_ping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
