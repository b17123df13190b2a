-- Takes one slice's deleted things out of every chart, once. Everything or nothing, as store.lua.
--
-- Their plays are kept beside, where store.lua adds those that come later: after any order of listens and deletions the
-- counters are the same.
--
-- ARGV: prefix, position field, from, next; then two for each deletion: kind, id.
-- Answers as store.lua.
local FIRST, WIDTH = 5, 2
local HOURS = 25 -- as in store.lua

local prefix, field = ARGV[1], ARGV[2]
local from, upto = tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HGET', prefix .. 'pos', field) or '0'
local position = tonumber(held)
if position < from then return {0, held} end
if position >= upto then return {1, held} end
redis.call('HSET', prefix .. 'pos', field, ARGV[4])
if #ARGV < FIRST then return {1, ARGV[4]} end

local hour = math.floor(tonumber(redis.call('GET', prefix .. 'newest') or '0') / 3600000)
local tops = redis.call('SMEMBERS', prefix .. 'tops')
for i = FIRST, #ARGV, WIDTH do
  local kind, id = ARGV[i], ARGV[i + 1]
  local plays = redis.call('SADD', prefix .. 'deleted', id) == 1 and redis.call('ZSCORE', prefix .. 'plays:' .. kind, id)
  if plays then
    redis.call('ZREM', prefix .. 'plays:' .. kind, id)
    redis.call('ZADD', prefix .. 'gone:' .. kind, plays, id)
    for h = hour - HOURS, hour + 1 do redis.call('ZREM', prefix .. 'hour:' .. kind .. ':' .. h, id) end
    for _, name in ipairs(tops) do
      if string.sub(name, 1, 1) == kind then redis.call('ZREM', prefix .. 'top:' .. name, id) end
    end
  end
end
return {1, ARGV[4]}
