-- Tests refusals at MAIL, at RCPT and at the end of a message, with one and several lines, and that
-- a refused or discarded message is not changed. Run by miltertest.test.
dofile(here .. "/common.lua")

local conn = session()
answer(conn, "y", mt.mailfrom(conn, "<ann@example.org>", "SIZE=1048577"))
answer(conn, "c", mt.mailfrom(conn, "<ann@example.org>", "SIZE=1048576"))
for n = 1, 4 do
    answer(conn, "c", mt.rcptto(conn, "<bob" .. n .. "@example.com>"))
end
answer(conn, "y", mt.rcptto(conn, "<bob5@example.com>"))
content(conn, "c", {{"Subject", "to four of five"}}, "text\r\n")

message(conn, "y", "refuse-me")
-- miltertest compares the reply with its three arguments, joined by blanks.
check("both lines", mt.eom_check(conn, MT_SMTPREPLY, "550-5.7.1 Not here,\r\n550", "5.7.1",
                                 "not 100%% today"))
check("no change of a refused message", not mt.eom_check(conn, MT_HDRADD))
message(conn, "y", "delay-me")
check("one line", mt.eom_check(conn, MT_SMTPREPLY, "451", "4.7.1", "Later"))
message(conn, "d", "lose-me")
check("no change of a discarded message", not mt.eom_check(conn, MT_HDRADD))
message(conn, "a", "pass-me")
check("an accepted message is changed", mt.eom_check(conn, MT_HDRADD, "X-Mark", "seen"))

envelope(conn, "<ann@example.org>", "<bob@example.com>")
content(conn, "y", {{"Content-Type", 'application/x-y; name="run.exe"'},
                    {"Content-Disposition", "attachment"}}, "MZ\r\n")
check("an attachment is refused", mt.eom_check(conn, MT_SMTPREPLY, "554", "5.7.1", "No programs"))
mt.disconnect(conn)
