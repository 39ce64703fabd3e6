-- Announces a message without storing it. KEYS[1] only keeps calls in order. KEYS[2] remembers
-- that an idempotency key was used, if there is one.
-- ARGV: 1 channel of Redis, 2 command that announces, 3 message, 4 time to live of the key in ms.

if KEYS[2] and not redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[4]) then
    return 0
end
local heard = redis.pcall(ARGV[2], ARGV[1], ARGV[3])
if type(heard) == 'table' then
    if KEYS[2] then
        redis.call('DEL', KEYS[2])
    end
    return heard
end
return 1
