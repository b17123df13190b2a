-- The first `limit` of the plays of hours last - width to last. Made once by uniting the hour buckets, from then on
-- kept current by store.lua, so that a chart is one range read.
local function top(prefix, kind, width, last, limit)
  local name = string.format('%s:%d:%d', kind, width, last)
  local key = prefix .. 'top:' .. name
  if redis.call('EXISTS', key) == 0 then
    local hours = {}
    for h = last - width, last do hours[#hours + 1] = prefix .. 'hour:' .. kind .. ':' .. h end
    if redis.call('ZUNIONSTORE', key, #hours, unpack(hours)) == 0 then return {} end
    redis.call('SADD', prefix .. 'tops', name)
    -- Read during one hour of the reader's clock.
    redis.call('EXPIRE', key, 7200)
  end
  return redis.call('ZRANGE', key, 0, limit - 1, 'REV', 'WITHSCORES')
end
