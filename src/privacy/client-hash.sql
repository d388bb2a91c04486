-- The keyed hash of a whole address; 0 without an address. It is the reference SipHash-2-4 with 128 bits, over the 16
-- bytes, so that it stays the same in every release of the engine.
if(client_ip = toIPv6('::'), toUInt128(0), reinterpretAsUInt128(sipHash128ReferenceKeyed((/*key_low*/, /*key_high*/), client_ip)))
