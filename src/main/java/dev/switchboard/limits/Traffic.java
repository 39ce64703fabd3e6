package dev.switchboard.limits;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts publications and their deliveries by namespace, and measures how long deliveries take. Any
 * thread, also under a lock; memory only.
 *
 * <p>The namespaces are those of the channel rules. All other channels count as {@link #OTHER}, so
 * that clients cannot add labels.
 */
public final class Traffic {

    /** The label of channels without a namespace of the rules. */
    public static final String OTHER = "other";

    /** Counts the publications of the channels of one namespace. */
    public static final class Namespace {

        private final LongAdder publications = new LongAdder();
        private final LongAdder publicationBytes = new LongAdder();
        private final LongAdder deliveries = new LongAdder();
        private final LongAdder deliveryBytes = new LongAdder();

        private Namespace() {}

        /** Counts a publication that was given to the engine. */
        public void published(int bytes) {
            publications.increment();
            publicationBytes.add(bytes);
        }

        /** Counts several deliveries, with the bytes of all of them together. */
        public void delivered(int times, long bytes) {
            deliveries.add(times);
            deliveryBytes.add(bytes);
        }

        /** Returns the number of publications that this node gave to the engine. */
        public long publications() {
            return publications.sum();
        }

        /** Returns the bytes of the data of these publications. */
        public long publicationBytes() {
            return publicationBytes.sum();
        }

        /**
         * Returns the number of frames with a publication that clients of this node were to get.
         * Some of them were dropped later, because the client was slow or had ended.
         */
        public long deliveries() {
            return deliveries.sum();
        }

        /** Returns the bytes of these frames. */
        public long deliveryBytes() {
            return deliveryBytes.sum();
        }
    }

    private final Map<String, Namespace> namespaces = new HashMap<>();
    private final Namespace other;
    private final Histogram fanOuts = new Histogram();
    private final Histogram delays = new Histogram();

    /** If one of the namespaces is called {@link #OTHER}, all other channels count as it. */
    public Traffic(Collection<String> namespaces) {
        namespaces.forEach(name -> this.namespaces.put(name, new Namespace()));
        this.other = this.namespaces.computeIfAbsent(OTHER, unused -> new Namespace());
    }

    /** Returns what counts that namespace; null for a channel without one. */
    public Namespace of(@Nullable String name) {
        return name == null ? other : namespaces.getOrDefault(name, other);
    }

    /** Returns a copy that has all namespaces, in the order of their names. */
    public Map<String, Namespace> byNamespace() {
        return new TreeMap<>(namespaces);
    }

    /**
     * Returns the times from the arrival of a publication to the start of the last write for it.
     */
    public Histogram fanOuts() {
        return fanOuts;
    }

    /** Returns the times from the offer of a frame to the end of its write. These are samples. */
    public Histogram delays() {
        return delays;
    }
}
