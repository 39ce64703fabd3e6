-- Removes the publications KEYS[1] of a stream. Its meta stays.

return redis.call('DEL', KEYS[1])
