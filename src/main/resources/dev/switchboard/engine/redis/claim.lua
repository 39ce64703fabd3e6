-- Returns 1 if nothing has claimed KEYS[1] for ARGV[1] ms, else 0.

return redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) and 1 or 0
