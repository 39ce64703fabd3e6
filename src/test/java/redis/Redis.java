package redis;

/** Stands for a Redis client, which the rules know by its package. */
public final class Redis {}
