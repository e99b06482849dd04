-- Tests the negotiation: which of the offered protocol bits and actions the chain of
-- polymilter.conf requests, and what happens when one is not offered. Run by miltertest.test.
dofile(here .. "/common.lua")

local function negotiated(version, offered, actions)
    local conn = mt.connect(address)
    return conn, mt.negotiate(conn, version, offered, actions) == nil
end

local ALL = 0x1fffff
local conn, fine = negotiated(6, ALL, ACTIONS)
check("a negotiation with all bits and actions", fine)
for name, bit in pairs({NR_CONN = SMFIP_NR_CONN, NR_HELO = SMFIP_NR_HELO, NR_HDR = SMFIP_NR_HDR,
                        NR_EOH = SMFIP_NR_EOH, NR_BODY = SMFIP_NR_BODY,
                        NOUNKNOWN = SMFIP_NOUNKNOWN, NODATA = SMFIP_NODATA}) do
    check(name .. " is requested", mt.test_option(conn, bit))
    local other = negotiated(6, ALL & ~bit, ACTIONS)
    check(name .. " is not requested when it is not offered", not mt.test_option(other, bit))
    mt.disconnect(other)
end
for name, bit in pairs({NOCONNECT = SMFIP_NOCONNECT, NOHELO = SMFIP_NOHELO, NOMAIL = SMFIP_NOMAIL,
                        NORCPT = SMFIP_NORCPT, NOHDRS = SMFIP_NOHDRS, NOEOH = SMFIP_NOEOH,
                        NOBODY = SMFIP_NOBODY, NR_MAIL = SMFIP_NR_MAIL, NR_RCPT = SMFIP_NR_RCPT,
                        HDR_LEADSPC = SMFIP_HDR_LEADSPC, RCPT_REJ = SMFIP_RCPT_REJ}) do
    check(name .. " is not requested", not mt.test_option(conn, bit))
end
for name, bit in pairs({ADDHDRS = SMFIF_ADDHDRS, CHGBODY = SMFIF_CHGBODY, ADDRCPT = SMFIF_ADDRCPT,
                        DELRCPT = SMFIF_DELRCPT, CHGHDRS = SMFIF_CHGHDRS, CHGFROM = SMFIF_CHGFROM,
                        QUARANTINE = SMFIF_QUARANTINE}) do
    check(name .. " is requested", mt.test_action(conn, bit))
    local _, without = negotiated(6, ALL, ACTIONS & ~bit)
    check("the filter closes without " .. name, not without)
end
for name, bit in pairs({ADDRCPT_PAR = SMFIF_ADDRCPT_PAR, SETSYMLIST = SMFIF_SETSYMLIST}) do
    check(name .. " is requested", mt.test_action(conn, bit))
    local other, without = negotiated(6, ALL, ACTIONS & ~bit)
    check("the filter does not need " .. name, without and not mt.test_action(other, bit))
    mt.disconnect(other)
end
mt.disconnect(conn)
for version = 2, 7 do
    local _, accepted = negotiated(version, ALL, ACTIONS)
    check("version " .. version .. " is accepted", accepted)
end
for version = 0, 1 do
    local _, accepted = negotiated(version, ALL, ACTIONS)
    check("version " .. version .. " is refused", not accepted)
end
