package dev.switchboard.engine.redis;

/** Computes a hash that is the same on all nodes and in all versions, and mixes all its bits. */
final class Hash {

    private Hash() {}

    /** Returns FNV-1a of the bytes, with the last step of MurmurHash3. */
    static long of(byte[] bytes) {
        long hash = 0xcbf29ce484222325L;
        for (byte next : bytes) {
            hash = (hash ^ (next & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
