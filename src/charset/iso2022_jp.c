/* Runs of one charset are converted together, characters of two bytes as EUC-JP. */
#include "charset/iso2022_jp.h"

#include <errno.h>

#include "util/buf.h"

#define RUN_BYTES 128u /* of characters of two bytes that are converted at once; even */

static bool
is_graphic(char c)
{
	return c > ' ' && c < '\x7f';
}

static int
decode_escape(struct iso2022_state *st, struct charset_input *in)
{
	enum iso2022_set set = st->set;
	int n = iso2022_read_escape(in->at, in->left, &set);

	if (n < 0)
		return n;
	if (set == ISO2022_OTHER)
		return -EILSEQ;
	st->set = set;
	charset_input_skip(in, (size_t)n);
	return 0;
}

static void
decode_ascii(struct charset_input *in, struct buf *out)
{
	size_t n = 0;

	while (n < in->left && is_graphic(in->at[n]))
		n++;
	buf_append(out, in->at, n);
	charset_input_skip(in, n);
}

static void
decode_roman(struct charset_input *in, struct buf *out)
{
	char c = *in->at;

	if (c == '\\')
		buf_puts(out, "\xc2\xa5"); /* a yen sign */
	else if (c == '~')
		buf_puts(out, "\xe2\x80\xbe"); /* an overline */
	else
		buf_putc(out, (unsigned char)c);
	charset_input_skip(in, 1);
}

/* '!' to '_' are U+FF61 to U+FF9F. */
static int
decode_kana(struct charset_input *in, struct buf *out)
{
	unsigned c = (unsigned char)*in->at - '!' + 0xff61u;

	if (*in->at > '_')
		return -EILSEQ;
	buf_putc(out, 0xef);
	buf_putc(out, (unsigned char)(0x80 | (c >> 6 & 0x3f)));
	buf_putc(out, (unsigned char)(0x80 | (c & 0x3f)));
	charset_input_skip(in, 1);
	return 0;
}

static int
decode_kanji(struct charset_input *in, struct buf *out)
{
	char euc[RUN_BYTES];
	struct charset_input run = {euc, 0};
	size_t n;
	int r;

	while (run.left < RUN_BYTES && run.left < in->left && is_graphic(in->at[run.left])) {
		euc[run.left] = (char)(in->at[run.left] | 0x80);
		run.left++;
	}
	if (run.left == 1)
		return in->left == 1 ? -EINVAL : -EILSEQ;
	n = run.left -= run.left % 2;
	charset_iconv_reset(CS_EUC_JP);
	r = charset_iconv_decode(CS_EUC_JP, &run, out);
	charset_input_skip(in, n - run.left);
	return r;
}

static int
decode_control(struct iso2022_state *st, struct charset_input *in, struct buf *out)
{
	char c = *in->at;

	if (c == ISO2022_SHIFT_OUT || c == ISO2022_SHIFT_IN)
		st->shifted = c == ISO2022_SHIFT_OUT;
	else if (c < 0)
		return -EILSEQ;
	else
		buf_putc(out, (unsigned char)c);
	charset_input_skip(in, 1);
	return 0;
}

static int
decode_run(struct iso2022_state *st, struct charset_input *in, struct buf *out)
{
	if (*in->at == ISO2022_ESC)
		return decode_escape(st, in);
	if (!is_graphic(*in->at))
		return decode_control(st, in, out);
	if (st->shifted || st->set == ISO2022_KANA)
		return decode_kana(in, out);
	if (st->set == ISO2022_KANJI)
		return decode_kanji(in, out);
	if (st->set == ISO2022_ROMAN)
		decode_roman(in, out);
	else
		decode_ascii(in, out);
	return 0;
}

int
iso2022_jp_decode(struct iso2022_state *st, struct charset_input *in, struct buf *out)
{
	int r = 0;

	while (r == 0 && in->left > 0)
		r = decode_run(st, in, out);
	return r;
}

size_t
iso2022_jp_broken_length(const struct iso2022_state *st, const struct charset_input *in)
{
	bool pair = st->set == ISO2022_KANJI && !st->shifted && in->left >= 2 &&
		    is_graphic(in->at[0]) && is_graphic(in->at[1]);

	return pair ? 2 : 1;
}
