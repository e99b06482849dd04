/* Fuzzes the places of a text in HTML: what is inserted there is displayed, and so is what
 * follows HTML without a fault. html/html decides on places by the elements that are open
 * there; this target reads the whole result, and looks at the last tag in front of the place as
 * it is written. Input: a document. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "html/html.h"
#include "util/buf.h"

#define MARK "FooterMark"

/* Does the document display the mark? */
static bool
is_mark_shown(const struct buf *doc)
{
	struct buf text = {0};
	bool shown;

	html_append_shown_text((const char *)doc->data, doc->len, NULL, true, &text);
	shown = memmem(text.data, text.len, MARK, strlen(MARK)) != NULL;
	buf_free(&text);
	return shown;
}

/* Are there only texts and tags without attributes in front of the place, and no raw element?
 */
static bool
is_simple_html(const char *s, size_t len)
{
	bool in_tag = false;

	for (size_t i = 0; i < len; i++) {
		bool begins = s[i] == '<' && !in_tag && i + 1 < len;

		if (begins && strchr("tTxXiInNpPsSmM!?", s[i + 1]) != NULL)
			return false;
		if (in_tag && s[i] != '>' && s[i] != '/' && (s[i] < 'a' || s[i] > 'z'))
			return false;
		in_tag = begins || (in_tag && s[i] != '>');
	}
	return !in_tag;
}

/* The last tag in front of the place does not begin an element that hides. */
static void
check_last_tag(const char *s, size_t at)
{
	static const char *const tags[] = {"<object>", "<video>", "<canvas>", "<dialog>",
					   "<details>"};
	const char *lt = at == 0 ? NULL : memrchr(s, '<', at);

	if (lt == NULL || !is_simple_html(s, at))
		return;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		assert((size_t)(s + at - lt) < strlen(tags[i]) ||
		       memcmp(lt, tags[i], strlen(tags[i])) != 0);
}

static void
check_place(const char *s, size_t len, size_t at)
{
	struct buf doc = {0};

	assert(at <= len);
	check_last_tag(s, at);
	buf_append(&doc, s, at);
	buf_puts(&doc, "\r\n<p>" MARK "</p>\r\n");
	buf_append(&doc, s + at, len - at);
	assert(is_mark_shown(&doc));
	buf_free(&doc);
}

static void
check_fault(const char *s, size_t len)
{
	struct buf doc = {0};
	size_t at = 0;

	if (html_find_fault(s, len, &at) == NULL) {
		buf_append(&doc, s, len);
		buf_puts(&doc, "\r\n<p>" MARK "</p>\r\n");
		assert(is_mark_shown(&doc));
		buf_free(&doc);
	} else {
		assert(at < len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct html_place place;
	const char *s = (const char *)data;
	struct buf text = {0};

	if (memmem(data, size, MARK, strlen(MARK)) != NULL)
		return 0;
	if (html_find_footer_place(s, size, size / 4, &place)) {
		check_place(s, size, place.at);
		html_append_shown_text(s + place.from, place.at - place.from, &place.open,
				       false, &text);
	}
	assert(place.from <= place.at);
	(void)html_find_top_place(s, size, &place);
	assert(place.at <= size);
	check_fault(s, size);
	buf_free(&text);
	return 0;
}
