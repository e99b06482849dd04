/* Reads what rspamd wants changed: `milter` and `dkim-signature` of its answer. As its own
 * milter does, it leaves out what is of another form (a number as the value of a field); but a
 * name that would break the header, and changes without end, are a bad answer. */
#include "service/rspamd_private.h"
#include "util/arena.h"
#include "util/str.h"

struct change_reader {
	struct arena *arena;
	struct rspamd_answer *answer;
	size_t n;	 /* changes so far */
	const char *why; /* NULL, or what is wrong: nothing more is read */
	size_t cap_add, cap_remove, cap_spam;
};

static void
take_change(struct change_reader *r)
{
	if (++r->n > RSPAMD_MAX_CHANGES)
		r->why = "more than 100 changes in the answer";
}

static void
take_named_change(struct change_reader *r, const char *name)
{
	take_change(r);
	if (!str_is_header_name(name, strlen(name)))
		r->why = "a change of a field whose name is none in the answer";
}

/* Appends a line of a value without control characters but the tab. */
static void
append_value_line(struct buf *out, const char *s, size_t len, bool is_first)
{
	size_t begin = out->len;

	if (!is_first)
		buf_puts(out, len > 0 && str_is_blank(s[0]) ? "\n" : "\n\t");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= ' ' ? s[i] != 0x7f : s[i] == '\t')
			buf_putc(out, (unsigned char)s[i]);
	/* A line of blanks would be the end of the header for some (RFC 5322, section 3.2.2).
	 */
	if (!is_first && str_blank_run((const char *)out->data + begin + 1,
				       out->len - begin - 1) == out->len - begin - 1)
		out->len = begin;
}

const char *
rspamd_copy_value(struct arena *arena, const json_t *string)
{
	const char *s = json_string_value(string);
	size_t len = json_string_length(string);
	size_t blanks = str_blank_run(s, len);
	struct buf value = {0};

	s += blanks;
	len -= blanks;
	for (bool is_first = true; is_first || len > 0; is_first = false) {
		const char *lf = len > 0 ? memchr(s, '\n', len) : NULL;
		size_t n = lf ? (size_t)(lf - s) : len;

		append_value_line(&value, s, n, is_first);
		n += lf != NULL;
		s += n;
		len -= n;
	}
	return buf_move_to_arena(&value, arena);
}

static int
number_of(const json_t *value, int otherwise)
{
	double d = json_number_value(value);

	if (!json_is_number(value))
		return otherwise;
	return d > 1e6 ? 1000000 : d < -1e6 ? -1000000 : (int)d;
}

/* A field to add: "text", or {"value": "text", "order": 1}. */
static void
add_wanted_field(struct change_reader *r, const char *name, const json_t *value)
{
	const json_t *order = json_object_get(value, "order");
	struct rspamd_answer *a = r->answer;

	if (order == NULL)
		order = json_object_get(value, "index");
	if (json_is_object(value))
		value = json_object_get(value, "value");
	if (!json_is_string(value))
		return;
	take_named_change(r, name);
	if (r->why != NULL)
		return;
	a->add_headers = arena_grow(r->arena, a->add_headers, a->n_add_headers, &r->cap_add,
				    sizeof(*a->add_headers));
	a->add_headers[a->n_add_headers++] =
		(struct rspamd_header){.name = arena_strdup(r->arena, name),
				       .value = rspamd_copy_value(r->arena, value),
				       .order = number_of(order, RSPAMD_ORDER_END)};
}

static void
remove_wanted_field(struct change_reader *r, const char *name, const json_t *value)
{
	struct rspamd_answer *a = r->answer;

	if (!json_is_number(value))
		return;
	take_named_change(r, name);
	if (r->why != NULL)
		return;
	a->remove_headers = arena_grow(r->arena, a->remove_headers, a->n_remove_headers,
				       &r->cap_remove, sizeof(*a->remove_headers));
	a->remove_headers[a->n_remove_headers++] = (struct rspamd_removal){
		.name = arena_strdup(r->arena, name), .nth = number_of(value, 0)};
}

