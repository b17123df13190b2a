-- ARGV: prefix, now (ms), limit.
-- Answers {active listeners, plays of the last minute, of five minutes, of the hour, of today, top tracks of the hour}.
local prefix, now, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local tick = math.floor(now / 10000)
local ticks = {}
-- A clock that runs ahead dates its listens up to five minutes into the future; they are of the last minute.
for t = tick - 359, tick + 31 do ticks[#ticks + 1] = t end
local minute, five, hour = 0, 0, 0
for i, plays in ipairs(redis.call('HMGET', prefix .. 'pulse', unpack(ticks))) do
  plays = tonumber(plays or 0)
  if ticks[i] > tick - 6 then minute = minute + plays end
  if ticks[i] > tick - 30 then five = five + plays end
  hour = hour + plays
end
return {
  redis.call('ZCOUNT', prefix .. 'active', '(' .. string.format('%.0f', now - 300000), '+inf'),
  minute, five, hour,
  tonumber(redis.call('HGET', prefix .. 'days', math.floor(now / 86400000)) or 0),
  top(prefix, 't', 1, math.floor(now / 3600000), limit),
}
