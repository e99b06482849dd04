/* The Accept field of a request for /metrics: which of the two texts the client prefers. */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stdbool.h>

/* Whether a client with this field (NULL: none) gets OpenMetrics 1.0.0: when the field names
 * it, and not text/plain with a higher weight (RFC 9110, 12.5.1). All others get Prometheus'
 * text format. Examples:
 *
 *	no field, an empty one, "text/html"                                            no
 *	"application/openmetrics-text"                                               yes
 *	"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"  yes
 *	"application/openmetrics-text;q=0.2, text/plain"                             no
 *	"application/openmetrics-text;version=0.0.1"                                 no
 *	"application/openmetrics-text;q=0"                                           no */
bool accept_prefers_openmetrics(const char *field);

#endif
