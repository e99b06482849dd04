/* Unpacks the records that workers have packed. Nothing in them is trusted. */
#include "worker/log_relay.h"

#include <errno.h>
#include <unistd.h>

#include "util/log.h"

/* No line of a worker takes less than 33 bytes: at most 496 records, which fit into the half of
 * the log's ring (master/log_intake.h). */
#define READ_BYTES 16384u

/* Logs the whole records at the front of b and removes them. */
static void
log_packed_records(struct log_relay *relay)
{
	struct buf *b = &relay->rest;
	struct log_field fields[LOG_MAX_FIELDS];
	struct log_record record;
	size_t done = 0;
	int n;

	while (done < b->len) {
		n = log_record_unpack(b->data + done, b->len - done, &record, fields,
				      LOG_MAX_FIELDS);
		if (n == 0)
			break;
		if (n < 0) {
			log_write(LOG_ERR, "a worker's log records are broken: %zu bytes lost",
				  b->len - done);
			done = b->len;
			break;
		}
		log_queue(&record);
		relay->records++;
		done += (size_t)n;
	}
	buf_consume(b, done);
	log_flush();
}

bool
relay_log_records(int fd, struct log_relay *relay)
{
	struct buf *rest = &relay->rest;
	ssize_t n = read(fd, buf_reserve(rest, READ_BYTES), READ_BYTES);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	rest->len += (size_t)n;
	log_packed_records(relay);
	if (rest->len == 0)
		buf_free(rest);
	return n > 0;
}
