/* Fuzzes mime_append() with any text part and charset: the decoded result is the old text with
 * the new one in one place, or nothing is appended. mime_append() checks its result itself;
 * this target checks the same properties in another way. Input: a byte for the charset, a byte
 * for encoding, HTML and format=flowed, the part's bytes. */
#include <assert.h>
#include <string.h>

#include "charset/charset.h"
#include "fuzz.h"
#include "joined.h"
#include "rewrite/append.h"

static const char *const charsets[] = {NULL,	       "us-ascii", "utf-8",	  "iso-8859-1",
				       "windows-1252", "utf-16",   "utf-7",	  "gb18030",
				       "iso-2022-jp",  "x-none",   "iso-2022-kr", "gb2312",
				       "ibm037",       "johab",	   "euc-kr",	  "utf-32"};
static const enum mime_encoding encodings[] = {MIME_7BIT, MIME_8BIT, MIME_QP, MIME_BASE64};

/* Whether result is the old text with add_len bytes inserted at one place, or add_len and a
 * CRLF in front of them. */
static bool
is_insertion(const struct text_part *part, const struct buf *result, size_t add_len)
{
	const char *new = (const char *)result->data;
	size_t grown = result->len - part->len, same = 0;

	if (grown != add_len && grown != add_len + 2)
		return false;
	while (same < part->len && part->body[same] == new[same])
		same++;
	return memcmp(part->body + same, new + same + grown, part->len - same) == 0;
}

static bool
has_bytes(const struct buf *b, const char *bytes)
{
	return b->len > 0 && memmem(b->data, b->len, bytes, strlen(bytes)) != NULL;
}

/* A mail program shows the addition, and no U+FFFD or C1 control in a text that became UTF-8.
 */
static void
check_readable(const struct text_part *part, const struct appended *done,
	       const struct buf *body)
{
	const char *name = done->to_utf8 || part->charset == NULL ? "utf-8" : part->charset;
	const struct charset *cs = charset_find(name, strlen(name));
	const struct charset *before =
		part->charset == NULL ? NULL
				      : charset_find(part->charset, strlen(part->charset));
	struct buf text = {0}, shown = {0};

	if (done->encoding == MIME_QP)
		mime_qp_decode((const char *)body->data, body->len, &text);
	else if (done->encoding == MIME_BASE64)
		mime_base64_decode((const char *)body->data, body->len, &text);
	else
		buf_append(&text, body->data, body->len);
	if (cs != NULL)
		charset_to_utf8_lossy(cs, buf_string(&text), text.len, &shown);
	else
		charset_guess_to_utf8(buf_string(&text), text.len, &shown);
	assert(has_bytes(&shown, part->html ? "Legal &#8364;" : "Legal \xe2\x82\xac"));
	if (done->to_utf8 && (before == NULL || !charset_is_unicode(before)))
		for (int c = 0x80; c < 0xa0; c++)
			assert(!has_bytes(&shown, (const char[]){'\xc2', (char)c, '\0'}));
	if (done->to_utf8 && (before == NULL || !charset_is_unicode(before)))
		assert(!has_bytes(&shown, "\xef\xbf\xbd"));
	buf_free(&text);
	buf_free(&shown);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct addition add = {.text = "Legal \xe2\x82\xac\r\n--x\r\n",
					    .text_len = 15,
					    .html = "<p>Legal &#8364;</p>\r\n",
					    .html_len = 22};
	struct appended done = {0};
	struct text_part part = {0};
	struct buf body = {0};
	enum mime_edit_result why;

	if (size < 2)
		return 0;
	(void)charset_open_all();
	part.charset = charsets[data[0] % (sizeof(charsets) / sizeof(charsets[0]))];
	part.encoding = encodings[data[1] % 4];
	part.html = (data[1] & 4) != 0;
	part.flowed = (data[1] & 8) != 0;
	part.body = (const char *)data + 2;
	part.len = size - 2;
	why = mime_append(&part, &add, IF_PRESENT_ADD, &done);
	assert((why == MIME_EDIT_OK) == (done.middle.len > 0));
	if (why != MIME_EDIT_OK)
		return 0;
	assert(done.head + done.tail == 0 || done.head + done.tail == part.len ||
	       (part.encoding == MIME_BASE64 && done.head + done.tail < part.len));
	put_appended(&part, &done, &body);
	if (done.encoding == part.encoding && !done.to_utf8 && !part.html &&
	    (part.encoding == MIME_8BIT || part.encoding == MIME_QP))
		assert(memcmp(body.data, part.body, part.len) == 0);
	if (part.encoding == MIME_8BIT && part.html && !done.to_utf8)
		assert(is_insertion(&part, &body, add.html_len));
	check_readable(&part, &done, &body);
	buf_free(&done.middle);
	buf_free(&body);
	return 0;
}
