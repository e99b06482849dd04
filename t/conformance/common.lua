-- Functions that all scripts of miltertest share. miltertest.test runs the scripts, with the
-- variables address (of the daemon), steps (the protocol bits that the MTA offers) and here (this
-- folder). A script that returns has passed; it fails by error().
--
-- Properties of miltertest 1.5 that its manual does not mention:
-- * mt.negotiate() takes the protocol bits before the actions.
-- * mt.eom_check() reads the index of MT_HDRCHANGE from the wrong argument, so no index matches.
-- * mt.getreply() returns the letter of a reply. Its text is available only at the end of a
--   message, by mt.eom_check() with all three parts.
-- * After a command that is not answered the letter is "c".
-- * Frames of more than 1 KiB overflow its buffer.
-- * It sends commands that a script leaves out with values of its own.
-- * It cannot send QUIT_NC or an invalid frame; sessions/odd-quit and odd-frames have these.

ACTIONS = SMFIF_ADDHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_CHGHDRS |
          SMFIF_QUARANTINE | SMFIF_CHGFROM | SMFIF_ADDRCPT_PAR | SMFIF_SETSYMLIST

-- Ends the script, after a message with the line of the script: miltertest prints none.
local function fail(what)
    print("line " .. debug.getinfo(3, "l").currentline .. ": " .. what)
    error(what)
end

mt.set_timeout(60) -- seconds, enough on a busy machine

-- The filter answered the last command with this letter. failure: what the mt function of that
-- command returned, nil for success.
function answer(conn, letter, failure)
    local got = string.char(math.tointeger(mt.getreply(conn)))
    if failure ~= nil then fail(failure) end
    if got ~= letter then fail("the answer is '" .. got .. "', not '" .. letter .. "'") end
end

function check(what, holds)
    if not holds then fail("check failed: " .. what) end
end

-- A new connection, after HELO.
function session()
    local conn = mt.connect(address)
    check("a connection", conn ~= nil)
    check("a negotiation", mt.negotiate(conn, 6, tonumber(steps), ACTIONS) == nil)
    answer(conn, "c", mt.conninfo(conn, "client.example.net", "192.0.2.1"))
    answer(conn, "c", mt.helo(conn, "client.example.net"))
    return conn
end

-- MAIL, RCPT for each further argument, and DATA, all answered with "c".
function envelope(conn, sender, ...)
    answer(conn, "c", mt.mailfrom(conn, sender))
    for _, rcpt in ipairs({...}) do
        answer(conn, "c", mt.rcptto(conn, rcpt))
    end
    if not mt.test_option(conn, SMFIP_NODATA) then answer(conn, "c", mt.data(conn)) end
end

-- The content of a message, whose headers are {name, value}. letter: the answer to its end.
function content(conn, letter, headers, body)
    for _, header in ipairs(headers) do
        answer(conn, "c", mt.header(conn, header[1], header[2]))
    end
    answer(conn, "c", mt.eoh(conn))
    if body ~= "" then answer(conn, "c", mt.bodystring(conn, body)) end
    answer(conn, letter, mt.eom(conn))
end

-- A whole message with this subject. letter: the answer to its end.
function message(conn, letter, subject)
    envelope(conn, "<ann@example.org>", "<bob@example.com>")
    content(conn, letter, {{"Subject", subject}}, "text\r\n")
end
