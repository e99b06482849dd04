/* The standard's stack of open elements. For each name and each rule the last open element is
 * known, and for each element the last ones up to it at which a search must stop, so that no
 * end tag needs a search. Formatting elements that hide are put back when the element around
 * them ends, as the standard's "reconstruct the active formatting elements" does. */
#include "html/html_open.h"

#include <string.h>

#include "html/html_view.h"
#include "util/str.h"

#define UNKNOWN_TRIES 16u /* unknown elements that an unknown end tag is compared with */

void
html_open_start(struct html_open *o, const char *s, size_t len, bool has_views)
{
	o->s = s;
	o->len = len;
	o->cache = NULL;
	o->has_views = has_views;
	o->in_rest = o->hides_all = false;
	o->n = o->low = 0;
	o->deep = 0;
	memset(o->of_number, 0xff, sizeof(o->of_number));
	memset(o->of_rule, 0xff, sizeof(o->of_rule));
}

void
html_open_copy(struct html_open *to, const struct html_open *from)
{
	memcpy(to, from, offsetof(struct html_open, element));
	memcpy(to->element, from->element, from->n * sizeof(from->element[0]));
}

static bool
has_trait(const struct html_open_element *e, enum html_trait trait)
{
	return e->element != NULL && (e->element->traits & trait) != 0;
}

/* The last scope, table or special element; -1: none. */
static int
last_scope(const struct html_open *o)
{
	return o->n > 0 ? o->element[o->n - 1].scope : -1;
}

static int
last_table(const struct html_open *o)
{
	return o->n > 0 ? o->element[o->n - 1].table : -1;
}

static int
last_special(const struct html_open *o)
{
	return o->n > 0 ? o->element[o->n - 1].special : -1;
}

/* What a tag says that is just read, unless the one before of that element was the same. */
static struct html_view
read_own_view(struct html_open *o, const struct html_open_element *e)
{
	unsigned number = e->element == NULL ? 0 : e->element->number;
	struct html_view view;

	if (o->cache != NULL && o->cache->of[number].len == o->tag_len &&
	    memcmp(o->s + o->cache->of[number].start, o->s + e->start, o->tag_len) == 0)
		return o->cache->of[number].view;
	view = html_view_in_tag(o->s, o->len, e->start, e->element);
	if (o->cache != NULL) {
		o->cache->of[number].start = e->start;
		o->cache->of[number].len = (uint32_t)o->tag_len;
		o->cache->of[number].view = view;
	}
	return view;
}

/* What the element's own tag says, which is read once. */
static struct html_view
own_view(struct html_open *o, struct html_open_element *e)
{
	if (!e->has_own) {
		e->own = read_own_view(o, e);
		e->has_own = true;
		o->in_rest |= e->own.begins_rest;
	}
	return e->own;
}

/* own: NULL: it is not known. */
static void
push_element(struct html_open *o, const struct html_element *element, size_t start,
	     size_t name_len, const struct html_view *own)
{
	unsigned number = element == NULL ? 0 : element->number;
	unsigned rule = element == NULL ? HTML_OTHER : element->rule;
	struct html_open_element *e = &o->element[o->n];
	int16_t at = (int16_t)o->n;

	if (o->n == HTML_OPEN_MAX) {
		o->deep++;
		return;
	}
	e->element = element;
	e->start = (uint32_t)start;
	e->name_len = (uint16_t)(name_len < UINT16_MAX ? name_len : UINT16_MAX);
	e->same = o->of_number[number];
	e->rule = o->of_rule[rule];
	e->scope = has_trait(e, HTML_SCOPE) ? at : (int16_t)last_scope(o);
	e->table = rule == HTML_TABLE || rule == HTML_TEMPLATE ? at : (int16_t)last_table(o);
	e->special = has_trait(e, HTML_SPECIAL) ? at : (int16_t)last_special(o);
	e->has_own = own != NULL;
	if (own != NULL)
		e->own = *own;
	e->view = o->has_views ? html_view_inside(own_view(o, e), html_open_view(o)) : 0;
	o->of_number[number] = o->of_rule[rule] = at;
	o->n++;
}

