/* Fuzzes the answers of clamd: the same bytes in other pieces give the same result; "clean" is
 * said for "stream: OK" only, behind the whole message; names are printable.
 * Input: the question (a digit: scan, scan that is not sent as a whole, PING, VERSION), the
 * largest answer, the pieces, and the answer. */
#include "fuzz.h"
#include "pieces.h"
#include "service/clamd.h"
#include "util/str.h"

static const struct slice hello = {"hello", 5};
static const struct exchange_content content = {&hello, 1, 5};

static void
ask(struct clamd_exchange *x, unsigned question, size_t max_answer)
{
	if (question < 2)
		clamd_scan(x, &content);
	else if (question == 2)
		clamd_ping(x);
	else
		clamd_version(x);
	x->base.max_answer = max_answer;
}

static void
check_answer(const struct clamd_exchange *x, unsigned question, const uint8_t *data,
	     size_t size)
{
	size_t n = strlen(x->virus);

	assert(str_clean_run(x->virus, n) == n && str_is_ascii(x->virus, n));
	n = strlen(x->version);
	assert(str_clean_run(x->version, n) == n && str_is_ascii(x->version, n));
	if (question > 1)
		return;
	assert((x->result == CLAMD_CLEAN) == (x->virus[0] == '\0'));
	if (x->result == CLAMD_CLEAN) {
		assert(question == 0 && size > 10 && memcmp(data, "stream: OK", 10) == 0);
		assert(data[10] == '\0' || data[10] == '\n');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clamd_exchange whole, pieces;
	enum exchange_state state;
	unsigned question, writes, seed;
	size_t max_answer;

	if (size < PIECES_OPTIONS)
		return 0;
	question = data[0] % 4;
	writes = question != 1;
	max_answer = data[1];
	seed = data[2];
	ask(&whole, question, max_answer);
	ask(&pieces, question, max_answer);
	data += PIECES_OPTIONS;
	size -= PIECES_OPTIONS;
	state = read_in_pieces(&whole.base, writes, data, size, 0);
	/* Twice: nothing of the connection before is left. */
	read_in_pieces(&pieces.base, writes, data, size / 2, seed);
	assert(read_in_pieces(&pieces.base, writes, data, size, seed) == state);
	assert(strcmp(whole.base.text, pieces.base.text) == 0);
	assert(strcmp(whole.virus, pieces.virus) == 0 && whole.result == pieces.result);
	if (state == EXCHANGE_ANSWERED)
		check_answer(&whole, question, data, size);
	whole.base.ops->release(&whole.base);
	pieces.base.ops->release(&pieces.base);
	return 0;
}
