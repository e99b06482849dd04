-- What the scripts share. miltertest.test gives them address, steps (the protocol bits that the
-- MTA offers), here.
--
-- What is to be known of miltertest 1.5, and is not in its manual:
-- mt.negotiate() takes the steps before the actions; the index of MT_HDRCHANGE is read from the
-- wrong argument, so that none fits; of a reply it keeps the letter, and its text at the end of a
-- message only, where all three parts must be given; after a step that wants no answer the letter
-- is "c"; frames of more than 1 KiB overflow its buffer; a step that was left out is sent with
-- values of its own; and it can send neither QUIT_NC nor a frame that is wrong (sessions/odd-quit
-- does).

ACTIONS = SMFIF_ADDHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_CHGHDRS |
          SMFIF_QUARANTINE | SMFIF_CHGFROM | SMFIF_ADDRCPT_PAR | SMFIF_SETSYMLIST

-- miltertest ends at an error, and says nothing of it.
local function fail(what)
    print("line " .. debug.getinfo(3, "l").currentline .. ": " .. what)
    error(what)
end

mt.set_timeout(60) -- the time that a busy machine may need

-- A step went well, and the filter said this letter.
function answer(conn, letter, failure)
    local said = string.char(math.tointeger(mt.getreply(conn)))
    if failure ~= nil then fail(failure) end
    if said ~= letter then fail("it says '" .. said .. "', not '" .. letter .. "'") end
end

function check(what, holds)
    if not holds then fail("not so: " .. what) end
end

-- A connection that has said HELO.
function session()
    local conn = mt.connect(address)
    check("a connection", conn ~= nil)
    check("a negotiation", mt.negotiate(conn, 6, tonumber(steps), ACTIONS) == nil)
    answer(conn, "c", mt.conninfo(conn, "client.example.net", "192.0.2.1"))
    answer(conn, "c", mt.helo(conn, "client.example.net"))
    return conn
end

function envelope(conn, sender, ...)
    answer(conn, "c", mt.mailfrom(conn, sender))
    for _, rcpt in ipairs({...}) do
        answer(conn, "c", mt.rcptto(conn, rcpt))
    end
    if not mt.test_option(conn, SMFIP_NODATA) then answer(conn, "c", mt.data(conn)) end
end

-- A message's content, each header a pair; the letter is the answer to its end.
function content(conn, letter, headers, body)
    for _, header in ipairs(headers) do
        answer(conn, "c", mt.header(conn, header[1], header[2]))
    end
    answer(conn, "c", mt.eoh(conn))
    if body ~= "" then answer(conn, "c", mt.bodystring(conn, body)) end
    answer(conn, letter, mt.eom(conn))
end

function message(conn, letter, subject)
    envelope(conn, "<ann@example.org>", "<bob@example.com>")
    content(conn, letter, {{"Subject", subject}}, "text\r\n")
end
