/* Fuzzes what reads rspamd's answers: in pieces and as a whole they mean the same, and what the
 * answer wants is safe to do: no field ends the header, no list is longer than it says, no
 * memory stays. Input: a byte that chooses the length of the pieces, then what the server
 * sends; a byte that is odd asks for /ping. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "service/rspamd.h"
#include "util/buf.h"
#include "util/memory.h"
#include "util/str.h"

#define MAX_ANSWER 60000u

static void
check_value(const char *value)
{
	for (const char *p = value; *p; p++) {
		assert((unsigned char)*p >= ' ' || *p == '\t' || *p == '\n');
		if (*p == '\n')
			assert(str_is_blank(p[1]));
	}
	assert(str_is_utf8(value, strlen(value)));
}

static void
check_line(const char *text, size_t max)
{
	assert(strlen(text) > 0 && strlen(text) <= max);
	for (; *text; text++)
		assert(*text >= ' ' && *text <= '~');
}

static void
check_fields(const struct rspamd_header *h, size_t n)
{
	for (; n > 0; n--, h++) {
		assert(h->name == NULL || str_is_header_name(h->name, strlen(h->name)));
		check_value(h->value);
	}
}

static void
check_texts(const char *const *texts, size_t n)
{
	for (; n > 0; n--, texts++)
		assert(str_clean_run(*texts, strlen(*texts)) == strlen(*texts));
}

static void
check_answer(const struct rspamd_answer *a)
{
	size_t changes = a->n_add_headers + a->n_remove_headers + a->n_spam_headers +
			 a->n_add_rcpt + a->n_del_rcpt + a->n_dkim_signatures +
			 (a->change_from != NULL);

	assert(changes <= RSPAMD_MAX_CHANGES);
	check_line(a->action_name, 64);
	if (a->smtp_message)
		check_line(a->smtp_message, 512);
	if (a->subject)
		check_value(a->subject);
	for (size_t i = 0; i < a->n_dkim_signatures; i++)
		check_value(a->dkim_signatures[i]);
	for (size_t i = 0; i < a->n_symbols; i++)
		check_texts(a->symbols[i].options, a->symbols[i].n_options);
	check_fields(a->add_headers, a->n_add_headers);
	check_fields(a->spam_headers, a->n_spam_headers);
	for (size_t i = 0; i < a->n_remove_headers; i++)
		assert(str_is_header_name(a->remove_headers[i].name,
					  strlen(a->remove_headers[i].name)));
	check_texts(a->add_rcpt, a->n_add_rcpt);
	check_texts(a->del_rcpt, a->n_del_rcpt);
	if (a->change_from)
		check_texts(&a->change_from, 1);
}

/* Reads it in pieces; each is in memory of its own size. */
static enum exchange_state
read_answer(struct rspamd_exchange *x, const uint8_t *data, size_t size, size_t piece)
{
	enum exchange_state state = EXCHANGE_GOES_ON;

	x->base.max_answer = MAX_ANSWER;
	x->base.ops->begin(&x->base);
	while (size > 0 && state == EXCHANGE_GOES_ON) {
		size_t n = piece < size ? piece : size;
		char *p = malloc(n);

		assert(p);
		memcpy(p, data, n);
		state = x->base.ops->read(&x->base, p, n);
		free(p);
		data += n;
		size -= n;
	}
	if (state == EXCHANGE_GOES_ON)
		state = x->base.ops->end(&x->base);
	assert(state != EXCHANGE_GOES_ON);
	assert(strlen(x->base.text) < sizeof(x->base.text));
	if (state == EXCHANGE_ANSWERED && !x->is_ping)
		check_answer(&x->answer);
	return state;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rspamd_request request;
	static const struct exchange_content content;
	size_t used = memory_used();
	struct rspamd_exchange whole, pieces;

	if (size == 0)
		return 0;
	if (*data % 2 == 0) {
		rspamd_check(&whole, &request, &content);
		rspamd_check(&pieces, &request, &content);
	} else {
		rspamd_ping(&whole);
		rspamd_ping(&pieces);
	}
	enum exchange_state a = read_answer(&whole, data + 1, size - 1, size);
	enum exchange_state b = read_answer(&pieces, data + 1, size - 1, (*data >> 1) + 1u);

	assert(a == b);
	if (a == EXCHANGE_ANSWERED && !whole.is_ping) {
		assert(whole.answer.action == pieces.answer.action);
		assert(whole.answer.score == pieces.answer.score);
		assert(whole.answer.n_symbols == pieces.answer.n_symbols);
	}
	assert(strcmp(whole.server, pieces.server) == 0);
	whole.base.ops->release(&whole.base);
	pieces.base.ops->release(&pieces.base);
	assert(memory_used() == used);
	return 0;
}
