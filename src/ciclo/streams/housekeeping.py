"""Housekeeping: removing consumers that are gone and entries that every group is done with.

Each is one Lua script, so that nothing can change between the look and the removal.
"""

from typing import Final

from ciclo.streams.connection import Streams, translated

_LEAVE: Final = """
-- KEYS: stream. ARGV: group, consumer. Removing a consumer would forget what is pending for it.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err then return 1 end
if #pending > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
"""

_REAP: Final = """
-- KEYS: stream. ARGV: group, consumer to keep, least idle time in ms.
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
"""

_TRIM: Final = """
-- KEYS: stream. Ids are two unsigned 64-bit numbers. Lua's numbers are exact to 53 bits only, so the digits
-- are compared: without leading zeros the longer number is the larger one.
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
"""


async def leave(streams: Streams, *, stream: str, group: str, consumer: str) -> bool:
    """Remove *consumer* if nothing is pending for it; return whether it is gone.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translated(f"leave group {group} of {stream}"):
        script = streams.redis.register_script(_LEAVE)
        return bool(await script(keys=[streams.key(stream)], args=[group, consumer]))


async def reap(streams: Streams, *, stream: str, group: str, idle_ms_min: int, keep: str = "") -> int:
    """Remove consumers that hold nothing and have been idle for more than *idle_ms_min*; return how many.

    Up to Redis 7.0 an idle time is that of the last entry, so that a live consumer of a quiet stream may be
    removed. That is harmless: its blocked read goes on, and its next entry makes it anew.

    Args:
        streams: where.
        stream: the stream's name, without prefix.
        group: the consumers' group.
        idle_ms_min: choose it far above `ConsumerOptions.block_ms`, for example an hour.
        keep: a consumer that is never removed: the caller, if it is one.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translated(f"reap consumers of {stream}"):
        script = streams.redis.register_script(_REAP)
        return int(await script(keys=[streams.key(stream)], args=[group, keep, idle_ms_min]))


async def trim(streams: Streams, stream: str) -> int:
    """Remove the entries that every group has read and acknowledged; return how many.

    An entry stays as long as any group has it unread or pending, so a group that nobody reads any more
    makes its stream grow: destroy such a group. A stream without groups is left alone.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translated(f"trim {stream}"):
        script = streams.redis.register_script(_TRIM)
        return int(await script(keys=[streams.key(stream)]))
