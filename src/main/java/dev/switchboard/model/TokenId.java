package dev.switchboard.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a token says of itself, by which it can be taken back.
 *
 * @param id empty for one without
 * @param issuedAt null for one that does not say
 */
public record TokenId(String id, @Nullable Instant issuedAt) {}
