-- ARGV: 3 an epoch that is new, 4 epoch of since or empty, 5 offset of since or empty, 6 maximum
-- number of publications or -1, 7 is 1 for the newest first.
-- Returns epoch and offset of the top, then offset and bytes of each publication. Creates the meta
-- if there is none. Writes nothing else that Redis could refuse when its memory is full.

local generation = generation()
if not generation then
    return HIDDEN
end
local meta = redis.call('HMGET', KEYS[1], 'e', 'o', 'g')
local epoch, top = meta[1], meta[2]
if not epoch then
    epoch, top = ARGV[3], '0'
    redis.call('HSET', KEYS[1], 'e', epoch, 'o', top, 'g', generation)
    redis.call('PEXPIRE', KEYS[1], MONTH)
    redis.call('DEL', KEYS[2])
elseif ARGV[1] == '1' and meta[3] ~= generation then
    epoch = ARGV[3]
    redis.call('HSET', KEYS[1], 'e', epoch, 'g', generation)
end

if redis.call('PTTL', KEYS[1]) < MONTH - 86400000 then
    redis.pcall('PEXPIRE', KEYS[1], MONTH) -- a channel that is read is not abandoned
end
local page = {epoch .. ' ' .. top}
local since, limit, newest = ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1'
if limit == 0 or ARGV[4] ~= '' and ARGV[4] ~= epoch or newest and since == '0' then
    return page
end
local first = oldest(clock())
if not first then
    return page
end
local range
if newest then
    range = {'XREVRANGE', KEYS[2], since == '' and '+' or '(' .. since .. '-0', first}
elseif since ~= '' and tonumber(since) >= tonumber(string.match(first, '%d+')) then
    range = {'XRANGE', KEYS[2], '(' .. since .. '-0', '+'}
else
    range = {'XRANGE', KEYS[2], first, '+'}
end
if limit > 0 then
    range[5], range[6] = 'COUNT', ARGV[6]
end
for _, entry in ipairs(redis.call(unpack(range))) do
    page[#page + 1] = string.match(entry[1], '%d+')
    page[#page + 1] = entry[2][2]
end
return page
