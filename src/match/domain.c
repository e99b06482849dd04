/* Converts domains from U-labels to A-labels: each label that is not ASCII is decoded to code
 * points and encoded by Punycode, in the words and steps of RFC 3492, section 6.3. */
#include "match/domain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/str.h"

#define MAX_LABEL_BYTES 63u /* of an A-label: RFC 1035, section 2.3.4 */

/* The parameters of Punycode for domains, RFC 3492, section 5. */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	FIRST_BIAS = 72,
	FIRST_N = 128
};

/* A label as code points. An A-label has no fewer bytes than its U-label has code points. */
struct u_label {
	uint32_t point[MAX_LABEL_BYTES];
	size_t n;
};

struct punycode_encoder {
	char *out; /* the A-label; has room for MAX_LABEL_BYTES */
	size_t len;
	uint32_t n, delta, bias; /* the variables of RFC 3492, section 6.3 */
	size_t done;		 /* code points that are encoded: its h */
	size_t basic;		 /* those of them that are ASCII: its b */
};

static uint32_t
decode_code_point(const unsigned char *p, size_t n)
{
	static const unsigned char first_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = p[0] & first_bits[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c < 0x80 ? str_lower_char((char)c) : c;
}

static bool
decode_label(const char *s, size_t len, struct u_label *ret)
{
	const unsigned char *p = (const unsigned char *)s;

	ret->n = 0;
	for (size_t i = 0; i < len;) {
		size_t n = str_utf8_length(p + i, len - i);

		if (n == 0 || ret->n == MAX_LABEL_BYTES)
			return false;
		ret->point[ret->n++] = decode_code_point(p + i, n);
		i += n;
	}
	return true;
}

static bool
put_label_char(struct punycode_encoder *e, char c)
{
	if (e->len == MAX_LABEL_BYTES)
		return false;
	e->out[e->len++] = c;
	return true;
}

/* The new bias: RFC 3492, section 6.1. */
static uint32_t
adapt_bias(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static char
punycode_digit(uint32_t d)
{
	return (char)(d < 26 ? 'a' + d : '0' + d - 26);
}

static bool
put_delta(struct punycode_encoder *e, uint32_t q)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= e->bias ? T_MIN : k >= e->bias + T_MAX ? T_MAX : k - e->bias;

		if (q < t)
			return put_label_char(e, punycode_digit(q));
		if (!put_label_char(e, punycode_digit(t + (q - t) % (BASE - t))))
			return false;
		q = (q - t) / (BASE - t);
	}
}

static uint32_t
find_next_point(const struct u_label *l, uint32_t from)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < l->n; i++) {
		if (l->point[i] >= from && l->point[i] < next)
			next = l->point[i];
	}
	return next;
}

/* Encodes each code point that is e->n. delta cannot overflow: the code points are below 2^21
 * and 63 of them at most. */
static bool
put_code_points(struct punycode_encoder *e, const struct u_label *l)
{
	for (size_t i = 0; i < l->n; i++) {
		e->delta += l->point[i] < e->n;
		if (l->point[i] != e->n)
			continue;
		if (!put_delta(e, e->delta))
			return false;
		e->bias = adapt_bias(e->delta, (uint32_t)e->done + 1, e->done == e->basic);
		e->delta = 0;
		e->done++;
	}
	return true;
}

/* RFC 3492, section 6.3. False: the A-label would be too long. */
static bool
encode_label(const struct u_label *l, struct punycode_encoder *e)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->point[i] < FIRST_N && !put_label_char(e, (char)l->point[i]))
			return false;
		e->basic += l->point[i] < FIRST_N;
	}
	if (e->basic > 0 && !put_label_char(e, '-'))
		return false;
	for (e->done = e->basic; e->done < l->n;) {
		uint32_t next = find_next_point(l, e->n);

		e->delta += (next - e->n) * ((uint32_t)e->done + 1);
		e->n = next;
		if (!put_code_points(e, l))
			return false;
		e->delta++;
		e->n++;
	}
	return true;
}

/* Writes the A-label of a U-label to out, which has room for MAX_LABEL_BYTES. Returns its
 * length, 0 when there is no such form. */
static size_t
write_a_label(const char *s, size_t len, char *out)
{
	struct punycode_encoder e = {.out = out, .len = 4, .n = FIRST_N, .bias = FIRST_BIAS};
	struct u_label l;

	memcpy(out, "xn--", 4);
	return decode_label(s, len, &l) && encode_label(&l, &e) ? e.len : 0;
}

/* Writes the domain in A-labels behind the first n bytes of out. False: there is no such form,
 * or no room for it. */
static bool
encode_domain(const char *domain, char *out, size_t n)
{
	for (;;) {
		size_t len = strcspn(domain, "."), used = len;

		if (n + (len > MAX_LABEL_BYTES ? len : MAX_LABEL_BYTES) + 1 > DOMAIN_MAX_BYTES)
			return false;
		if (str_is_ascii(domain, len))
			memcpy(out + n, domain, len);
		else
			used = write_a_label(domain, len, out + n);
		if (used == 0 && len > 0)
			return false;
		n += used;
		out[n++] = domain[len];
		if (domain[len] == '\0')
			return true;
		domain += len + 1;
	}
}

const char *
domain_ascii(const char *s, char out[static DOMAIN_MAX_BYTES])
{
	const char *at = strrchr(s, '@'), *domain = at == NULL ? s : at + 1;
	size_t n = (size_t)(domain - s);

	if (str_is_ascii(domain, strlen(domain)) || n >= DOMAIN_MAX_BYTES)
		return s;
	memcpy(out, s, n);
	return encode_domain(domain, out, n) ? out : s;
}

size_t
domain_trimmed_length(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && s[len - 1] == '.' ? len - 1 : len;
}

bool
domain_fits(const char *domain, const char *written)
{
	size_t n = strlen(written), len = domain_trimmed_length(domain);

	if (written[0] != '.')
		return str_case_equal_n(written, n, domain, len);
	return len > n && str_case_equal_n(written, n, domain + len - n, n);
}
