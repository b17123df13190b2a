-- Counts one slice of one partition, once. Everything or nothing: Redis runs no other command in between and logs the
-- whole effect as one transaction. What the slice adds is added up first, so that each key is asked and written once.
--
-- ARGV: prefix, position field, from, next; then ten for each event: offset, seen bucket, seen member, listener, track,
-- artists (16 bytes each), album ('' for none), listened at (ms), arrived at (ms), counted ('1' or '0').
-- Answers {0, position}: the position is below `from`, nothing was done; or {1, position}: counted.
local FIRST, WIDTH = 5, 10
local ACTIVE_MS = 300000 -- a listener is active for five minutes after a listen began
local AHEAD = 31         -- ten-second buckets that a listen may lie ahead of its arrival: the API allows five minutes
local PULSES = 365       -- ten-second buckets kept: an hour and a little
local HOURS = 25         -- whole hours kept beside the running one: the day's chart, and a reader an hour behind
local MANY = 1000        -- members of one call: Lua passes only so many arguments
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

-- What the slice adds: id → plays, of all time and by hour, for each kind.
local plays = {t = {}, a = {}, l = {}}
local hours = {t = {}, a = {}, l = {}}
local active, pulse, days = {}, {}, {}
local function play(kind, id, h)
  local of_all = plays[kind]
  of_all[id] = (of_all[id] or 0) + 1
  if h then
    local by_hour = hours[kind]
    local of_hour = by_hour[h]
    if not of_hour then
      of_hour = {}
      by_hour[h] = of_hour
    end
    of_hour[id] = (of_hour[id] or 0) + 1
  end
end

for i = FIRST, #ARGV, WIDTH do
  if tonumber(ARGV[i]) >= position and redis.call('SADD', prefix .. 'seen:' .. ARGV[i + 1], ARGV[i + 2]) == 1 then
    local at = tonumber(ARGV[i + 7])
    local t = floor(at / 10000)
    if at > newest - ACTIVE_MS and t <= tick + AHEAD then
      local listener = ARGV[i + 3]
      if at > (active[listener] or 0) then active[listener] = at end
    end
    if ARGV[i + 9] == '1' then
      local h = floor(at / 3600000)
      if h < hour - HOURS or h > hour + 1 then h = nil end
      play('t', ARGV[i + 4], h)
      local artists = ARGV[i + 5]
      if #artists == 16 then
        play('a', artists, h)
      else
        for at_byte = 1, #artists, 16 do play('a', string.sub(artists, at_byte, at_byte + 15), h) end
      end
      if ARGV[i + 6] ~= '' then play('l', ARGV[i + 6], h) end
      if t >= tick - PULSES and t <= tick + AHEAD then pulse[t] = (pulse[t] or 0) + 1 end
      local day = floor(at / 86400000)
      days[day] = (days[day] or 0) + 1
    end
  end
end

-- Calls `with` for the members of a table, so many at a time.
local function each_many(members, with)
  local many = {}
  for member in pairs(members) do
    many[#many + 1] = member
    if #many == MANY then
      with(many)
      many = {}
    end
  end
  if #many > 0 then with(many) end
end

-- Adds to the scores of a sorted set: all are asked at once, and written at once.
local function add(key, added)
  each_many(added, function(ids)
    local scores, pairs = redis.call('ZMSCORE', key, unpack(ids)), {}
    for i, id in ipairs(ids) do
      pairs[2 * i - 1] = string.format('%.0f', (scores[i] and tonumber(scores[i]) or 0) + added[id])
      pairs[2 * i] = id
    end
    redis.call('ZADD', key, unpack(pairs))
  end)
end

-- The plays of deleted ids are counted apart, so that it makes no difference whether a listen or a deletion comes first:
-- they are on different topics.
if redis.call('EXISTS', prefix .. 'deleted') == 1 then
  for kind, added in pairs(plays) do
    local gone = {}
    each_many(added, function(ids)
      for i, is_deleted in ipairs(redis.call('SMISMEMBER', prefix .. 'deleted', unpack(ids))) do
        if is_deleted == 1 then gone[ids[i]] = added[ids[i]] end
      end
    end)
    if next(gone) then
      add(prefix .. 'gone:' .. kind, gone)
      for id in pairs(gone) do
        added[id] = nil
        for _, of_hour in pairs(hours[kind]) do of_hour[id] = nil end
      end
    end
  end
end

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

for kind, added in pairs(plays) do
  add(prefix .. 'plays:' .. kind, added)
  for h, of_hour in pairs(hours[kind]) do
    local bucket = prefix .. 'hour:' .. kind .. ':' .. h
    add(bucket, of_hour)
    -- Only so that a service nobody uses any more forgets its last day too.
    redis.call('EXPIRE', bucket, 27 * 3600)
    for _, top in ipairs(tops) do
      if top.kind == kind and top.first <= h and h <= top.last then add(top.key, of_hour) end
    end
  end
end
each_many(active, function(listeners)
  local pairs = {}
  for i, listener in ipairs(listeners) do
    pairs[2 * i - 1] = string.format('%.0f', active[listener])
    pairs[2 * i] = listener
  end
  redis.call('ZADD', prefix .. 'active', 'GT', unpack(pairs))
end)
for t, count in pairs(pulse) do redis.call('HINCRBY', prefix .. 'pulse', t, count) end
for day, count in pairs(days) do redis.call('HINCRBY', prefix .. 'days', day, count) end
redis.call('HSET', prefix .. 'pos', field, ARGV[4])
return {1, ARGV[4]}