/* name NULL: that of our own field. */
static void
add_spam_field(struct change_reader *r, const char *name, const json_t *value)
{
	struct rspamd_answer *a = r->answer;

	if (!json_is_string(value))
		return;
	take_named_change(r, name ? name : "X");
	if (r->why != NULL)
		return;
	a->spam_headers = arena_grow(r->arena, a->spam_headers, a->n_spam_headers, &r->cap_spam,
				     sizeof(*a->spam_headers));
	a->spam_headers[a->n_spam_headers++] =
		(struct rspamd_header){.name = name ? arena_strdup(r->arena, name) : NULL,
				       .value = rspamd_copy_value(r->arena, value),
				       .order = RSPAMD_ORDER_END};
}

typedef void field_reader(struct change_reader *r, const char *name, const json_t *value);

/* {"name": value or list of values, ...} */
static void
read_field_changes(struct change_reader *r, json_t *fields, field_reader *read)
{
	const char *name;
	json_t *value;

	json_object_foreach(fields, name, value)
	{
		for (size_t i = 0; i < json_array_size(value) && r->why == NULL; i++)
			read(r, name, json_array_get(value, i));
		if (!json_is_array(value) && r->why == NULL)
			read(r, name, value);
	}
}

/* The address, or NULL. */
static const char *
take_address(struct change_reader *r, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value);

	if (!json_is_string(value))
		return NULL;
	take_change(r);
	if (len > RSPAMD_ADDRESS_BYTES || str_clean_run(s, len) < len)
		r->why = "an address that is none in the answer";
	return r->why ? NULL : arena_dup(r->arena, s, len);
}

/* The nth of a list, or of a value that is not in one. Returns NULL behind the last. */
static const json_t *
nth_value(const json_t *list, size_t n)
{
	return json_is_array(list) ? json_array_get(list, n) : n == 0 ? list : NULL;
}

static const char **
read_addresses(struct change_reader *r, const json_t *list, size_t *ret_n)
{
	const char **all = NULL, *one;
	const json_t *value;
	size_t cap = 0, n = 0;

	for (size_t i = 0; r->why == NULL && (value = nth_value(list, i)) != NULL; i++) {
		one = take_address(r, value);
		if (one == NULL || *one == '\0')
			continue;
		all = arena_grow(r->arena, all, n, &cap, sizeof(*all));
		all[n++] = one;
	}
	*ret_n = n;
	return all;
}

static const char **
read_signatures(struct change_reader *r, const json_t *list, size_t *ret_n)
{
	const char **all = NULL;
	const json_t *value;
	size_t cap = 0, n = 0;

	for (size_t i = 0; r->why == NULL && (value = nth_value(list, i)) != NULL; i++) {
		if (!json_is_string(value))
			continue;
		take_change(r);
		all = arena_grow(r->arena, all, n, &cap, sizeof(*all));
		all[n++] = rspamd_copy_value(r->arena, value);
	}
	*ret_n = n;
	return all;
}

static enum rspamd_instead
read_instead(const json_t *value)
{
	const char *word = json_string_value(value); /* NULL when it is no string */

	if (word != NULL && strcmp(word, "quarantine") == 0)
		return RSPAMD_INSTEAD_QUARANTINE;
	if (word != NULL && strcmp(word, "discard") == 0)
		return RSPAMD_INSTEAD_DISCARD;
	return RSPAMD_AS_IT_IS;
}

const char *
rspamd_read_changes(struct rspamd_exchange *x, const json_t *root)
{
	const json_t *milter = json_object_get(root, "milter");
	json_t *spam = json_object_get(milter, "spam_header");
	struct rspamd_answer *a = &x->answer;
	struct change_reader r = {.arena = x->arena, .answer = a};

	a->dkim_signatures = read_signatures(&r, json_object_get(root, "dkim-signature"),
					     &a->n_dkim_signatures);
	read_field_changes(&r, json_object_get(milter, "remove_headers"), remove_wanted_field);
	read_field_changes(&r, json_object_get(milter, "add_headers"), add_wanted_field);
	read_field_changes(&r, spam, add_spam_field);
	add_spam_field(&r, NULL, spam);
	a->change_from = take_address(&r, json_object_get(milter, "change_from"));
	a->add_rcpt = read_addresses(&r, json_object_get(milter, "add_rcpt"), &a->n_add_rcpt);
	a->del_rcpt = read_addresses(&r, json_object_get(milter, "del_rcpt"), &a->n_del_rcpt);
	a->instead = read_instead(json_object_get(milter, "reject"));
	a->no_action = json_is_true(json_object_get(milter, "no_action"));
	return r.why;
}
