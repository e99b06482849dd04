/* The SMTP client and the envelope of messages that are played to a chain, as options of a
 * subcommand. It has them in its table from an index of its own on:
 *     enum { OPT_CONFIG, OPT_CLIENT, OPT_JSON = OPT_CLIENT + CLIENT_OPTION_COUNT };
 *     static const struct command_option options[] = {
 *             [OPT_CONFIG] = {"config", "FILE", "configuration file", 'c'},
 *             CLIENT_OPTIONS(OPT_CLIENT), [OPT_JSON] = {"json", NULL, "print it as JSON", 0},
 *             {0}}; */
#ifndef CTL_CLIENT_OPTIONS_H
#define CTL_CLIENT_OPTIONS_H

#include <stddef.h>

#include "ctl/command.h"
#include "ctl/mail_envelope.h"
#include "ctl/mta_script.h"

struct arena;

enum {
	CLIENT_ADDRESS,
	CLIENT_NAME,
	CLIENT_HELO,
	CLIENT_FROM,
	CLIENT_RCPT,
	CLIENT_AUTH,
	CLIENT_TLS,
	CLIENT_MACRO,
	CLIENT_MTA,
	CLIENT_OPTION_COUNT
};

#define CLIENT_OPTIONS(first)                                                                  \
	[(first) + CLIENT_ADDRESS] = {"client", "ADDRESS", "address of the SMTP client", 0},   \
		   [(first) + CLIENT_NAME] = {"client-name", "NAME",                           \
					      "verified name of the SMTP client", 0},          \
		   [(first) + CLIENT_HELO] = {"helo", "NAME",                                  \
					      "HELO name (default: the client's name)", 0},    \
		   [(first) + CLIENT_FROM] = {"from", "ADDRESS",                               \
					      "sender (default: Return-Path, else From)", 0},  \
		   [(first) + CLIENT_RCPT] = {"rcpt", "ADDRESS",                               \
					      "recipient; may be repeated (default: To)", 0},  \
		   [(first) + CLIENT_AUTH] = {"auth", "USER",                                  \
					      "the client is authenticated as USER", 0},       \
		   [(first) + CLIENT_TLS] = {"tls", "VERSION",                                 \
					     "the connection is encrypted, as with TLSv1.3",   \
					     0},                                               \
		   [(first) + CLIENT_MACRO] = {"macro", "NAME=VALUE",                          \
					       "a macro of the MTA; may be repeated", 0},      \
		   [(first) + CLIENT_MTA] = {"mta", "postfix|sendmail",                        \
					     "the MTA to act as (default: postfix)", 0}

struct client_options {
	struct mta_peer peer;
	const char *auth_user;	  /* NULL: not authenticated */
	const char *sender;	  /* in brackets; NULL: that of each message */
	const char *const *rcpts; /* likewise, up to NULL; NULL: those of each message */
};

/* EX_OK and *ret, which is the arena's or the command line's; or EX_USAGE after a message. */
int client_options_read(const struct command *c, const struct command_args *args, size_t first,
			struct arena *arena, struct client_options *ret);

/* The envelope of a message: what was given, else what its header has (mail_envelope.h). */
void client_options_envelope(const struct client_options *o, const struct mta_header *headers,
			     struct arena *arena, struct mail_envelope *ret);

#endif
