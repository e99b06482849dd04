/* The loop, the connections and the requests. libmicrohttpd parses requests and writes answers;
 * the limits of time and of places are here, since its own timeout begins anew with each byte.
 *
 * A connection is ended with shutdown(2): the library sees its end at the next turn. So for a
 * moment it has more connections than there are places: hence SPARE_PLACES. */
#include "http/server.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/accept.h"
#include "http/microhttpd.h"
#include "stats/exposition.h"

#define CONNECTION_MS 10000u /* from its begin to its end */
#define TICK_MS	      1000   /* while there are connections */
#define IDLE_MS	      3000   /* while there are none: less than SERVER_HANG_S */
#define SHARED_MS     1000u  /* an answer is used again for so long */
#define SPARE_PLACES  64u
#define PLACES	      (SERVER_CONNECTIONS_MAX + SPARE_PLACES)

struct http_client {
	struct MHD_Connection *connection;
	int fd;
	uint64_t since_ms;
};

struct http_server {
	struct microhttpd lib;
	struct MHD_Daemon *daemon;
	server_write_fn *write;
	void *ctx;
	struct http_client clients[PLACES]; /* the oldest first */
	size_t n_clients;
	struct {
		struct MHD_Response *response; /* NULL: none was made yet */
		uint64_t made_ms;
	} shared[SERVER_TEXTS];
};

static uint64_t
read_time_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Connections. */

static void
end_client(const struct http_client *c)
{
	(void)shutdown(c->fd, SHUT_RDWR);
}

static void
add_http_client(struct http_server *s, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		s->lib.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_client c = {connection, -1, read_time_ms()};

	if (info == NULL)
		return;
	c.fd = info->connect_fd;
	if (s->n_clients >= SERVER_CONNECTIONS_MAX)
		end_client(&s->clients[s->n_clients - SERVER_CONNECTIONS_MAX]);
	if (s->n_clients < PLACES)
		s->clients[s->n_clients++] = c;
	else
		end_client(&c);
}

static void
remove_client(struct http_server *s, const struct MHD_Connection *connection)
{
	size_t i = 0;

	while (i < s->n_clients && s->clients[i].connection != connection)
		i++;
	if (i == s->n_clients)
		return;
	s->n_clients--;
	memmove(s->clients + i, s->clients + i + 1, (s->n_clients - i) * sizeof(s->clients[0]));
}

static void
on_connection(void *ctx, struct MHD_Connection *connection, void **ret_socket_ctx,
	      enum MHD_ConnectionNotificationCode what)
{
	(void)ret_socket_ctx;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		add_http_client(ctx, connection);
	else
		remove_client(ctx, connection);
}

static void
end_old_clients(const struct http_server *s)
{
	uint64_t now_ms = read_time_ms();

	for (size_t i = 0; i < s->n_clients; i++)
		if (now_ms - s->clients[i].since_ms >= CONNECTION_MS)
			end_client(&s->clients[i]);
}

/* Answers. */

static const char *
find_type(enum server_text which)
{
	if (which == SERVER_PAGE)
		return "text/html; charset=utf-8";
	return exposition_content_type(which == SERVER_OPENMETRICS ? EXPOSITION_OPENMETRICS
								   : EXPOSITION_PROMETHEUS);
}

/* One request for each connection. A browser keeps nothing, and loads nothing for the page. */
static void
add_common_headers(const struct http_server *s, struct MHD_Response *r, const char *type)
{
	static const char *const fields[][2] = {
		{"Connection", "close"},
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Content-Security-Policy",
		 "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"},
		{"Vary", "Accept"},
	};

	(void)s->lib.add_response_header(r, "Content-Type", type);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		(void)s->lib.add_response_header(r, fields[i][0], fields[i][1]);
}

/* NULL: there is no memory. */
static struct MHD_Response *
make_response(const struct http_server *s, struct buf *body, const char *type)
{
	struct MHD_Response *r = s->lib.create_response_from_buffer(body->len, body->data,
								    MHD_RESPMEM_MUST_COPY);

	if (r != NULL)
		add_common_headers(s, r, type);
	return r;
}

