-- KEYS[3] remembers the answer to an idempotency key, if there is one.
-- ARGV: 3 an epoch that is new, 4 channel of Redis, 5 command that announces, 6 bytes, 7 maximum
-- number of publications, 8 time to live in ms, 9 version with 20 digits or empty, 10 its series,
-- 11 time to live of the answer in ms.
-- Returns epoch and offset. All that can be refused is refused before the first write.

local generation = generation()
if not generation then
    return HIDDEN
end
local meta = redis.call('HMGET', KEYS[1], 'e', 'o', 'g', 'v', 'w', 'x')
local new = not meta[1]
local rotated = new or ARGV[1] == '1' and meta[3] ~= generation
local epoch = rotated and ARGV[3] or meta[1]
local top = not new and tonumber(meta[2]) or 0
local version, series = ARGV[9], ARGV[10]
local outdated = not new and version ~= '' and meta[4]
        and (series == '' or series == meta[5]) and version <= meta[4]
local offset = outdated and top or top + 1
local position = epoch .. ' ' .. text(offset)

if KEYS[3] then
    local first = redis.call('SET', KEYS[3], position, 'NX', 'GET', 'PX', ARGV[11])
    if first then
        if string.sub(first, 1, #epoch + 1) == epoch .. ' ' then
            return first
        end
        redis.call('SET', KEYS[3], position, 'PX', ARGV[11]) -- the epoch of that answer is over
    end
end

local changes = {'o', text(offset)}
if rotated then
    changes[3], changes[4], changes[5], changes[6] = 'e', epoch, 'g', generation
end
if outdated then
    if rotated then
        redis.call('HSET', KEYS[1], unpack(changes))
    end
    return position
end

local now, life = clock(), tonumber(ARGV[8])
local untended = new or now + life > tonumber(meta[6] or 0)

local id, expiry = text(offset) .. '-0', text(now + life)
local added
if new then
    redis.call('DEL', KEYS[2])
else
    added = redis.pcall('XADD', KEYS[2], 'NOMKSTREAM', 'MAXLEN', '=', ARGV[7], id, 'd', ARGV[6], 'e', expiry)
end
if not added then -- there is no stream, so it has no expiry either
    untended = true
    added = redis.pcall('XADD', KEYS[2], 'MAXLEN', '=', ARGV[7], id, 'd', ARGV[6], 'e', expiry)
end
if type(added) == 'table' then
    if KEYS[3] then
        redis.call('DEL', KEYS[3])
    end
    return added
end
if version ~= '' then
    local n = #changes
    changes[n + 1], changes[n + 2], changes[n + 3], changes[n + 4] = 'v', version, 'w', series
end
if untended then -- not each time: a quarter more than it needs makes it rare
    local latest = now + life + math.min(math.max(math.floor(life / 4), 1000), 86400000)
    local n = #changes
    changes[n + 1], changes[n + 2] = 'x', text(latest)
    redis.call('PEXPIRE', KEYS[2], text(latest - now))
    local first = oldest(now)
    if first then
        redis.call('XTRIM', KEYS[2], 'MINID', '=', first)
    else
        redis.call('DEL', KEYS[2])
    end
    redis.call('HSET', KEYS[1], unpack(changes))
    redis.call('PEXPIRE', KEYS[1], text(math.max(MONTH, latest - now)))
else
    redis.call('HSET', KEYS[1], unpack(changes))
end
redis.call(ARGV[5], ARGV[4], 'p' .. position .. ' ' .. ARGV[6])
return position
