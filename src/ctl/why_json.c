/* A message of the history as a JSON object. polymilterctl(8) has its members. */
#include <inttypes.h>

#include "chain/history.h"
#include "ctl/json.h"
#include "ctl/why.h"

/* `"name":value` and a comma before it; nothing for NULL. */
static void
write_member(FILE *f, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(f, ",\"%s\":", name);
	json_string(f, value);
}

static void
write_rcpt_members(FILE *f, const struct history_message *m)
{
	fprintf(f, ",\"recipients\":%" PRIu32 ",\"to\":[", m->head.n_rcpts);
	for (size_t i = 0; i < m->head.n_named; i++) {
		fputs(i > 0 ? "," : "", f);
		json_string(f, m->rcpts[i]);
	}
	fputc(']', f);
}

static const char *
name_finding(unsigned kind)
{
	static const char *const names[] = {
		[FINDING_RULE] = "rule",
		[FINDING_ADD_HEADER] = "add header",
		[FINDING_CHANGE_HEADER] = "change header",
		[FINDING_DELETE_HEADER] = "remove header",
		[FINDING_SENDER] = "change sender",
		[FINDING_ADD_RCPT] = "add recipient",
		[FINDING_DELETE_RCPT] = "remove recipient",
		[FINDING_BODY] = "change body",
		[FINDING_QUARANTINE] = "quarantine",
		[FINDING_REFUSE_RCPT] = "refuse recipient",
		[FINDING_VERDICT] = "verdict",
	};

	return names[kind];
}

static void
write_findings_of(FILE *f, const struct history_message *m, unsigned position)
{
	size_t n = 0;

	for (size_t i = 0; i < m->head.n_findings; i++) {
		const struct history_finding *p = &m->findings[i];

		if (p->n.position != position)
			continue;
		fprintf(f, "%s{\"kind\":\"%s\"", n++ > 0 ? "," : "", name_finding(p->n.kind));
		write_member(f, "name", p->name);
		write_member(f, p->n.kind == FINDING_RULE ? "table" : "before", p->before);
		write_member(f, "after", p->after);
		if (p->n.monitored)
			fputs(",\"would\":true", f);
		if (p->n.undone)
			fputs(",\"undone\":true", f);
		fputc('}', f);
	}
}

static void
write_policies(FILE *f, const struct history_message *m)
{
	fputs(",\"policies\":[", f);
	for (size_t i = 0; i < m->head.n_policies; i++) {
		const struct history_policy *p = &m->policies[i];

		fprintf(f, "%s{\"title\":", i > 0 ? "," : "");
		json_string(f, p->title);
		write_member(f, "outcome", p->result);
		fprintf(f, ",\"monitor\":%s", p->n.monitors ? "true" : "false");
		write_member(f, "reason", p->skip_reason);
		write_member(f, "error", p->error);
		write_member(f, "reply", p->reply);
		if (p->n.refused_rcpts > 0)
			fprintf(f, ",\"refused\":%" PRIu32, p->n.refused_rcpts);
		fprintf(f, ",\"seconds\":%.9f,\"did\":[", (double)p->n.ns / 1e9);
		write_findings_of(f, m, p->n.position);
		fputs("]}", f);
	}
	fputc(']', f);
}

void
why_write_json(FILE *f, const struct history_message *m)
{
	fprintf(f, "{\"time\":%" PRIu64 ".%06" PRIu64, m->head.time_us / 1000000,
		m->head.time_us % 1000000);
	write_member(f, "queue_id", m->queue_id);
	write_member(f, "verdict", m->verdict);
	write_member(f, "by", m->by);
	write_member(f, "limit", m->limit);
	write_member(f, "reply", m->reply);
	write_member(f, "session", m->session);
	fprintf(f, ",\"message\":%" PRIu32 ",\"generation\":%" PRIu32, m->head.message_no,
		m->head.generation);
	write_member(f, "listener", m->listener);
	write_member(f, "client", m->client_name);
	write_member(f, "address", m->client_address);
	write_member(f, "helo", m->helo);
	write_member(f, "from", m->sender);
	write_rcpt_members(f, m);
	if (m->head.size != UINT64_MAX)
		fprintf(f, ",\"size\":%" PRIu64, m->head.size);
	write_member(f, "message_id", m->message_id);
	write_policies(f, m);
	fprintf(f, ",\"policies_left_out\":%u,\"changes_left_out\":%u}\n",
		m->head.n_policies_left_out, m->head.n_findings_left_out);
}
