package dev.switchboard.bench;

import java.util.Map;

/** The figures of one server in one scenario of one round. */
record Measurement(int round, String server, String scenario, Map<Figure, Double> figures) {}
