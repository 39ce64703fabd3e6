package dev.switchboard.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a token, so that the application can revoke it.
 *
 * @param id the claim {@code jti}; empty if the token has none
 * @param issuedAt the claim {@code iat}; null if the token has none
 */
public record TokenId(String id, @Nullable Instant issuedAt) {}
