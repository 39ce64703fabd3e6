-- Announces the join or the leave of a client, and notes in KEYS[1] whether another node must still
-- announce its leave.
-- ARGV: 1 channel of Redis, 2 command that announces, 3 message, 4 client, 5 is 1 after a join, 0
-- after a leave.

local entry = redis.call('HGET', KEYS[1], ARGV[4])
local space = entry and string.find(entry, ' ', 1, true)
if space then
    redis.call('HSET', KEYS[1], ARGV[4], string.sub(entry, 1, space) .. ARGV[5] .. string.sub(entry, space + 2))
end
redis.call(ARGV[2], ARGV[1], ARGV[3])
return 1
