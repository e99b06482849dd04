-- Tests every change that a filter can make at the end of a message. Run by miltertest.test.
dofile(here .. "/common.lua")

local conn = session()
message(conn, "c", "nothing special")
check("a header is added", mt.eom_check(conn, MT_HDRADD, "X-Mark", "seen"))
check("the added header has its value", mt.getheader(conn, "X-Mark", 0) == "seen")
check("a header is inserted", mt.eom_check(conn, MT_HDRINSERT, "X-Top", "first", 1))
check("no header is changed", not mt.eom_check(conn, MT_HDRCHANGE))
check("no header is removed", not mt.eom_check(conn, MT_HDRDELETE))
check("no recipient is added", not mt.eom_check(conn, MT_RCPTADD, "<bob@new.example>"))
check("the body is not replaced", not mt.eom_check(conn, MT_BODYCHANGE))
check("no quarantine", not mt.eom_check(conn, MT_QUARANTINE))

envelope(conn, "<ann@old.example>", "<bob@old.example>", "<carol@example.com>")
content(conn, "c", {{"X-Secret", "1"}, {"Subject", "lottery"}, {"x-secret", "2"},
                    {"Subject", "another"}, {"X-Footer", "yes"}}, "hello\r\n")
check("a header is changed", mt.eom_check(conn, MT_HDRCHANGE, "Subject", "[SPAM?] lottery"))
check("of two only the first is changed",
      not mt.eom_check(conn, MT_HDRCHANGE, "Subject", "[SPAM?] another"))
check("a header is removed", mt.eom_check(conn, MT_HDRDELETE, "X-Secret", 1))
check("another one of its name is removed", mt.eom_check(conn, MT_HDRDELETE, "x-secret", 2))
check("no other header is removed", not mt.eom_check(conn, MT_HDRDELETE, "Subject"))
check("a recipient is deleted", mt.eom_check(conn, MT_RCPTDELETE, "<bob@old.example>"))
check("a recipient is added", mt.eom_check(conn, MT_RCPTADD, "<bob@new.example>"))
check("the other recipient is not deleted",
      not mt.eom_check(conn, MT_RCPTDELETE, "<carol@example.com>"))
check("the body is replaced", mt.eom_check(conn, MT_BODYCHANGE, "hello\r\n\r\nExample Ltd\r\n"))

message(conn, "c", "hold-me")
check("quarantine", mt.eom_check(conn, MT_QUARANTINE, "hold"))
check("no change of the message before", not mt.eom_check(conn, MT_BODYCHANGE))
mt.disconnect(conn)
