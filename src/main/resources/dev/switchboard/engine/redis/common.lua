-- Begins each script. ARGV[1] is '1' for the fence or '0'; ARGV[2] moves the clock on, in ms.

local HIDDEN = {err = 'NOFENCE INFO replication shows no master_replid'}

-- Returns the time in ms.
local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
end

-- Returns the name of what Redis knows without a break; nil if Redis hides it. It changes when
-- Redis starts again and when a replica becomes the master. Only here is it read at the time of
-- the change that it guards.
local function generation()
    if ARGV[1] == '0' then
        return ''
    end
    local info = redis.pcall('INFO', 'replication')
    local name = type(info) == 'string' and string.find(info, 'master_replid:', 1, true)
    return name and string.sub(info, name + 14, name + 53)
end
