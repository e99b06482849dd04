/* Lines of conditions as text, as polymilter.conf has them, for traces. Long lists are cut. */
#include <arpa/inet.h>

#include "match/regex.h"
#include "match/table.h"
#include "policy/condition_found.h"
#include "policy/condition_line.h"
#include "util/arena.h"
#include "util/buf.h"

#define VALUES_MAX 4u /* of a list */

static const char *const line_names[LINE_KINDS] = {
	[LINE_LISTENER] = "listener",
	[LINE_CLIENT] = "client",
	[LINE_AUTH_USER] = "auth_user",
	[LINE_SENDER] = "sender",
	[LINE_SENDER_DOMAIN] = "sender_domain",
	[LINE_AUTHENTICATED] = "authenticated",
	[LINE_TLS] = "tls",
	[LINE_TIME] = "time",
	[LINE_SIZE_OVER] = "size_over",
	[LINE_SIZE_UNDER] = "size_under",
	[LINE_RECIPIENTS] = "recipient",
	[LINE_SENDER_MATCH] = "sender_match",
	[LINE_CLIENT_NAME] = "client_name",
	[LINE_HELO] = "helo",
	[LINE_MACRO] = "macro",
	[LINE_POLICY] = "policy",
	[LINE_ALL] = "all",
	[LINE_ANY] = "any",
	[LINE_NONE] = "none",
	[LINE_HEADER_FROM] = "header_from",
	[LINE_HEADER_FROM_DOMAIN] = "header_from_domain",
	[LINE_HEADER] = "header",
	[LINE_URL_DOMAIN] = "url_domain",
	[LINE_RECIPIENT] = "recipient",
	[LINE_RECIPIENT_DOMAIN] = "recipient_domain",
	[LINE_RECIPIENT_MATCH] = "recipient_match",
};

const char *
condition_line_name(enum line_kind kind)
{
	return line_names[kind];
}

static const char *
network_text(struct arena *arena, const struct cidr *net)
{
	char text[INET6_ADDRSTRLEN];
	unsigned all = net->family == AF_INET ? 32 : 128;

	if (inet_ntop(net->family, net->addr, text, sizeof(text)) == NULL)
		return "?";
	return net->bits == all ? arena_printf(arena, "\"%s\"", text)
				: arena_printf(arena, "\"%s/%u\"", text, net->bits);
}

const char *
condition_value_text(struct arena *arena, const struct condition_value *value)
{
	switch (value->type) {
	case VALUE_NETWORK:
		return network_text(arena, &value->network);
	case VALUE_REGEX:
		return arena_printf(arena, "'%s'", regex_pattern(value->regex));
	case VALUE_TABLE:
		return arena_printf(arena, "\"table:%s\"", table_name(value->table));
	case VALUE_CONDITION:
		return arena_printf(arena, "\"%s\"", condition_name(value->condition));
	case VALUE_HOURS:
		return arena_printf(arena, "\"%s\"", value->hours->text);
	case VALUE_TEXT:
		break;
	}
	return arena_printf(arena, "\"%s\"", value->text);
}

void
condition_append_list(struct buf *b, struct arena *arena, const char *name,
		      const struct condition_values *values)
{
	buf_printf(b, "%s = { ", name);
	for (size_t i = 0; i < values->n && i < VALUES_MAX; i++)
		buf_printf(b, "%s%s", i > 0 ? ", " : "",
			   condition_value_text(arena, &values->value[i]));
	buf_puts(b, values->n > VALUES_MAX ? ", ... }" : " }");
}

static void
append_inner_section(struct buf *b, struct arena *arena, const struct condition_section *s)
{
	buf_printf(b, " \"%s\" {", s->name);
	if (s->match.n > 0) {
		buf_putc(b, ' ');
		condition_append_list(b, arena, "match", &s->match);
	}
	if (s->not_match.n > 0) {
		buf_putc(b, ' ');
		condition_append_list(b, arena, "not_match", &s->not_match);
	}
	if (s->present >= 0)
		buf_printf(b, " present = %s", s->present == 1 ? "yes" : "no");
	buf_puts(b, " }");
}

const char *
condition_line_text(struct arena *arena, const struct condition_line *l)
{
	const char *name = condition_line_name(l->kind);
	struct buf b = {0};

	if (l->negated)
		buf_puts(&b, "not_");
	if (l->found != NULL) {
		condition_found_text(&b, arena, l->found);
	} else if (l->section != NULL) {
		buf_puts(&b, name);
		append_inner_section(&b, arena, l->section);
	} else if (l->kind == LINE_AUTHENTICATED || l->kind == LINE_TLS) {
		buf_printf(&b, "%s = %s", name, l->expected ? "yes" : "no");
	} else if (l->kind == LINE_SIZE_OVER || l->kind == LINE_SIZE_UNDER) {
		buf_printf(&b, "%s = %llu", name, (unsigned long long)l->bytes);
	} else {
		condition_append_list(&b, arena, name, &l->values);
	}
	return buf_move_to_arena(&b, arena);
}
