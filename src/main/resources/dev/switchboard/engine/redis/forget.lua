-- Forgets a fact. KEYS as for put.
-- ARGV: 1 name, 2 name of the change, 3 channel of Redis, 4 command that announces, 5 message.

redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
redis.call(ARGV[4], ARGV[3], ARGV[5])
return 1
