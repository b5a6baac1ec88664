-- Takes a place where there is room in each of several sliding windows.
-- KEYS: sorted set of places by when they were taken. ARGV: now, the place, then for each window its length and
-- how many places it has; times in ms. Returns 0, or in how many ms there is room.
local now, wait, longest = tonumber(ARGV[1]), 0, 0
for i = 3, #ARGV, 2 do
  local length, places = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  longest = math.max(longest, length)
  local nth = redis.call('ZREVRANGE', KEYS[1], places - 1, places - 1, 'WITHSCORES')
  if nth[2] then
    wait = math.max(wait, tonumber(nth[2]) + length - now)
  end
end
if wait > 0 then return wait end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - longest)
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], longest)
return 0
