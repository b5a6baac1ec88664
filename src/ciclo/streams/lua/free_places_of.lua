-- Frees the places that some have taken, as each of them noted: the place, then the sets that it was taken in.
-- KEYS: what the names of notes begin with. ARGV: whose places. Returns how many there were.
local freed = 0
for _, taker in ipairs(ARGV) do
  local note = redis.call('GET', KEYS[1] .. ':' .. taker)
  if note then
    local place = nil
    for word in string.gmatch(note, '%S+') do
      if place then
        freed = freed + redis.call('ZREM', word, place)
      else
        place = word
      end
    end
    redis.call('DEL', KEYS[1] .. ':' .. taker)
  end
end
return freed
