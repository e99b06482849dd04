/* Descriptors are opened once, in the master, and each text begins with a reset of its
 * descriptor; so two streams of one charset must not overlap. */
#include "charset/charset_iconv.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>

#include "util/buf.h"

#define OUT_MARGIN_BYTES    64 /* room for a shift sequence and a character or two */
#define MAX_CHARACTER_BYTES 3u /* of a charset that has a wider one */

/* Filled by charset_iconv_open_all(); later only the conversion state of the descriptors
 * changes. */
static struct {
	bool is_open;
	iconv_t decode, encode;
} descriptors[CS_COUNT];

static bool
open_charset(enum charset_id id)
{
	iconv_t decode = iconv_open("UTF-8", charset_table[id].iconv), encode;

	if (decode == (iconv_t)-1)
		return false;
	encode = iconv_open(charset_table[id].iconv, "UTF-8");
	if (encode == (iconv_t)-1) {
		iconv_close(decode);
		return false;
	}
	descriptors[id].decode = decode;
	descriptors[id].encode = encode;
	descriptors[id].is_open = true;
	return true;
}

unsigned
charset_iconv_open_all(void)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < CS_COUNT; i++) {
		if (charset_table[i].iconv != NULL && !open_charset((enum charset_id)i))
			missing++;
	}
	return missing;
}

bool
charset_iconv_is_open(enum charset_id id)
{
	if (id == CS_ISO_2022_JP && !descriptors[CS_EUC_JP].is_open)
		return false; /* iso2022_jp.c needs both */
	return charset_table[id].iconv == NULL || descriptors[id].is_open;
}

void
charset_iconv_reset(enum charset_id id)
{
	if (charset_table[id].iconv != NULL)
		iconv(descriptors[id].decode, NULL, NULL, NULL, NULL);
}

/* Converts all of the input: 0. Or stops with in->at at bytes that cannot be converted:
 * -EILSEQ, or -EINVAL if they are the beginning of a character. If in is NULL, writes what the
 * descriptor holds back and what leads to the initial state. */
static int
convert_input(iconv_t cd, struct charset_input *in, struct buf *out)
{
	for (;;) {
		size_t room = (in == NULL ? 0 : in->left) + OUT_MARGIN_BYTES, before = room;
		char *to = (char *)buf_reserve(out, room);
		/* iconv() takes a pointer to non-const bytes, though it does not write. */
		char *at = in == NULL ? NULL : (char *)(uintptr_t)in->at;
		size_t n = iconv(cd, in == NULL ? NULL : &at, in == NULL ? NULL : &in->left,
				 &to, &room);
		int error = errno;

		out->len += before - room;
		if (in != NULL)
			in->at = at;
		if (n != (size_t)-1)
			return 0;
		if (error != E2BIG)
			return error == EINVAL ? -EINVAL : -EILSEQ;
	}
}

/* Writes the two bytes of an EUC-JP character as shift_jis does: "\xad\xa1" as "\x87\x40". */
static void
move_euc_to_shift_jis(const char *euc, char *sjis)
{
	unsigned row = (unsigned char)euc[0] - 0xa1u, cell = (unsigned char)euc[1] - 0xa1u;
	unsigned trail = cell + 0x40 + (row % 2 == 1 ? 0x5f : cell >= 0x3f);

	sjis[0] = (char)(row / 2 + (row < 62 ? 0x81 : 0xc1));
	sjis[1] = (char)trail;
}

/* Moves the EUC-JP character at in to sjis. 0, -EILSEQ or -EINVAL. */
static int
read_euc_pair(const struct charset_input *in, char *sjis)
{
	for (size_t i = 0; i < 2; i++) {
		if (i == in->left)
			return -EINVAL;
		if ((unsigned char)in->at[i] < 0xa1 || (unsigned char)in->at[i] > 0xfe)
			return -EILSEQ;
	}
	move_euc_to_shift_jis(in->at, sjis);
	return 0;
}

/* Converts one character of n bytes. 0, or -EILSEQ or -EINVAL, and out is unchanged. */
static int
convert_character(iconv_t cd, const char *s, size_t n, struct buf *out)
{
	struct charset_input one = {s, n};
	size_t before = out->len;
	int r;

	iconv(cd, NULL, NULL, NULL, NULL);
	r = convert_input(cd, &one, out);
	if (r == 0)
		r = convert_input(cd, NULL, out);
	if (r < 0)
		out->len = before;
	return r;
}

/* Converts one character from the wider charset. 0, or -EILSEQ: it lacks it, too; -EINVAL: it
 * is incomplete. */
static int
convert_wider_character(enum charset_id id, struct charset_input *in, struct buf *out)
{
	iconv_t cd = descriptors[charset_table[id].wider].decode;
	size_t n = 0;
	char sjis[2];
	int r;

	if (id == CS_EUC_JP) {
		n = sizeof(sjis);
		r = read_euc_pair(in, sjis);
		if (r == 0)
			r = convert_character(cd, sjis, n, out);
	} else {
		do
			r = convert_character(cd, in->at, ++n, out);
		while (r == -EINVAL && n < MAX_CHARACTER_BYTES && n < in->left);
	}
	if (r == 0)
		charset_input_skip(in, n);
	return r;
}

static bool
has_wider_charset(enum charset_id id)
{
	enum charset_id wider = charset_table[id].wider;

	return wider != id && descriptors[wider].is_open;
}

int
charset_iconv_decode(enum charset_id id, struct charset_input *in, struct buf *out)
{
	for (;;) {
		int r = convert_input(descriptors[id].decode, in, out);

		if (r == -EILSEQ && has_wider_charset(id))
			r = convert_wider_character(id, in, out);
		if (r < 0 || in->left == 0)
			return r;
	}
}

int
charset_iconv_decode_end(enum charset_id id, struct buf *out)
{
	return convert_input(descriptors[id].decode, NULL, out) == 0 ? 0 : -EILSEQ;
}

/* Converts a whole text, from the initial state of the charset to the initial state. */
static int
convert_text(iconv_t cd, const char *s, size_t len, struct buf *out)
{
	struct charset_input in = {s, len};
	int r;

	iconv(cd, NULL, NULL, NULL, NULL);
	r = convert_input(cd, &in, out);
	if (r == 0)
		r = convert_input(cd, NULL, out);
	return r < 0 ? -EILSEQ : 0;
}

int
charset_iconv_decode_text(enum charset_id id, const char *s, size_t len, struct buf *out)
{
	return convert_text(descriptors[id].decode, s, len, out);
}

int
charset_iconv_encode_text(enum charset_id id, const char *s, size_t len, struct buf *out)
{
	return convert_text(descriptors[id].encode, s, len, out);
}
