/* Fuzzes the answers of spamd: the same bytes in other pieces give the same result; symbols are
 * visible, fields have a name, scores are in their range.
 * Input: the question (a digit: SYMBOLS, HEADERS, PING, SYMBOLS that is not sent), the largest
 * answer in units of 8 bytes, the pieces, and the answer. */
#include "fuzz.h"
#include "pieces.h"
#include "service/spamd.h"
#include "util/str.h"

static const struct slice hello = {"hello", 5};
static const struct exchange_content content = {&hello, 1, 5};

static void
ask(struct spamd_exchange *x, unsigned question, size_t max_answer)
{
	if (question == 1)
		spamd_headers(x, &content, "user");
	else if (question == 2)
		spamd_ping(x);
	else
		spamd_symbols(x, &content, NULL);
	x->base.max_answer = max_answer;
}

static void
check_same(const struct spamd_exchange *a, const struct spamd_exchange *b)
{
	assert(strcmp(a->base.text, b->base.text) == 0);
	assert(a->is_spam == b->is_spam && a->score == b->score && a->required == b->required);
	assert(a->n_symbols == b->n_symbols && a->n_fields == b->n_fields);
	for (size_t i = 0; i < a->n_symbols; i++) {
		const struct slice *s = &a->symbols[i], *t = &b->symbols[i];

		assert(s->len == t->len && memcmp(s->data, t->data, s->len) == 0);
	}
	for (size_t i = 0; i < a->n_fields; i++) {
		assert(strcmp(a->fields[i].name, b->fields[i].name) == 0);
		assert(strcmp(a->fields[i].value, b->fields[i].value) == 0);
	}
}

static void
check_answer(const struct spamd_exchange *x, unsigned question)
{
	const int64_t limit = 100000000000000000;

	assert(question != 3);
	assert(x->score > -limit && x->score < limit);
	assert(x->required > -limit && x->required < limit);
	assert(x->n_symbols == 0 || question == 0);
	assert(x->n_fields == 0 || question == 1);
	for (size_t i = 0; i < x->n_symbols; i++)
		assert(str_is_header_name(x->symbols[i].data, x->symbols[i].len) ||
		       memchr(x->symbols[i].data, ':', x->symbols[i].len) != NULL);
	for (size_t i = 0; i < x->n_fields; i++) {
		const char *name = x->fields[i].name, *lf = x->fields[i].value;

		assert(str_is_header_name(name, strlen(name)));
		while ((lf = strchr(lf, '\n')) != NULL)
			assert(str_is_blank(*++lf));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spamd_exchange whole, pieces;
	enum exchange_state state;
	unsigned question, writes, seed;
	size_t max_answer;

	if (size < PIECES_OPTIONS)
		return 0;
	question = data[0] % 4;
	writes = question != 3;
	max_answer = 8u * data[1];
	seed = data[2];
	ask(&whole, question, max_answer);
	ask(&pieces, question, max_answer);
	data += PIECES_OPTIONS;
	size -= PIECES_OPTIONS;
	state = read_in_pieces(&whole.base, writes, data, size, 0);
	/* Twice: nothing of the connection before is left. */
	read_in_pieces(&pieces.base, writes, data, size / 2, seed);
	assert(read_in_pieces(&pieces.base, writes, data, size, seed) == state);
	check_same(&whole, &pieces);
	if (state == EXCHANGE_ANSWERED)
		check_answer(&whole, question);
	whole.base.ops->release(&whole.base);
	pieces.base.ops->release(&pieces.base);
	return 0;
}
