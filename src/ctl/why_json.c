/* A message of the history as a JSON object. polymilterctl(8) has its members. */
#include <inttypes.h>

#include "chain/history.h"
#include "ctl/json.h"
#include "ctl/show_finding.h"
#include "ctl/why.h"

static void
write_rcpt_members(FILE *f, const struct history_message *m)
{
	fprintf(f, ", \"nrcpt\": %" PRIu32 ", \"rcpts\": [", m->head.n_rcpts);
	for (size_t i = 0; i < m->head.n_named; i++) {
		fputs(i > 0 ? ", " : "", f);
		json_string(f, m->rcpts[i]);
	}
	fputc(']', f);
}

static void
write_findings_of(FILE *f, const struct history_message *m, unsigned position)
{
	const char *separator = "";

	fputs(", \"findings\": [", f);
	for (size_t i = 0; i < m->head.n_findings; i++) {
		struct shown_finding shown = shown_finding_of_history(&m->findings[i]);

		if (m->findings[i].n.position != position)
			continue;
		fputs(separator, f);
		show_finding_json(f, &shown);
		separator = ", ";
	}
	fputc(']', f);
}

static void
write_policies(FILE *f, const struct history_message *m)
{
	fputs(", \"policies\": [", f);
	for (size_t i = 0; i < m->head.n_policies; i++) {
		const struct history_policy *p = &m->policies[i];

		fprintf(f, "%s{\"policy\": ", i > 0 ? ", " : "");
		json_string(f, p->title);
		json_member(f, "result", p->result);
		json_member(f, "skipped", p->skip_reason);
		json_member(f, "error", p->error);
		json_member(f, "reply", p->reply);
		fprintf(f, ", \"monitor\": %s, \"refused\": %" PRIu32 ", \"seconds\": %.9f",
			p->n.monitors ? "true" : "false", p->n.refused_rcpts,
			(double)p->n.ns / 1e9);
		write_findings_of(f, m, p->n.position);
		fputc('}', f);
	}
	fputc(']', f);
}

void
why_write_json(FILE *f, const struct history_message *m)
{
	fprintf(f, "{\"time\": %" PRIu64 ".%06" PRIu64, m->head.time_us / 1000000,
		m->head.time_us % 1000000);
	json_member(f, "queue_id", m->queue_id);
	json_member(f, "verdict", m->verdict);
	json_member(f, "by", m->by);
	json_member(f, "limit", m->limit);
	json_member(f, "reply", m->reply);
	json_member(f, "session", m->session);
	fprintf(f, ", \"message\": %" PRIu32 ", \"generation\": %" PRIu32, m->head.message_no,
		m->head.generation);
	json_member(f, "listener", m->listener);
	json_member(f, "client", m->client_name);
	json_member(f, "address", m->client_address);
	json_member(f, "helo", m->helo);
	json_member(f, "from", m->sender);
	write_rcpt_members(f, m);
	if (m->head.size != UINT64_MAX)
		fprintf(f, ", \"size\": %" PRIu64, m->head.size);
	json_member(f, "message_id", m->message_id);
	write_policies(f, m);
	fprintf(f, ", \"policies_left_out\": %u, \"changes_left_out\": %u}\n",
		m->head.n_policies_left_out, m->head.n_findings_left_out);
}
