/* Reads media ranges and their parameters; quoted strings do not occur in the two types that
 * matter here, and make a range another one. Every loop ends with the field. */
#include "http/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define OPENMETRICS "application/openmetrics-text"

struct media_range {
	const char *type;
	size_t type_len;
	const char *version; /* NULL: none */
	size_t version_len;
	unsigned weight; /* in thousandths */
};

/* The next piece before one of the two delimiters, without blanks around it. */
static const char *
cut_piece(const char **at, const char *delimiters, size_t *ret_len)
{
	const char *piece = *at + strspn(*at, " \t");
	size_t len = strcspn(piece, delimiters);

	*at = piece + len;
	while (len > 0 && (piece[len - 1] == ' ' || piece[len - 1] == '\t'))
		len--;
	*ret_len = len;
	return piece;
}

/* "0.75" is 750. What is no weight is 0. */
static unsigned
read_weight(const char *s, size_t len)
{
	unsigned weight = 0, unit = 1000;

	for (size_t i = 0; i < len && i < 5; i++) {
		if (i == 1 && s[i] == '.')
			continue;
		if (s[i] < '0' || s[i] > '9')
			return 0;
		weight += (unsigned)(s[i] - '0') * unit;
		unit /= 10;
	}
	return weight <= 1000 ? weight : 0;
}

static void
take_parameter(struct media_range *range, const char *p, size_t len)
{
	if (len > 2 && strncasecmp(p, "q=", 2) == 0) {
		range->weight = read_weight(p + 2, len - 2);
	} else if (len > 8 && strncasecmp(p, "version=", 8) == 0) {
		range->version = p + 8;
		range->version_len = len - 8;
	}
}

/* False at the end of the field. */
static bool
read_range(const char **at, struct media_range *ret)
{
	size_t len;
	const char *piece;

	if (**at == '\0')
		return false;
	*ret = (struct media_range){.weight = 1000};
	ret->type = cut_piece(at, ",;", &ret->type_len);
	while (**at == ';') {
		++*at;
		piece = cut_piece(at, ",;", &len);
		take_parameter(ret, piece, len);
	}
	if (**at == ',')
		++*at;
	return true;
}

static bool
has_type(const struct media_range *range, const char *type)
{
	return range->type_len == strlen(type) &&
	       strncasecmp(range->type, type, range->type_len) == 0;
}

static bool
has_version(const struct media_range *range, const char *version)
{
	return range->version == NULL ||
	       (range->version_len == strlen(version) &&
		memcmp(range->version, version, range->version_len) == 0);
}

bool
accept_prefers_openmetrics(const char *field)
{
	struct media_range range;
	unsigned openmetrics = 0, plain = 0;

	if (field == NULL)
		return false;
	while (read_range(&field, &range)) {
		if (has_type(&range, OPENMETRICS) && has_version(&range, "1.0.0") &&
		    range.weight > openmetrics)
			openmetrics = range.weight;
		else if (has_type(&range, "text/plain") && range.weight > plain)
			plain = range.weight;
	}
	return openmetrics > 0 && openmetrics >= plain;
}
