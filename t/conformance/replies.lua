-- Refusals: at MAIL, at RCPT, at the end; with a code, with several lines; no verdict but that.
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
-- miltertest compares with its three parts and a blank between them
check("both lines", mt.eom_check(conn, MT_SMTPREPLY, "550-5.7.1 Not here,\r\n550", "5.7.1",
                                 "not 100%% today"))
check("no change of what was refused", not mt.eom_check(conn, MT_HDRADD))
message(conn, "y", "delay-me")
check("one line", mt.eom_check(conn, MT_SMTPREPLY, "451", "4.7.1", "Later"))
message(conn, "d", "lose-me")
check("no change of what is thrown away", not mt.eom_check(conn, MT_HDRADD))
message(conn, "a", "pass-me")
check("changes before the acceptance", mt.eom_check(conn, MT_HDRADD, "X-Mark", "seen"))

envelope(conn, "<ann@example.org>", "<bob@example.com>")
content(conn, "y", {{"Content-Type", 'application/x-y; name="run.exe"'},
                    {"Content-Disposition", "attachment"}}, "MZ\r\n")
check("no attachment", mt.eom_check(conn, MT_SMTPREPLY, "554", "5.7.1", "No programs"))
mt.disconnect(conn)