/* Forgets an element that is the last one of its number and rule. */
static void
unlink_element(struct html_open *o, const struct html_open_element *e)
{
	o->of_number[e->element == NULL ? 0 : e->element->number] = e->same;
	o->of_rule[e->element == NULL ? HTML_OTHER : e->element->rule] = e->rule;
}

/* Does a formatting element hide what stands in it, or end that something around it does? Then
 * it goes on when the element that it stands in ends, as browsers do with all of them. */
static bool
is_format_with_view(struct html_open *o, struct html_open_element *e)
{
	struct html_view own;
	const uint8_t pale = HTML_VIEW_INVISIBLE | HTML_VIEW_TINY | HTML_VIEW_WHITE;

	if (!has_trait(e, HTML_FORMATS) || e->start == UINT32_MAX)
		return false;
	own = own_view(o, e);
	return html_view_hides(own.set) || html_view_inside(own, pale) != pale;
}

/* Ends an element, and all that are open in it. */
static void
end_element(struct html_open *o, int at)
{
	unsigned old = o->n;

	while (o->n > (unsigned)at) {
		if (o->element[o->n - 1].name_len > 0)
			unlink_element(o, &o->element[o->n - 1]);
		o->n--;
	}
	if (o->n < o->low)
		o->low = o->n;
	o->deep = 0;
	for (unsigned i = (unsigned)at + 1; i < old; i++) {
		struct html_open_element e = o->element[i];

		if (e.name_len > 0 && e.scope < at && is_format_with_view(o, &e))
			push_element(o, e.element, e.start, e.name_len, &e.own);
	}
}

/* Finds out the views of the elements from an index on again. */
static void
renew_views(struct html_open *o, unsigned from)
{
	for (unsigned i = from; i < o->n; i++) {
		struct html_open_element *e = &o->element[i];
		uint8_t around = i > 0 ? o->element[i - 1].view : 0;

		if (e->name_len == 0)
			e->view = around;
		else if (e->start != UINT32_MAX)
			e->view = html_view_inside(own_view(o, e), around);
	}
}

/* Ends one element and leaves those in it open. */
static void
end_element_alone(struct html_open *o, int at)
{
	struct html_open_element *e = &o->element[at];

	unlink_element(o, e);
	e->element = NULL;
	e->name_len = 0;
	if (o->has_views)
		renew_views(o, (unsigned)at);
	if ((unsigned)at < o->low)
		o->low = (unsigned)at;
}

static void
end_if_open(struct html_open *o, int at, int behind)
{
	if (at >= 0 && at > behind)
		end_element(o, at);
}

/* ---- start tags ---- */

static void
end_paragraph(struct html_open *o)
{
	int p = o->of_rule[HTML_P];

	if (p > o->of_rule[HTML_BUTTON])
		end_if_open(o, p, last_scope(o));
}

static bool
end_select(struct html_open *o)
{
	bool open = o->of_rule[HTML_SELECT] > o->of_rule[HTML_TEMPLATE];

	if (open)
		end_element(o, o->of_rule[HTML_SELECT]);
	return open;
}

/* Before a part of a table: ends what is open in that table. False: there is no table. */
static bool
enter_table_part(struct html_open *o, enum html_rule rule)
{
	int table = last_table(o), at = -1;

	if (table < 0)
		return false;
	if (rule == HTML_CELL)
		at = o->of_rule[HTML_ROW];
	if ((rule == HTML_CELL || rule == HTML_ROW) && at < table)
		at = o->of_rule[HTML_ROW_GROUP];
	if (at < table)
		at = table;
	if ((unsigned)at + 1 < o->n)
		end_element(o, at + 1);
	return true;
}

