package dev.switchboard.api;

import java.util.List;

/** A page of a channel's past, taken at one moment: {@code top} is where the history stood then. */
public record History(List<Publication> publications, Position top) {}
