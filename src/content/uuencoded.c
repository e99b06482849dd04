/* Most texts have no line "begin", so an encoded one is first decoded piece by piece, which
 * takes little memory. */
#include "content/uuencoded.h"

#include <string.h>

#include "mime/decoder.h"
#include "mime/tree.h"
#include "util/memory.h"

#define PIECE_BYTES 65536u

static const char begin_word[] = "begin";

static bool
has_begin_word(const char *body, size_t len, enum mime_encoding e)
{
	struct buf piece = {0};
	struct mime_decoder d;
	bool found = false;

	if (mime_decoder_start(&d, e, body, len) < 0)
		return false;
	while (!found && !mime_decoder_is_over(&d)) {
		size_t keep = strlen(begin_word) - 1;

		if (piece.len > keep) /* the word may go on in the next piece */
			buf_consume(&piece, piece.len - keep);
		mime_decoder_next(&d, PIECE_BYTES, &piece);
		found = memmem(buf_string(&piece), piece.len, begin_word, strlen(begin_word)) !=
			NULL;
	}
	buf_free(&piece);
	return found;
}

static void
decode_whole_text(const char *body, size_t len, enum mime_encoding e, struct buf *out)
{
	struct mime_decoder d;

	if (mime_decoder_start(&d, e, body, len) < 0)
		return;
	while (!mime_decoder_is_over(&d) && !memory_is_over())
		mime_decoder_next(&d, PIECE_BYTES, out);
}

bool
content_open_text(const char *body, size_t len, enum mime_encoding e, struct content_text *ret)
{
	*ret = (struct content_text){.data = body, .len = len};
	if (e != MIME_QP && e != MIME_BASE64 && e != MIME_UUENCODE)
		return memmem(body, len, begin_word, strlen(begin_word)) != NULL;
	if (!has_begin_word(body, len, e))
		return false;
	decode_whole_text(body, len, e, &ret->decoded);
	ret->data = buf_string(&ret->decoded);
	ret->len = ret->decoded.len;
	return true;
}

bool
content_open_node_text(const struct mime_tree *tree, const struct mime_node *node,
		       struct content_text *ret)
{
	if (node->child != MIME_NO_NODE || strncmp(node->type, "text/", 5) != 0)
		return false;
	return content_open_text(tree->source.data + node->body.from,
				 node->body.to - node->body.from, node->encoding, ret);
}

void
content_close_text(struct content_text *text)
{
	buf_free(&text->decoded);
}

uint64_t
content_uuencoded_size(const struct content_text *text, const struct uuencode_block *block)
{
	struct buf piece = {0};
	struct mime_decoder d;
	uint64_t size = 0;

	if (mime_decoder_start(&d, block->encoding, text->data + block->data,
			       block->data_end - block->data) < 0)
		return 0;
	while (!mime_decoder_is_over(&d)) {
		buf_reset(&piece);
		mime_decoder_next(&d, PIECE_BYTES, &piece);
		size += piece.len;
	}
	buf_free(&piece);
	return size;
}
