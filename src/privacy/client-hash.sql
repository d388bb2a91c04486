-- The keyed hash of a whole address, 0 when there is none: SipHash-2-4 of 128 bits over its 16 bytes, as its authors have
-- it, so that it stays what it is with every release of the engine.
if(client_ip = toIPv6('::'), toUInt128(0), reinterpretAsUInt128(sipHash128ReferenceKeyed((/*key_low*/, /*key_high*/), client_ip)))
