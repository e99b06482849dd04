/* Fuzzes the text of HTML: paragraphs are of the form that html_paragraphs.h promises, and no
 * document has more text than a few times its length. Input: a document. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "html/html_paragraphs.h"
#include "util/str.h"

struct check {
	bool is_utf8;
	size_t bytes;
};

static bool
check_paragraph(void *ctx, const char *text, size_t len, bool shown)
{
	struct check *check = ctx;

	(void)shown;
	assert(len > 0 && text[0] != ' ' && text[len - 1] != ' ');
	assert(memmem(text, len, "  ", 2) == NULL);
	assert(memchr(text, '\0', len) == NULL && memchr(text, '\n', len) == NULL);
	assert(!check->is_utf8 || str_is_utf8(text, len));
	check->bytes += len;
	return true;
}

static bool
check_link(void *ctx, const char *url, size_t len)
{
	const struct check *check = ctx;

	assert(len > 0);
	assert(!check->is_utf8 || str_is_utf8(url, len));
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	struct check check = {.is_utf8 = str_is_utf8(s, size)};
	const struct html_paragraph_sink sink = {check_paragraph, check_link, &check};

	html_read_paragraphs(s, size, &sink);
	/* "&ngE;" is five bytes and means five; text is taken twice, in a comment once more */
	assert(check.bytes <= 6 * size);
	return 0;
}
