-- Counts one slice of one partition, once. Everything or nothing: Redis runs no other command in between and logs the
-- whole effect as one transaction.
--
-- ARGV: prefix, position field, from, next; then ten for each event: offset, seen bucket, seen member, listener, track,
-- artists (16 bytes each), album ('' for none), listened at (ms), arrived at (ms), counted ('1' or '0').
-- Answers {0, position}: the position is below `from`, nothing was done; or {1, position}: counted.
local FIRST, WIDTH = 5, 10
local ACTIVE_MS = 300000 -- a listener is active for five minutes after a listen began
local AHEAD = 31         -- ten-second buckets that a listen may lie ahead of its arrival: the API allows five minutes
local PULSES = 365       -- ten-second buckets kept: an hour and a little
local HOURS = 25         -- whole hours kept beside the running one: the day's chart, and a reader an hour behind
local floor = math.floor

local prefix, field = ARGV[1], ARGV[2]
local from, upto = tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HGET', prefix .. 'pos', field) or '0'
local position = tonumber(held)
if position < from then return {0, held} end
if position >= upto then return {1, held} end

-- The projection's clock is the latest arrival, so that counting again gives the same. A producer with a mad clock must
-- not make everybody else's listens look old: more than ten minutes ahead of this server is not believed.
local believed = (tonumber(redis.call('TIME')[1]) + 600) * 1000
local before = tonumber(redis.call('GET', prefix .. 'newest') or '0')
local newest = before
for i = FIRST, #ARGV, WIDTH do
  local arrived = tonumber(ARGV[i + 8])
  if arrived > newest and arrived <= believed then newest = arrived end
end
-- Which of these ids were deleted. Their plays are counted apart, so that it makes no difference whether a listen or a
-- deletion comes first: they are on different topics.
local deleted = {}
if redis.call('EXISTS', prefix .. 'deleted') == 1 then
  local ids, known = {}, {}
  local function ask()
    if #ids == 0 then return end
    for i, is_deleted in ipairs(redis.call('SMISMEMBER', prefix .. 'deleted', unpack(ids))) do
      if is_deleted == 1 then deleted[ids[i]] = true end
    end
    ids = {}
  end
  local function look(id)
    if id == '' or known[id] then return end
    known[id] = true
    ids[#ids + 1] = id
    if #ids == 1000 then ask() end
  end
  for i = FIRST, #ARGV, WIDTH do
    look(ARGV[i + 4])
    for at_byte = 1, #ARGV[i + 5], 16 do look(string.sub(ARGV[i + 5], at_byte, at_byte + 15)) end
    look(ARGV[i + 6])
  end
  ask()
end

-- The first write, and one that Redis refuses when memory is full: a script that has written is not stopped any more.
redis.call('SET', prefix .. 'newest', string.format('%.0f', newest))

-- What fell out of every window since the last slice. Bounded, however far the clock jumped.
local tick, tick_before = floor(newest / 10000), floor(before / 10000)
if tick - tick_before > 2 * PULSES then
  redis.call('DEL', prefix .. 'pulse')
elseif tick > tick_before then
  local old = {}
  for t = tick_before - PULSES, tick - PULSES - 1 do old[#old + 1] = t end
  redis.call('HDEL', prefix .. 'pulse', unpack(old))
end
local hour, hour_before = floor(newest / 3600000), floor(before / 3600000)
for h = hour_before - HOURS, math.min(hour_before + 1, hour - HOURS - 1) do
  for _, kind in ipairs({'t', 'a', 'l'}) do redis.call('UNLINK', prefix .. 'hour:' .. kind .. ':' .. h) end
end
redis.call('ZREMRANGEBYSCORE', prefix .. 'active', '-inf', newest - ACTIVE_MS)

-- Charts that a reader has had made; an expired one must not come back with this slice's plays only.
local tops = {}
for _, name in ipairs(redis.call('SMEMBERS', prefix .. 'tops')) do
  if redis.call('EXISTS', prefix .. 'top:' .. name) == 1 then
    local kind, width, last = string.match(name, '^(%a):(%d+):(%d+)$')
    tops[#tops + 1] = {key = prefix .. 'top:' .. name, kind = kind, first = last - width, last = tonumber(last)}
  else
    redis.call('SREM', prefix .. 'tops', name)
  end
end

local touched = {}
local function play(kind, id, h)
  if deleted[id] then
    redis.call('ZINCRBY', prefix .. 'gone:' .. kind, 1, id)
    return
  end
  redis.call('ZINCRBY', prefix .. 'plays:' .. kind, 1, id)
  if h < hour - HOURS or h > hour + 1 then return end
  local bucket = prefix .. 'hour:' .. kind .. ':' .. h
  redis.call('ZINCRBY', bucket, 1, id)
  touched[bucket] = true
  for _, top in ipairs(tops) do
    if top.kind == kind and top.first <= h and h <= top.last then redis.call('ZINCRBY', top.key, 1, id) end
  end
end

for i = FIRST, #ARGV, WIDTH do
  if tonumber(ARGV[i]) >= position and redis.call('SADD', prefix .. 'seen:' .. ARGV[i + 1], ARGV[i + 2]) == 1 then
    local at = tonumber(ARGV[i + 7])
    local t = floor(at / 10000)
    if at > newest - ACTIVE_MS and t <= tick + AHEAD then
      redis.call('ZADD', prefix .. 'active', 'GT', at, ARGV[i + 3])
    end
    if ARGV[i + 9] == '1' then
      local h = floor(at / 3600000)
      play('t', ARGV[i + 4], h)
      for at_byte = 1, #ARGV[i + 5], 16 do play('a', string.sub(ARGV[i + 5], at_byte, at_byte + 15), h) end
      if ARGV[i + 6] ~= '' then play('l', ARGV[i + 6], h) end
      if t >= tick - PULSES and t <= tick + AHEAD then redis.call('HINCRBY', prefix .. 'pulse', t, 1) end
      redis.call('HINCRBY', prefix .. 'days', floor(at / 86400000), 1)
    end
  end
end

-- Only so that a service nobody uses any more forgets its last day too.
for bucket in pairs(touched) do redis.call('EXPIRE', bucket, 27 * 3600) end
redis.call('HSET', prefix .. 'pos', field, ARGV[4])
return {1, ARGV[4]}
