-- Tests several messages on one connection, with aborted ones between them: neither changes nor
-- macros of one message apply to the next. Run by miltertest.test.
dofile(here .. "/common.lua")

local conn = session()
mt.abort(conn)
mt.abort(conn)
envelope(conn, "<ann@old.example>", "<bob@old.example>")
mt.abort(conn)
message(conn, "c", "one")
check("no recipient of an aborted message", not mt.eom_check(conn, MT_RCPTADD,
                                                              "<bob@new.example>"))
for _, subject in ipairs({"refuse-me", "aborted", "delay-me", "lose-me"}) do
    envelope(conn, "<ann@old.example>", "<bob@old.example>")
    answer(conn, "c", mt.header(conn, "Subject", subject))
    answer(conn, "c", mt.header(conn, "X-Footer", "yes"))
    answer(conn, "c", mt.eoh(conn))
    answer(conn, "c", mt.bodystring(conn, "gone\r\n"))
    mt.abort(conn)
    message(conn, "c", "after " .. subject:gsub("-me", ""))
    check("no body of an aborted message", not mt.eom_check(conn, MT_BODYCHANGE))
end
for n = 1, 20 do
    message(conn, n % 2 == 0 and "y" or "c", n % 2 == 0 and "refuse-me" or "fine")
end

-- A macro of MAIL applies to its message, a macro of HELO to all messages that follow.
mt.macro(conn, SMFIC_MAIL, "i", "4Xone", "{daemon_port}", "25")
message(conn, "c", "with a macro")
check("the macro applies", mt.eom_check(conn, MT_HDRADD, "X-Port", "known"))
mt.macro(conn, SMFIC_MAIL, "i", "4Xtwo")
message(conn, "c", "without")
check("a macro of the message before does not apply", not mt.eom_check(conn, MT_HDRADD, "X-Port"))
mt.macro(conn, SMFIC_HELO, "{daemon_port}", "25")
answer(conn, "c", mt.helo(conn, "client.example.net"))
for _, id in ipairs({"4Xthree", "4Xfour"}) do
    mt.macro(conn, SMFIC_RCPT, "i", id)
    message(conn, "c", "with a macro of HELO")
    check("the macro of HELO applies", mt.eom_check(conn, MT_HDRADD, "X-Port", "known"))
end
mt.disconnect(conn)
