-- ARGV: prefix, kind, width, last hour, limit.
return top(ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
