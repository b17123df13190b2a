-- Writes a generation's record, unless the register has a later stage of it.
-- KEYS: the register. ARGV: number, stage, the record, which begins with the stage.
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held or tonumber(string.match(held, '^%d+')) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
