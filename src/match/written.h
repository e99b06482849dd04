/* What is wrong with a value as an administrator wrote it. Input: the text of a list in
 * polymilter.conf, or a key or a value of a table. Output: NULL when nothing is wrong, else the
 * end of a sentence about the text, with the right form in it. Static; nothing is allocated.
 *
 * A value that can never match, or an address that no MTA can deliver to, is a mistake:
 *
 *	"ann@x.example"			an address
 *	"\"ann, bob\"@x.example"	an address: its local part is quoted
 *	"root"				an address without a domain
 *	"ann@x.example bob@x.example"	wrong: two addresses in one text
 *	"ann@x.example # moved"		wrong: a comment
 *	"<ann@x.example>"		wrong: brackets
 *	"x.example"			wrong: a domain, not an address
 *	"*@x.example", '.*@x\.example'	wrong: addresses are compared whole */
#ifndef MATCH_WRITTEN_H
#define MATCH_WRITTEN_H

#include <stdbool.h>

/* The form of an address without brackets: a local part, and '@' and a domain, or neither. What
 * RFC 5321 (section 4.1.2) allows only in a quoted local part must be quoted. Such an address
 * may still be a domain by mistake, see below. "<>" and "" are none. */
const char *written_mailbox_fault(const char *text);

/* An address that mail is sent to, or a sender is rewritten to. The form, and it is neither a
 * domain, nor "table:NAME", nor a pattern, nor a file or a command as in aliases(5), nor has it
 * placeholders or $1, which are not expanded. */
const char *written_target_fault(const char *text);
/* The same with $0 to $9, for which something is captured. "$1.example" may be an address. */
const char *written_replacement_fault(const char *text);
/* True for an address that the MTA completes with a domain of its own: "root". */
bool written_lacks_domain(const char *text);

/* An address that other addresses are compared with: a target, or "<>". */
const char *written_address_fault(const char *text);
/* An address that is right, but contains what people write for "anything". */
const char *written_address_doubt(const char *text);

/* "x.example", ".x.example" (the domains below it), "[192.0.2.1]". */
const char *written_domain_fault(const char *text);

/* A login name, which may have any form, but is compared whole. */
const char *written_login_fault(const char *text);

/* An extension of a file name: "exe", ".exe", "tar.gz". */
const char *written_extension_fault(const char *text);

/* A regular expression: not "table:NAME", and without the slashes of Postfix and Perl when they
 * have flags: "/x/i". */
const char *written_pattern_fault(const char *text);
/* A pattern between slashes without flags matches, but only text with these slashes; an empty
 * one matches everything. */
const char *written_pattern_doubt(const char *text);
/* A pattern for addresses that begins with the bracket of a command: "^<ann@", "^<>$". */
const char *written_address_pattern_fault(const char *text);
/* A pattern for the value of a header field that begins with the field's name, as in Postfix's
 * header_checks(5): "^Subject: spam". */
const char *written_header_pattern_doubt(const char *text, const char *name);
/* A pattern for normalized texts with a capital of ASCII that stands for itself: not in a class
 * or an escape, nor in the name of a group, and the pattern does not begin with (?i). */
const char *written_normalized_pattern_doubt(const char *text);
/* The name of a header field that looks like a pattern: "X-*". It is legal, but no field has
 * it.
 */
const char *written_header_name_doubt(const char *text);
/* A pattern for the names of header fields that ends with a colon, or has a value behind it:
 * "^X-Spam:". */
const char *written_name_pattern_doubt(const char *text);

/* The length of the action word of Postfix's header_checks(5) and access(5) that a table's
 * value begins with: 6 of "REJECT no spam". 0: it begins with none. */
unsigned written_postfix_action(const char *value);

#endif
