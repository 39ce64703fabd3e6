-- Returns the name of the last change; if it is not ARGV[1], also name and field of each fact.
-- Removes facts that ended before ARGV[2], in ms.

local change = redis.call('GET', KEYS[2])
if change and change == ARGV[1] then
    return change
end
local reply = {change or ''}
local facts = redis.call('HGETALL', KEYS[1])
for i = 1, #facts, 2 do
    if tonumber(string.match(facts[i + 1], '^%d+') or 0) < tonumber(ARGV[2]) then
        redis.pcall('HDEL', KEYS[1], facts[i])
    else
        reply[#reply + 1] = facts[i]
        reply[#reply + 1] = facts[i + 1]
    end
end
return reply
