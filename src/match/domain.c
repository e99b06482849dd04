/* U-labels to A-labels, as SMTPUTF8 clients send the one and administrators write the other. */
#include "match/domain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/str.h"

#define MAX_LABEL_BYTES 63u /* RFC 1035 2.3.4, of an A-label */

/* RFC 3492 5 */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	FIRST_BIAS = 72,
	FIRST_N = 128
};

struct label {
	uint32_t point[MAX_LABEL_BYTES];
	size_t n;
};

struct encoder { /* Punycode: what is written so far, and RFC 3492's state */
	char *out;
	size_t len;
	uint32_t n, delta, bias;
	size_t done, basic; /* characters that are encoded; those of them that are ASCII */
};

static uint32_t
code_point(const unsigned char *p, size_t n)
{
	static const unsigned char first_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = p[0] & first_bits[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool
read_label(const char *s, size_t len, struct label *ret)
{
	const unsigned char *p = (const unsigned char *)s;

	ret->n = 0;
	for (size_t i = 0; i < len;) {
		size_t n = str_utf8_length(p + i, len - i);

		if (n == 0 || ret->n == MAX_LABEL_BYTES)
			return false;
		ret->point[ret->n++] = code_point(p + i, n);
		i += n;
	}
	return true;
}

static bool
put(struct encoder *e, char c)
{
	if (e->len == MAX_LABEL_BYTES)
		return false;
	e->out[e->len++] = c;
	return true;
}

/* RFC 3492 6.1 */
static uint32_t
adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static char
digit(uint32_t d)
{
	return (char)(d < 26 ? 'a' + d : '0' + d - 26);
}

static bool
put_number(struct encoder *e, uint32_t q)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= e->bias ? T_MIN : k >= e->bias + T_MAX ? T_MAX : k - e->bias;

		if (q < t)
			return put(e, digit(q));
		if (!put(e, digit(t + (q - t) % (BASE - t))))
			return false;
		q = (q - t) / (BASE - t);
	}
}

static uint32_t
next_point(const struct label *l, uint32_t from)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < l->n; i++) {
		if (l->point[i] >= from && l->point[i] < next)
			next = l->point[i];
	}
	return next;
}

/* All that are e->n now. With 63 points of 21 bits delta stays below 2^32. */
static bool
put_points(struct encoder *e, const struct label *l)
{
	for (size_t i = 0; i < l->n; i++) {
		e->delta += l->point[i] < e->n;
		if (l->point[i] != e->n)
			continue;
		if (!put_number(e, e->delta))
			return false;
		e->bias = adapt(e->delta, (uint32_t)e->done + 1, e->done == e->basic);
		e->delta = 0;
		e->done++;
	}
	return true;
}

/* RFC 3492 6.3 */
static bool
encode_label(const struct label *l, struct encoder *e)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->point[i] < FIRST_N && !put(e, (char)l->point[i]))
			return false;
		e->basic += l->point[i] < FIRST_N;
	}
	if (e->basic > 0 && !put(e, '-'))
		return false;
	for (e->done = e->basic; e->done < l->n;) {
		uint32_t next = next_point(l, e->n);

		e->delta += (next - e->n) * ((uint32_t)e->done + 1);
		e->n = next;
		if (!put_points(e, l))
			return false;
		e->delta++;
		e->n++;
	}
	return true;
}

/* Its length in out, which has room for MAX_LABEL_BYTES; 0: there is no such form. */
static size_t
put_label(const char *s, size_t len, char *out)
{
	struct encoder e = {.out = out, .len = 4, .n = FIRST_N, .bias = FIRST_BIAS};
	struct label l;

	memcpy(out, "xn--", 4);
	return read_label(s, len, &l) && encode_label(&l, &e) ? e.len : 0;
}

/* The labels of domain behind the n bytes that out has already. */
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
			used = put_label(domain, len, out + n);
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

bool
domain_fits(const char *domain, const char *written)
{
	size_t n = strlen(written), len = strlen(domain);

	len -= len > 0 && domain[len - 1] == '.';
	if (written[0] != '.')
		return str_case_equal_n(written, n, domain, len);
	return len > n && str_case_equal_n(written, n, domain + len - n, n);
}
