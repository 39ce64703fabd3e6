-- Keeps a fact. KEYS[1] has a field for each fact: its end in ms, a space, and its value. KEYS[2]
-- names the last change.
-- ARGV: 1 name, 2 end in ms, 3 value, 4 when Redis may forget the fact, 5 name of the change,
-- 6 channel of Redis, 7 command that announces, 8 message.

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
if redis.call('PEXPIRETIME', KEYS[1]) < tonumber(ARGV[4]) then
    redis.call('PEXPIREAT', KEYS[1], ARGV[4])
end
redis.call('SET', KEYS[2], ARGV[5])
redis.call(ARGV[7], ARGV[6], ARGV[8])
return 1
