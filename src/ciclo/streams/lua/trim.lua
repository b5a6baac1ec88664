-- Removes the entries that every group has read and acknowledged.
-- KEYS: stream. Returns how many are gone.
-- Ids are two unsigned 64-bit numbers. Lua's numbers are exact to 53 bits only, so the digits are compared:
-- without leading zeros the longer number is the larger one.
local function number_below(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function below(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return number_below(a_ms, b_ms) end
  return number_below(a_seq, b_seq)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local first_needed = nil
local function need(id)
  if not first_needed or below(id, first_needed) then first_needed = id end
end
for _, pairs in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #pairs, 2 do group[pairs[i]] = pairs[i + 1] end
  need(group['last-delivered-id'])
  local oldest_pending = redis.call('XPENDING', KEYS[1], group['name'])[2]
  if oldest_pending then need(oldest_pending) end
end
if not first_needed then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', '=', first_needed)
