-- Appends entries to a stream.
-- KEYS: stream. ARGV: how many to keep ('' for all), the fields' names, the entries' values row by row; JSON.
-- One script, so that a waiting consumer is woken by the batch and not by its first entry.
local kept, fields = ARGV[1], cjson.decode(ARGV[2])
for _, row in ipairs(cjson.decode(ARGV[3])) do
  local command = {'XADD', KEYS[1]}
  if kept ~= '' then
    command = {'XADD', KEYS[1], 'MAXLEN', '~', kept}
  end
  table.insert(command, '*')
  for place, field in ipairs(fields) do
    table.insert(command, field)
    table.insert(command, row[place])
  end
  redis.call(unpack(command))
end
