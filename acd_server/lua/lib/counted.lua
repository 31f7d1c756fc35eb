-- What the center's clock counts, once a script has read it (lib/ledger): stamp, sequence, bytes.
local counted
