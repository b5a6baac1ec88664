-- Removes a consumer that holds nothing: removing it would forget what is pending for it.
-- KEYS: stream. ARGV: group, consumer. Returns 1 if it is gone.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err then return 1 end
if #pending > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