static enum MHD_Result
answer_with_text(const struct http_server *s, struct MHD_Connection *connection,
		 unsigned status, const char *text)
{
	struct buf body = {0};
	struct MHD_Response *r;
	enum MHD_Result result = MHD_NO;

	buf_puts(&body, text);
	r = make_response(s, &body, "text/plain; charset=utf-8");
	buf_free(&body);
	if (r == NULL)
		return MHD_NO;
	if (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
	    s->lib.add_response_header(r, "Allow", "GET, HEAD") == MHD_YES)
		result = s->lib.queue_response(connection, status, r);
	s->lib.destroy_response(r);
	return result;
}

/* Makes the answer unless there is a young one. False: the text cannot be written. */
static bool
prepare_shared(struct http_server *s, enum server_text which)
{
	uint64_t now_ms = read_time_ms();
	struct MHD_Response *made = NULL;
	struct buf body = {0};

	if (s->shared[which].response != NULL && now_ms - s->shared[which].made_ms < SHARED_MS)
		return true;
	if (s->write(s->ctx, which, &body) == 0)
		made = make_response(s, &body, find_type(which));
	buf_free(&body);
	if (made == NULL)
		return false;
	if (s->shared[which].response != NULL)
		s->lib.destroy_response(
			s->shared[which].response); /* others may still get it */
	s->shared[which].response = made;
	s->shared[which].made_ms = now_ms;
	return true;
}

static enum MHD_Result
answer_request(struct http_server *s, struct MHD_Connection *connection, enum server_text which)
{
	if (!prepare_shared(s, which))
		return answer_with_text(s, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
					"The state of the daemon cannot be read.\n");
	return s->lib.queue_response(connection, MHD_HTTP_OK, s->shared[which].response);
}

static enum MHD_Result
answer_metrics(struct http_server *s, struct MHD_Connection *connection)
{
	const char *accept = s->lib.lookup_connection_value(connection, MHD_HEADER_KIND,
							    MHD_HTTP_HEADER_ACCEPT);

	return answer_request(s, connection,
			      accept_prefers_openmetrics(accept) ? SERVER_OPENMETRICS
								 : SERVER_PROMETHEUS);
}

/* Called when the header has come; a body is not read. */
static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *path, const char *method,
	   const char *version, const char *data, size_t *data_len, void **request_ctx)
{
	struct http_server *s = ctx;
	bool is_metrics = strcmp(path, "/metrics") == 0;

	(void)version;
	(void)data;
	(void)data_len;
	(void)request_ctx;
	if (!is_metrics && strcmp(path, "/") != 0)
		return answer_with_text(s, connection, MHD_HTTP_NOT_FOUND,
					"There are two pages: / and /metrics.\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_with_text(s, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
					"Only GET and HEAD are allowed.\n");
	return is_metrics ? answer_metrics(s, connection)
			  : answer_request(s, connection, SERVER_PAGE);
}

/* The process. */

static int
start_server(struct http_server *s, int listener)
{
	s->daemon = s->lib.start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)PLACES,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_REQUEST_BYTES,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
	return s->daemon != NULL ? 0 : -EIO;
}

int
server_run(int listener, server_write_fn *write, void *ctx)
{
	struct http_server *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		abort();
	s->write = write;
	s->ctx = ctx;
	r = microhttpd_load(&s->lib);
	if (r == 0)
		r = start_server(s, listener);
	while (r == 0) {
		(void)alarm(SERVER_HANG_S);
		if (s->lib.run_wait(s->daemon, s->n_clients > 0 ? TICK_MS : IDLE_MS) != MHD_YES)
			r = -EIO;
		end_old_clients(s);
	}
	(void)alarm(0);
	if (s->daemon != NULL)
		s->lib.stop_daemon(s->daemon);
	free(s);
	return r;
}
