-- Tests that every stage of a session is answered, with the forms that a client may use, and that
-- clients may close the connection. Run by miltertest.test.
dofile(here .. "/common.lua")

local conn = session()
answer(conn, "c", mt.helo(conn, "again.example.net"))
if not mt.test_option(conn, SMFIP_NOUNKNOWN) then
    answer(conn, "c", mt.unknown(conn, "FROBNICATE now please"))
end
answer(conn, "c", mt.mailfrom(conn, "<>"))
answer(conn, "c", mt.mailfrom(conn, "<ann@example.org>", "SIZE=1000", "BODY=8BITMIME"))
answer(conn, "c", mt.rcptto(conn, "<bob@example.com>", "NOTIFY=SUCCESS,FAILURE"))
answer(conn, "c", mt.rcptto(conn, "<carol@example.com>"))
if not mt.test_option(conn, SMFIP_NODATA) then answer(conn, "c", mt.data(conn)) end
answer(conn, "c", mt.header(conn, "Subject", "folded\n\tonce"))
answer(conn, "c", mt.header(conn, "X-Empty", ""))
answer(conn, "c", mt.eoh(conn))
answer(conn, "c", mt.bodystring(conn, "one\r"))
answer(conn, "c", mt.bodystring(conn, "\ntwo\r\n"))
answer(conn, "c", mt.bodyrandom(conn, 5000))
answer(conn, "c", mt.eom(conn))
mt.disconnect(conn)

-- Clients without an address, with an IPv6 address and with an IPv4 address; without HELO.
for _, client in ipairs({"unspec", "2001:db8::1", "127.0.0.1"}) do
    local other = mt.connect(address)
    check("a negotiation", mt.negotiate(other, 6, tonumber(steps), ACTIONS) == nil)
    answer(other, "c", mt.conninfo(other, "client.example.net", client))
    answer(other, "c", mt.mailfrom(other, "<ann@example.org>"))
    mt.disconnect(other)
end

-- Clients that close without QUIT.
mt.disconnect(session(), false)
local gone = session()
envelope(gone, "<gone@example.org>", "<bob@example.com>")
mt.disconnect(gone, false)