/* Ends the list item before. The next search stops at the item that begins now. */
static void
end_list_item(struct html_open *o, enum html_rule rule)
{
	for (unsigned i = o->n; i-- > 0;) {
		const struct html_open_element *e = &o->element[i];
		unsigned other = e->element == NULL ? HTML_OTHER : e->element->rule;

		if (other == rule) {
			end_element(o, (int)i);
			return;
		}
		if (has_trait(e, HTML_SPECIAL) && other != HTML_P && other != HTML_BLOCK)
			return;
	}
}

static bool
is_last_of_rule(const struct html_open *o, enum html_rule rule)
{
	return o->n > 0 && o->of_rule[rule] == (int)o->n - 1;
}

/* What an element ends that begins. False: it does not begin here. */
static bool
prepare_element(struct html_open *o, const struct html_element *e)
{
	if ((e->traits & HTML_ENDS_P) != 0)
		end_paragraph(o);
	switch (e->rule) {
	case HTML_LI:
	case HTML_DD:
		end_list_item(o, (enum html_rule)e->rule);
		return true;
	case HTML_HEADING:
		if (is_last_of_rule(o, HTML_HEADING))
			end_element(o, (int)o->n - 1);
		return true;
	case HTML_BUTTON:
		end_if_open(o, o->of_rule[HTML_BUTTON], last_scope(o));
		return true;
	case HTML_FORM: /* one between the parts of a table has no content */
		return o->of_rule[HTML_FORM] < 0 &&
		       !(html_open_is_misplaced(o, o->of_rule[HTML_TABLE]) &&
			 html_open_table_part(o) == (int)o->n - 1);
	case HTML_SELECT:
		return !end_select(o);
	case HTML_INPUT:
		(void)end_select(o);
		return true;
	case HTML_OPTGROUP:
	case HTML_OPTION:
		if (is_last_of_rule(o, HTML_OPTION))
			end_element(o, (int)o->n - 1);
		if (e->rule == HTML_OPTGROUP && is_last_of_rule(o, HTML_OPTGROUP))
			end_element(o, (int)o->n - 1);
		return true;
	case HTML_TABLE:
		if (html_open_is_misplaced(o, o->of_rule[HTML_TABLE]))
			end_element(o, o->of_rule[HTML_TABLE]);
		return true;
	case HTML_CAPTION:
	case HTML_ROW_GROUP:
	case HTML_ROW:
	case HTML_CELL:
		return enter_table_part(o, (enum html_rule)e->rule);
	default:
		return true;
	}
}

/* Does "/>" end the tag? A '/' in an unquoted value does not. */
static bool
is_self_closing(const char *s, const struct html_token *t)
{
	return t->end - t->start > 3 && s[t->end - 2] == '/' &&
	       (t->end - t->start == t->name_len + 3 ||
		strchr(" \t\r\n\f\"'", s[t->end - 3]) != NULL);
}

static void
begin_element(struct html_open *o, const struct html_token *t)
{
	const struct html_element *e = t->element;

	if (e != NULL && e->rule == HTML_FOREIGN_END && !html_open_is_foreign(o))
		e = NULL;
	while (html_open_is_foreign(o) && e != NULL && (e->traits & HTML_LEAVES_SVG) != 0)
		end_element(o, o->of_rule[HTML_FOREIGN]);
	if (html_open_is_foreign(o) || (e != NULL && e->rule == HTML_FOREIGN)) {
		if (!is_self_closing(o->s, t))
			push_element(o, e, t->start, t->name_len, NULL);
		return;
	}
	if (e == NULL) {
		push_element(o, e, t->start, t->name_len, NULL);
		return;
	}
	if (e->rule == HTML_BODY || e->rule == HTML_HTML)
		o->hides_all |=
			html_view_hides(html_view_in_tag(o->s, o->len, t->start, e).set);
	if (e->rule == HTML_BODY || e->rule == HTML_HTML || e->rule == HTML_HEAD)
		return;
	if (prepare_element(o, e) && (e->traits & HTML_VOID) == 0)
		push_element(o, e, t->start, t->name_len, NULL);
	else if (o->has_views &&
		 (e->traits & HTML_VOID) != 0) /* <hr id=...> begins a quotation */
		o->in_rest |= html_view_in_tag(o->s, o->len, t->start, e).begins_rest;
}

