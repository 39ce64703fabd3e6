package dev.switchboard.bench;

/** The figures that the benchmark measures. */
public enum Figure {
    DELIVERIES("deliveries/s", 0),
    CPU("CPU µs per delivery", 1),
    LOAD_CPU("CPU µs per delivery of the load generator", 1),
    P50("p50 ms", 1),
    P90("p90 ms", 1),
    P99("p99 ms", 1),
    P999("p99.9 ms", 1),
    MAX("max ms", 1),
    LOST("lost", 0),
    DOUBLED("doubled", 0),
    DISORDERED("out of order", 0),
    GONE("readers disconnected", 0),
    CUT_OFF("silent clients cut off", 0),
    GROWTH("MiB grown", 1),
    RESIDENT("kB per connection", 1),
    HEAP("kB of live heap per connection", 1),
    OWN("kB of own objects per connection", 2),
    CONNECTING("CPU µs per connection made", 0),
    START("s to the first answer", 2);

    private final String title;
    private final int digits;

    Figure(String title, int digits) {
        this.title = title;
        this.digits = digits;
    }

    String title() {
        return title;
    }

    /** Returns the number of digits after the decimal point. */
    int digits() {
        return digits;
    }
}
