/* Mailboxes: an address as a client wrote it, brought to one form, so that two spellings of one
 * mailbox are equal. MTAs deliver all of these to joe@example.com, and so do we understand
 * them:
 *
 *	<joe@example.com>		brackets, also two pairs: <<joe@example.com>>
 *	<@a.example,@b.example:joe@example.com>	a source route, RFC 5321, appendix C
 *	<"joe"@example.com>		quotes without need, RFC 5321, section 4.1.2
 *	<"j\oe"@example.com>, <j\oe@example.com>	backslashes, RFC 5321, section 4.1.2
 *	<joe @ example . com>		blanks and
 *	<joe(x)@example.com>		comments, RFC 5322, section 3.4.1
 *	<joe@"example.com">, <"joe@example.com">
 *	<joe@example.com.>		a dot at the end
 *
 * What an MTA makes of a percent sign or an exclamation mark, and how a mailbox without a
 * domain goes on, is not known here: that the MTA says in a macro (session/envelope.h). */
#ifndef UTIL_MAILBOX_H
#define UTIL_MAILBOX_H

struct arena;
struct buf;

/* The one form of a mailbox that is compared, looked up and mapped. addr is an address with or
 * without brackets. The result is the arena's:
 *
 *	local@domain; local without a domain; "" for <>
 *
 * The local part is in quotes only when it has a character that must be quoted, and then with
 * backslashes only before '"' and '\'; dots never need quotes here, since MTAs take
 * a..b@example.com as it is. Its case stays. A domain that is not ASCII is in A-labels when it
 * has that form. Two words with only a blank or comment between are joined with a dot, as
 * Sendmail does; Postfix refuses them. Takes linear time. */
char *mailbox_from_path(struct arena *arena, const char *addr);

/* The same mailbox as RFC 5321, section 4.1.2, has it in a command: a local part with a dot at
 * its begin or end, or with two in a row, is in quotes too. */
const char *mailbox_for_command(struct arena *arena, const char *mailbox);

/* Appends "<a@example.org>" for the value of a header field: without what could end its line,
 * which becomes '?', and of a long mailbox the beginning. An address may be UTF-8 (RFC 6531).
 */
void mailbox_append_to_field(struct buf *out, const char *mailbox);

/* What stands behind the last '@' of a result, or "". */
const char *mailbox_domain(const char *mailbox);

/* The path of a recipient by which the MTA finds it to remove it (SMFIR_DELRCPT). It is the one
 * that the MTA sent but for two things that Postfix has cut before it keeps the address: a
 * source route, and a second pair of brackets with all that stands outside of it:
 *
 *	<@a.example:"joe"@example.com>	<"joe"@example.com>
 *	<<joe@example.com>>		<joe@example.com>
 *	<"joe" @example.com>		itself: the spelling counts
 *
 * Sendmail finds it by either. The result is addr or the arena's. */
const char *mailbox_removal_path(struct arena *arena, const char *addr);

#endif
