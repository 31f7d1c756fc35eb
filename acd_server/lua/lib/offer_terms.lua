-- What the center's policy says of offers, once a script has read it (lib/offer).
local offer_timeout, auto_accept