/* ---- end tags ---- */

/* The open element that an unknown end tag ends; -1: none. */
static int
find_unknown_element(const struct html_open *o, const struct html_token *t)
{
	int at = o->of_number[0];

	for (unsigned i = 0; i < UNKNOWN_TRIES && at > last_special(o); i++) {
		const struct html_open_element *e = &o->element[at];

		if (e->start != UINT32_MAX && e->name_len == t->name_len &&
		    str_case_equal_n(o->s + e->start + 1, t->name_len, o->s + t->start + 2,
				     t->name_len))
			return at;
		at = e->same;
	}
	return -1;
}

/* The part of a table that an end tag ends which was not begun by a tag: <td> alone begins a
 * row, too, and both begin a <tbody>. The first open part that stands in it; -1: none. */
static int
find_implied_part(const struct html_open *o, const struct html_element *e)
{
	int table = last_table(o), row = o->of_rule[HTML_ROW], cell = o->of_rule[HTML_CELL];

	if (e->rule == HTML_ROW && row < table)
		return cell > table ? cell : -1;
	if (e->rule == HTML_ROW_GROUP && strcmp(e->name, "tbody") == 0 &&
	    o->of_rule[HTML_ROW_GROUP] < table)
		return row > table ? row : cell > table ? cell : -1;
	return -1;
}

static void
end_formatting(struct html_open *o, int at)
{
	if (at <= last_scope(o))
		return;
	if (last_special(o) > at)
		end_element_alone(o, at);
	else
		end_element(o, at);
}

static void
end_known_element(struct html_open *o, const struct html_element *e)
{
	int at = o->of_number[e->number];

	if (e->rule == HTML_HEADING) /* of any level */
		at = o->of_rule[HTML_HEADING];
	if (at <= last_table(o) && (e->traits & HTML_TABLE_PART) != 0)
		at = find_implied_part(o, e);
	if (at < 0 || (e->traits & HTML_VOID) != 0)
		return;
	if (e->rule == HTML_SELECT || e->rule == HTML_TEMPLATE || e->rule == HTML_FOREIGN ||
	    (html_open_is_foreign(o) && at > o->of_rule[HTML_FOREIGN]))
		end_element(o, at);
	else if (e->rule == HTML_LI && o->of_rule[HTML_LIST] > at)
		return; /* the item of a list around that one */
	else if (e->rule == HTML_FORM)
		end_element_alone(o, at);
	else if (e->rule == HTML_P)
		end_paragraph(o);
	else if (e->rule == HTML_TABLE || (e->traits & HTML_TABLE_PART) != 0)
		end_if_open(o, at, last_table(o) - (e->rule == HTML_TABLE));
	else if ((e->traits & HTML_FORMATS) != 0)
		end_formatting(o, at);
	else if ((e->traits & HTML_SPECIAL) != 0)
		end_if_open(o, at, last_scope(o) - ((e->traits & HTML_SCOPE) != 0));
	else
		end_if_open(o, at, last_special(o));
}

void
html_open_tag(struct html_open *o, const struct html_token *t)
{
	int at;

	o->tag_len = t->end - t->start;
	if (!t->closing) {
		begin_element(o, t);
	} else if (o->deep > 0) {
		o->deep--;
	} else if (t->element != NULL && (t->element->rule != HTML_FOREIGN_END ||
					  o->of_number[t->element->number] >= 0)) {
		end_known_element(o, t->element);
	} else {
		at = find_unknown_element(o, t);
		end_if_open(o, at, -1);
	}
}

void
html_open_detach(struct html_open *o, const char *s, size_t len)
{
	renew_views(o, 0);
	for (unsigned i = 0; i < o->n; i++)
		o->element[i].start = UINT32_MAX;
	o->has_views = true;
	o->s = s;
	o->len = len;
}
