-- Removes the consumers of a group that hold nothing and have been idle for long.
-- KEYS: stream. ARGV: group, consumer to keep, least idle time in ms. Returns how many are gone.
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then return 0 end
local reaped = 0
for _, pairs in ipairs(consumers) do
  local consumer = {}
  for i = 1, #pairs, 2 do consumer[pairs[i]] = pairs[i + 1] end
  local spared = consumer.name == ARGV[2] or consumer.pending > 0
  if not spared and consumer.idle > tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    reaped = reaped + 1
  end
end
return reaped
